package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/acfix/acfix/journal"
	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/retry"
	"github.com/acfix/acfix/store"
)

// leaseTime is how long a worker has a device without a word to the store. A dead worker's
// devices are settled by another one after that time.
const leaseTime = 30 * time.Second

// sharedEvidence keeps journals and backups in the store that machines share, and takes a
// lease before a device is touched. This machine's own lock is taken too: a run on it that
// has another store must wait as well.
type sharedEvidence struct {
	app   *app
	store *store.Store
	lease time.Duration // leaseTime where it is 0
}

func (e *sharedEvidence) entries(serial, url string) ([]journal.Entry, error) {
	var events []store.Event
	err := e.app.persist(func(ctx context.Context) (err error) {
		events, err = e.store.Events(ctx, deviceName(serial, url))
		return err
	})
	entries := make([]journal.Entry, len(events))
	for i, event := range events {
		err = errors.Join(err, decoded(event.Entry, &entries[i]))
	}
	return entries, err
}

func (e *sharedEvidence) hold(run string, plan remediate.DevicePlan, patience time.Duration) (grip, *remediate.Failure) {
	local, failure := fileEvidence{e.app}.hold(run, plan, patience)
	if failure != nil {
		return nil, failure
	}
	g := &sharedGrip{evidence: e, run: run, plan: plan, local: local, time: e.lease, now: e.app.now}
	if g.time == 0 {
		g.time = leaseTime
	}
	ctx, cancel := e.app.reading()
	defer cancel()
	if err := g.acquire(ctx, patience); err != nil {
		local.release()
		return nil, holdFailure(ctx, err, patience)
	}
	return g, nil
}

func holdFailure(ctx context.Context, err error, patience time.Duration) *remediate.Failure {
	switch {
	case ctx.Err() != nil:
		return remediate.Fail(remediate.ErrInterrupted)
	case errors.Is(err, store.ErrHeld):
		return locked(patience)
	default:
		return remediate.Fail(fmt.Errorf("%w: %w", remediate.ErrJournal, err))
	}
}

// sharedGrip is a device under a lease, renewed as long as the grip lasts.
type sharedGrip struct {
	evidence *sharedEvidence
	run      string
	plan     remediate.DevicePlan
	local    grip
	time     time.Duration
	now      func() time.Time

	lease, address store.Lease
	late           bool // somebody else had it first
	stop           context.CancelFunc
	renewals       sync.WaitGroup

	mutex sync.Mutex
	until time.Time // by this machine's clock, and never later than the store's
}

// acquire takes the lease of the device and that of its address, for two names may lead to
// one device. Both are always taken in this order.
func (g *sharedGrip) acquire(ctx context.Context, patience time.Duration) error {
	device, address := deviceName(g.plan.Device.Serial, g.plan.URL), fileName("address", g.plan.URL)
	var err error
	begun := g.now()
	if g.lease, err = g.take(ctx, device, patience); err != nil {
		return err
	}
	if address != device {
		if g.address, err = g.take(ctx, address, patience); err != nil {
			return errors.Join(err, g.giveBack(g.lease))
		}
		begun = g.now()
		if err := g.renewBoth(ctx); err != nil { // the wait for the second may have used the first up
			return errors.Join(err, g.giveBack(g.lease), g.giveBack(g.address))
		}
	}
	g.until = begun.Add(g.time)
	renewing, stop := context.WithCancel(context.WithoutCancel(ctx))
	g.stop = stop
	g.renewals.Go(func() { g.keepRenewing(renewing) })
	return nil
}

func (g *sharedGrip) take(ctx context.Context, name string, patience time.Duration) (lease store.Lease, err error) {
	again := retry.Policy{For: patience, First: 200 * time.Millisecond, Most: time.Second, Now: g.now, Sleep: g.evidence.app.sleep, Jitter: g.evidence.app.jitter}
	passes := func(err error) bool { return errors.Is(err, store.ErrHeld) || store.IsDown(err) }
	err = again.Do(ctx, passes, func(ctx context.Context) error {
		lease, err = g.evidence.store.Acquire(ctx, name, holder(), g.run, g.time)
		g.late = g.late || errors.Is(err, store.ErrHeld)
		return err
	})
	return lease, err
}

// holder names this process, and no other that ever ran.
var holder = sync.OnceValue(func() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s/%d/%s", host, os.Getpid(), newID())
})

// keepRenewing renews three times in the lease's life. A store that does not answer is asked
// again; once the lease has run out by this machine's clock, no write is let through, whatever
// the store would say.
func (g *sharedGrip) keepRenewing(ctx context.Context) {
	for {
		if g.evidence.app.sleep(ctx, g.time/3) != nil {
			return
		}
		asked := g.now()
		err := g.renewBoth(ctx)
		g.mutex.Lock()
		switch {
		case err == nil:
			g.until = asked.Add(g.time)
		case errors.Is(err, store.ErrFenced):
			g.until = time.Time{}
		}
		g.mutex.Unlock()
		if errors.Is(err, store.ErrFenced) {
			return
		}
	}
}

func (g *sharedGrip) renewBoth(ctx context.Context) error {
	err := g.evidence.store.Renew(ctx, g.lease, g.time)
	if err == nil && g.address != (store.Lease{}) {
		err = g.evidence.store.Renew(ctx, g.address, g.time)
	}
	return err
}

func (g *sharedGrip) giveBack(lease store.Lease) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(g.evidence.app.abort), 5*time.Second)
	defer cancel()
	if err := g.evidence.store.Release(ctx, lease); err != nil && !errors.Is(err, store.ErrFenced) {
		return err
	}
	return nil
}

func (g *sharedGrip) waited() bool { return g.late || g.local.waited() }

// stillMine lets a write through while the lease has not ended by this machine's clock: both
// clocks of it, for one of them stands still while the machine sleeps. A process that was
// frozen wakes up after that time and writes nothing.
func (g *sharedGrip) stillMine() func() error {
	return func() error {
		g.mutex.Lock()
		defer g.mutex.Unlock()
		now := g.now()
		if now.Before(g.until) && now.Round(0).Before(g.until.Round(0)) {
			return nil
		}
		return remediate.ErrFenced
	}
}

// journal refuses, in the same statement that keeps a record, when the lease has ended.
func (g *sharedGrip) journal() (func(remediate.Record) error, func(), error) {
	device := deviceName(g.plan.Device.Serial, g.plan.URL)
	record := func(record remediate.Record) error {
		entry := g.evidence.app.entry(g.run, g.plan, record)
		text, err := json.Marshal(entry)
		if err != nil {
			return fmt.Errorf("write the journal: %w", err)
		}
		event := store.Event{Device: device, Run: g.run, Time: entry.Time, Kind: string(entry.Event), Entry: text}
		return fenced(g.whileHeld(func(ctx context.Context) error { return g.evidence.store.Append(ctx, event, &g.lease) }))
	}
	return record, func() {}, nil
}

// whileHeld works with a store that may be away, as long as the lease lasts.
func (g *sharedGrip) whileHeld(work func(context.Context) error) error {
	app := g.evidence.app
	patience := retry.Policy{For: g.time, First: 100 * time.Millisecond, Most: time.Second, Now: g.now, Sleep: app.sleep, Jitter: app.jitter}
	return patience.Do(app.abort, store.IsDown, work)
}

func fenced(err error) error {
	if errors.Is(err, store.ErrFenced) {
		return fmt.Errorf("%w: %w", remediate.ErrFenced, err)
	}
	return err
}

func (g *sharedGrip) archive(t target) func(remediate.Snapshot, remediate.DevicePlan) (string, error) {
	return func(snapshot remediate.Snapshot, plan remediate.DevicePlan) (string, error) {
		name, data, err := g.evidence.app.backupsOn("").Pack(backupFor(t, g.run, snapshot, plan))
		if err != nil {
			return "", err
		}
		artifact := store.Artifact{Run: g.run, Device: g.lease.Device, Kind: artifactBackup, Name: name, Created: g.now()}
		err = g.whileHeld(func(ctx context.Context) error {
			artifact, err = g.evidence.store.PutArtifact(ctx, artifact, data, &g.lease)
			return err
		})
		return fmt.Sprintf("store:%d", artifact.ID), fenced(err)
	}
}

// artifactBackup is the kind of a packed backup.
const artifactBackup = "backup"

func (g *sharedGrip) release() {
	g.stop()
	g.renewals.Wait()
	if g.address != (store.Lease{}) {
		_ = g.giveBack(g.address) // it ends by itself
	}
	_ = g.giveBack(g.lease)
	g.local.release()
}
