package run

import (
	"context"
	"time"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/retry"
)

// Process is what a run needs of the process around it: clock, interrupts and warnings.
type Process struct {
	Clock  retry.Clock
	After  func(time.Duration, func()) // calls back once, after the duration; nil: no device is set aside
	Abort  context.Context             // ends at the second interrupt
	Stop   <-chan struct{}             // closed at the first
	Outage *store.Outage               // shared by everything that the process does
	Warn   func(text string)
}

// Stopped reports whether the operator asked to stop.
func (p Process) Stopped() bool {
	select {
	case <-p.Stop:
		return true
	default:
		return false
	}
}

// Reading returns a context for work that may be abandoned at the first interrupt.
func (p Process) Reading() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(p.Abort)
	go func() {
		select {
		case <-p.Stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// Patience returns the waiting rules for a store that is unavailable.
func (p Process) Patience() store.Patience {
	return store.Patience{Clock: p.Clock, Outage: p.Outage, Warn: p.Warn}
}

// Persist repeats work while the store is unavailable. Only the second interrupt ends that. Its errors are
// those of store.Patience.Do.
func (p Process) Persist(work func(context.Context) error) error {
	return p.Patience().Do(p.Abort, work)
}
