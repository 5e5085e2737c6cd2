package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/acfix/acfix/internal/retry"
)

// DefaultTerm is how long a process keeps a device, task or run without renewal, before another may take over.
const DefaultTerm = 30 * time.Second

// Holder is a process that takes leases.
type Holder struct {
	Store *Store
	Name  string        // identifies this process and no other, ever
	Term  time.Duration // how long a lease lasts without renewal
	Clock retry.Clock
}

// Tenure is one or several leases that are renewed together until End releases them.
type Tenure struct {
	holder Holder
	leases []Lease
	waited bool
	// regains marks bookkeeping leases, which may be revived after an outage. A device's lease never is.
	regains bool

	mutex sync.Mutex
	until time.Time // by this machine's clock, and never later than by the store's

	then *command // read when the leases are taken; nil is nothing

	reviving sync.Mutex // between regaining and End: a lease that was given back is not revived
	ended    bool
}

// Devices takes the leases of devices by name, in the given order, which must be the same everywhere; it waits as
// long as patience allows, and holds none of them while it waits. Errors: store.ErrHeld, store.ErrDown, the context's.
func (h Holder) Devices(ctx context.Context, run string, patience time.Duration, names ...string) (*Tenure, error) {
	wanted := make([]Lease, len(names))
	for i, name := range names {
		wanted[i] = Lease{Device: name, Holder: h.Name, Run: run}
	}
	return h.acquireAll(ctx, &Tenure{holder: h}, wanted, patience)
}

// Run takes a run controller's lease without waiting. It guards results, never device writes. Errors: as Devices.
func (h Holder) Run(ctx context.Context, run string) (*Tenure, error) {
	wanted := []Lease{{Holder: h.Name, Run: run}}
	return h.acquireAll(ctx, &Tenure{holder: h, regains: true}, wanted, 0)
}

// Task takes the lease of a task, as Run does, and returns the task as it is under that lease. ErrUnknownDevice.
func (h Holder) Task(ctx context.Context, run string, place int) (*Tenure, OfferedTask, error) {
	var found OfferedTask
	then := offeredTask(run, place, &found)
	wanted := []Lease{{Device: TaskLease(run, place), Holder: h.Name, Run: run}}
	t, err := h.acquireAll(ctx, &Tenure{holder: h, regains: true, then: then}, wanted, 0)
	if err != nil {
		return nil, OfferedTask{}, err // found may still be written to
	}
	if then.changed == 0 {
		t.End()
		return nil, found, fmt.Errorf("%w: %q, position %d", ErrUnknownDevice, run, place)
	}
	return t, found, nil
}

func (h Holder) acquireAll(ctx context.Context, t *Tenure, wanted []Lease, patience time.Duration) (*Tenure, error) {
	again := h.Clock.Policy(patience, 200*time.Millisecond, time.Second)
	isHeld := func(err error) bool { return errors.Is(err, ErrHeld) }
	err := again.Do(ctx, isHeld, func(ctx context.Context) error { return t.acquire(ctx, wanted) })
	if err != nil {
		return nil, err
	}
	h.Store.tenures.add(t)
	return t, nil
}

// acquire takes all leases or none: two processes that held some of them each could wait for each other.
func (t *Tenure) acquire(ctx context.Context, wanted []Lease) (err error) {
	asked := t.holder.Clock.Now()
	t.leases, err = t.holder.Store.acquireAll(ctx, wanted, t.holder.Term, t.then)
	if err != nil {
		return err
	}
	if len(t.leases) < len(wanted) {
		t.waited = true
		return errors.Join(ErrHeld, t.giveBack())
	}
	t.until = asked.Add(t.holder.Term)
	return nil
}

// Lease returns the lease that guards writes to the store: the first.
func (t *Tenure) Lease() Lease { return t.leases[0] }

// Waited reports whether another process held one of the leases first.
func (t *Tenure) Waited() bool { return t.waited }

// Valid returns ErrFenced once the leases have ended by this machine's clock, whatever the store would say: a process
// that was frozen past the end writes nothing. It checks the machine's two clocks, since one stops while it sleeps.
func (t *Tenure) Valid() error {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	now := t.holder.Clock.Now()
	if now.Before(t.until) && now.Round(0).Before(t.until.Round(0)) {
		return nil
	}
	return ErrFenced
}

// End releases the leases, unless EndBy has.
func (t *Tenure) End() {
	if !t.stopRenewing() {
		_ = t.giveBack() // they end by themselves
	}
}

// EndBy ends the tenure by a write that also releases the leases, so that whoever is told of the write finds them free.
func (t *Tenure) EndBy(write func() error) error {
	t.stopRenewing()
	err := write()
	if err != nil {
		_ = t.giveBack()
	}
	return err
}

// stopRenewing reports whether it was called before.
func (t *Tenure) stopRenewing() (before bool) {
	t.holder.Store.tenures.remove(t)
	t.reviving.Lock()
	defer t.reviving.Unlock()
	before, t.ended = t.ended, true
	return before
}

func (t *Tenure) giveBack() error {
	if len(t.leases) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return t.holder.Store.releaseAll(ctx, t.leases)
}
