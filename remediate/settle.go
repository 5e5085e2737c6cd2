package remediate

import (
	"context"
	"errors"
	"fmt"

	"github.com/acfix/acfix/audiocodes"
)

// write is one change of the device, and how to see whether it happened.
type write struct {
	what string // "import "DigiCert Global Root G2" into TLS Context 1"
	send func(context.Context) error
	// seen reads the device. An error means that the device is not as it should be, or
	// can't be read.
	seen func(context.Context) (bool, error)
}

// errNotYet keeps a retry going; it never leaves this file.
var errNotYet = errors.New("does not show yet")

// settle carries out one write and finds out by reading what became of it: the device's
// answer decides nothing. The write is repeated only when the device certainly did not do
// it (it said it is busy, or was never reached). After a lost answer it is not repeated,
// for it may still happen.
func (r *run) settle(ctx context.Context, w write) error {
	busy := func(err error) bool { return audiocodes.NeverSent(err) }
	err := r.Retry.Do(ctx, busy, func(ctx context.Context) error { return r.once(ctx, w) })
	if err != nil {
		return fmt.Errorf("%s: %w", w.what, err)
	}
	return nil
}

func (r *run) once(ctx context.Context, w write) error {
	sent := w.send(ctx)
	shows, err := w.seen(ctx)
	switch {
	case err != nil:
		return afterUnreadable(sent, err)
	case shows:
		return nil
	case refused(sent):
		return sent
	}
	switch err := r.wait(ctx, w); {
	case err == nil:
		return nil
	case !errors.Is(err, errNotYet):
		return afterUnreadable(sent, err)
	case sent == nil:
		return ErrNotVerified
	default:
		return fmt.Errorf("%w: %w", ErrUnknown, sent)
	}
}

// wait reads again for a while.
func (r *run) wait(ctx context.Context, w write) error {
	notYet := func(err error) bool { return errors.Is(err, errNotYet) }
	return r.Settle.Do(ctx, notYet, func(ctx context.Context) error {
		shows, err := w.seen(ctx)
		if err == nil && !shows {
			return errNotYet
		}
		return err
	})
}

// refused: the device said no, or was never reached; the write did not happen.
func refused(err error) bool {
	if err == nil {
		return false
	}
	if audiocodes.NeverSent(err) {
		return true
	}
	for _, kind := range []error{audiocodes.ErrRejected, audiocodes.ErrUnauthorized, audiocodes.ErrForbidden, audiocodes.ErrUnsupported, audiocodes.ErrReadOnly} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// afterUnreadable is for a write after which the device could not be read, or was found in
// another state than it may be in.
func afterUnreadable(sent, err error) error {
	switch {
	case errors.Is(err, ErrNotVerified):
		return err
	case refused(sent):
		return sent
	default:
		return fmt.Errorf("%w: %w", ErrUnknown, err)
	}
}
