package remediate

import (
	"context"
	"errors"
	"time"
)

// steady repeats a reading that shows a loss or change that must not be: for a moment, a device may show only part of
// a store or table, or show it as it was before. What still shows after some seconds counts. It does not repeat the
// reading if another unit answers or the unit restarted.
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

// isDoubtful reports whether an error is about what a reading of the unit whose backup was taken shows.
func isDoubtful(err error) bool {
	return (errors.Is(err, ErrDrift) || errors.Is(err, ErrDamaged)) && !errors.Is(err, errOtherUnit)
}

// see looks for a write's change, and reads again to confirm damage before it reports it.
func (r *run) see(ctx context.Context, w write) (shows bool, err error) {
	err = r.steady(ctx, func(ctx context.Context) error {
		shows, err = w.seen(ctx)
		return err
	})
	return shows, err
}
