package remediate

import (
	"context"
	"errors"
	"time"
)

// steady repeats a reading that shows something missing or changed that must not be: a device
// may show a store or a table short, or as it was before, for a moment. What still shows after
// some seconds stands. A unit that is not the same any more is not read again.
// docs/design/remediate.md: A loss is read again before it counts
func (r *run) steady(ctx context.Context, read func(context.Context) error) error {
	again := func(err error) bool { return isDoubtful(err) && ctx.Err() == nil }
	patience := Patience{For: min(r.Settle.For, 6*time.Second), First: time.Second, Most: 2 * time.Second}
	err := r.Repeat(ctx, patience, again, read)
	if isDoubtful(err) {
		if _, unitErr := r.Device.Status(ctx); errors.Is(unitErr, errOtherUnit) {
			return unitErr
		}
	}
	return err
}

// isDoubtful reports whether an error is about what a reading shows of the unit whose backup was
// taken.
func isDoubtful(err error) bool {
	return (errors.Is(err, ErrDrift) || errors.Is(err, ErrDamaged)) && !errors.Is(err, errOtherUnit)
}

// see looks for a write's change, and makes sure of damage before it says so.
func (r *run) see(ctx context.Context, w write) (shows bool, err error) {
	err = r.steady(ctx, func(ctx context.Context) error {
		shows, err = w.seen(ctx)
		return err
	})
	return shows, err
}
