package store

import (
	"context"
	"errors"
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

	stop     context.CancelFunc
	renewals sync.WaitGroup

	mutex sync.Mutex
	until time.Time // by this machine's clock, and never later than by the store's
}

// Devices takes the leases of devices by name, in the given order, which must be the same everywhere; it waits as
// long as patience allows. Errors: store.ErrHeld, store.ErrDown, the context's.
func (h Holder) Devices(ctx context.Context, run string, patience time.Duration, names ...string) (*Tenure, error) {
	return (&Tenure{holder: h}).acquireAll(ctx, h.acquiring(run), patience, names...)
}

// Run takes a run controller's lease without waiting. It guards results, never device writes. Errors: as Devices.
func (h Holder) Run(ctx context.Context, run string) (*Tenure, error) {
	take := func(ctx context.Context, _ string) (Lease, error) {
		return h.Store.AcquireRun(ctx, run, h.Name, h.Term)
	}
	return (&Tenure{holder: h, regains: true}).acquireAll(ctx, take, 0, run)
}

// Task takes the lease of a task; otherwise it is like Run.
func (h Holder) Task(ctx context.Context, run string, place int) (*Tenure, error) {
	return (&Tenure{holder: h, regains: true}).acquireAll(ctx, h.acquiring(run), 0, TaskLease(run, place))
}

// acquiring takes one lease by name.
type acquiring func(ctx context.Context, name string) (Lease, error)

func (h Holder) acquiring(run string) acquiring {
	return func(ctx context.Context, name string) (Lease, error) {
		return h.Store.Acquire(ctx, name, h.Name, run, h.Term)
	}
}

func (t *Tenure) acquireAll(ctx context.Context, take acquiring, patience time.Duration,
	names ...string) (*Tenure, error) {
	for _, name := range names {
		if err := t.acquire(ctx, take, name, patience); err != nil {
			return nil, errors.Join(err, t.giveBack())
		}
	}
	// Waiting for the last lease may have used up the first.
	asked := t.holder.Clock.Now()
	if err := t.renew(ctx); err != nil {
		return nil, errors.Join(err, t.giveBack())
	}
	t.until = asked.Add(t.holder.Term)
	renewing, stop := context.WithCancel(context.WithoutCancel(ctx))
	t.stop = stop
	t.renewals.Go(func() { t.keepRenewing(renewing) })
	return t, nil
}

func (t *Tenure) acquire(ctx context.Context, take acquiring, name string, patience time.Duration) error {
	again := t.holder.Clock.Policy(patience, 200*time.Millisecond, time.Second)
	isHeld := func(err error) bool { return errors.Is(err, ErrHeld) }
	return again.Do(ctx, isHeld, func(ctx context.Context) error {
		lease, err := take(ctx, name)
		if err != nil {
			t.waited = t.waited || errors.Is(err, ErrHeld)
			return err
		}
		t.leases = append(t.leases, lease)
		return nil
	})
}

// keepRenewing renews three times per term, and retries if the store does not answer.
func (t *Tenure) keepRenewing(ctx context.Context) {
	for t.holder.Clock.Sleep(ctx, t.holder.Term/3) == nil {
		asked := t.holder.Clock.Now()
		err := t.renewInTime(ctx)
		t.mutex.Lock()
		switch {
		case err == nil:
			t.until = asked.Add(t.holder.Term)
		case errors.Is(err, ErrFenced):
			t.until = time.Time{}
		}
		t.mutex.Unlock()
		if errors.Is(err, ErrFenced) {
			return
		}
	}
}

// renewInTime abandons a late answer: a silently dead connection must not delay the next attempt.
func (t *Tenure) renewInTime(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, t.holder.Term)
	defer cancel()
	return t.renew(ctx)
}

func (t *Tenure) renew(ctx context.Context) error {
	for _, lease := range t.leases {
		err := t.holder.Store.Renew(ctx, lease, t.holder.Term)
		if t.regains && errors.Is(err, ErrFenced) {
			err = t.holder.Store.Regain(ctx, lease, t.holder.Term)
		}
		if err != nil {
			return err
		}
	}
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

// End releases the leases.
func (t *Tenure) End() {
	t.stop()
	t.renewals.Wait()
	_ = t.giveBack() // they end by themselves
}

func (t *Tenure) giveBack() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var failed error
	for _, lease := range t.leases {
		if err := t.holder.Store.Release(ctx, lease); err != nil && !errors.Is(err, ErrFenced) {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}
