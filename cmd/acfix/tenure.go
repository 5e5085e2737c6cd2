package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/store"
)

// leaseTime is how long a process has a device, a task or a run without a word to the store.
// What a dead one had is taken over by another after that time.
const leaseTime = 30 * time.Second

// leaseTerm is --lease, or leaseTime where a command has no such flag.
func (a *app) leaseTerm() time.Duration {
	if a.flags.lease > 0 {
		return a.flags.lease
	}
	return leaseTime
}

// tenure is one or several leases that are renewed together until they are given back.
type tenure struct {
	app    *app
	store  *store.Store
	term   time.Duration
	leases []store.Lease
	late   bool // somebody else had one of them first
	// regains: the leases are of bookkeeping alone. After an outage they are taken up again if
	// nobody had them since; those of a device never are.
	regains bool

	stop     context.CancelFunc
	renewals sync.WaitGroup

	mutex sync.Mutex
	until time.Time // by this machine's clock, and never later than the store's
}

// acquiring takes one lease; it is Store.Acquire or Store.AcquireRun.
type acquiring func(ctx context.Context, name, holder, run string, term time.Duration) (store.Lease, error)

// tenure takes leases by name, in the order given, which must be the same everywhere; it
// waits as long as patience allows. Errors: store.ErrHeld, store.ErrDown, the context's.
func (a *app) tenure(ctx context.Context, opened *store.Store, take acquiring, run string, patience time.Duration, names ...string) (*tenure, error) {
	return (&tenure{app: a, store: opened, term: a.leaseTerm()}).begin(ctx, take, run, patience, names...)
}

// bookkeeping is a tenure of a run or a task: under it results are kept, and no device is
// written to.
func (a *app) bookkeeping(ctx context.Context, opened *store.Store, take acquiring, run, name string) (*tenure, error) {
	return (&tenure{app: a, store: opened, term: a.leaseTerm(), regains: true}).begin(ctx, take, run, 0, name)
}

func (t *tenure) begin(ctx context.Context, take acquiring, run string, patience time.Duration, names ...string) (*tenure, error) {
	for _, name := range names {
		if err := t.take(ctx, take, name, run, patience); err != nil {
			return nil, errors.Join(err, t.giveBack())
		}
	}
	// The wait for the last one may have used the first one up.
	asked := t.app.now()
	if err := t.renew(ctx); err != nil {
		return nil, errors.Join(err, t.giveBack())
	}
	t.until = asked.Add(t.term)
	renewing, stop := context.WithCancel(context.WithoutCancel(ctx))
	t.stop = stop
	t.renewals.Go(func() { t.keepRenewing(renewing) })
	return t, nil
}

func (t *tenure) take(ctx context.Context, take acquiring, name, run string, patience time.Duration) error {
	again := t.app.clock().Policy(patience, 200*time.Millisecond, time.Second)
	passes := func(err error) bool { return errors.Is(err, store.ErrHeld) || store.IsDown(err) }
	return again.Do(ctx, passes, func(ctx context.Context) error {
		lease, err := take(ctx, name, holder(), run, t.term)
		t.late = t.late || errors.Is(err, store.ErrHeld)
		if err == nil {
			t.leases = append(t.leases, lease)
		}
		return err
	})
}

// holder names this process, and no other that ever ran.
var holder = sync.OnceValue(func() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s/%d/%s", host, os.Getpid(), newID())
})

// keepRenewing renews three times in the term. A store that does not answer is asked again.
func (t *tenure) keepRenewing(ctx context.Context) {
	for t.app.sleep(ctx, t.term/3) == nil {
		asked := t.app.now()
		err := t.renewInTime(ctx)
		t.mutex.Lock()
		switch {
		case err == nil:
			t.until = asked.Add(t.term)
		case errors.Is(err, store.ErrFenced):
			t.until = time.Time{}
		}
		t.mutex.Unlock()
		if errors.Is(err, store.ErrFenced) {
			return
		}
	}
}

// renewInTime gives up on an answer that would come too late: a connection that died without
// a word must not keep the next try from being made.
func (t *tenure) renewInTime(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, t.term)
	defer cancel()
	return t.renew(ctx)
}

func (t *tenure) renew(ctx context.Context) error {
	for _, lease := range t.leases {
		err := t.store.Renew(ctx, lease, t.term)
		if t.regains && errors.Is(err, store.ErrFenced) {
			err = t.store.Regain(ctx, lease, t.term)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// valid is ErrFenced once the leases have ended by this machine's clock, whatever the store
// would say. It looks at both clocks of the machine: one of them stands still while it
// sleeps. A process that was frozen wakes up after that time and writes nothing.
func (t *tenure) valid() error {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	now := t.app.now()
	if now.Before(t.until) && now.Round(0).Before(t.until.Round(0)) {
		return nil
	}
	return remediate.ErrFenced
}

// end gives the leases back.
func (t *tenure) end() {
	t.stop()
	t.renewals.Wait()
	_ = t.giveBack() // they end by themselves
}

func (t *tenure) giveBack() error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.app.abort), 5*time.Second)
	defer cancel()
	var failed error
	for _, lease := range t.leases {
		if err := t.store.Release(ctx, lease); err != nil && !errors.Is(err, store.ErrFenced) {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}
