package run

import (
	"context"
	"time"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/retry"
)

// Process is the process that a run goes on in: its time, its stores, and who may end it.
type Process struct {
	Clock  retry.Clock
	After  func(time.Duration, func()) // calls back once after a while; nil: no device is set aside
	Abort  context.Context             // ends at the second interrupt
	Stop   <-chan struct{}             // closed at the first
	Outage *store.Outage               // one for all that the process does
	Warn   func(text string)
}

// Stopped tells whether somebody has asked to stop.
func (p Process) Stopped() bool {
	select {
	case <-p.Stop:
		return true
	default:
		return false
	}
}

// Reading is the context of everything that may be left at the first interrupt.
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

// Patience is with a store that is away for a while.
func (p Process) Patience() store.Patience {
	return store.Patience{Clock: p.Clock, Outage: p.Outage, Warn: p.Warn}
}

// Persist works with a store that may be away for a while. It does not give up because
// somebody asks to stop: the second interrupt does that. Errors as of store.Patience.Do.
func (p Process) Persist(work func(context.Context) error) error {
	return p.Patience().Do(p.Abort, work)
}
