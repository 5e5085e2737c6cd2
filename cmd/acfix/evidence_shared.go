package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/acfix/acfix/journal"
	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/statedir"
	"github.com/acfix/acfix/store"
	"github.com/acfix/acfix/tenure"
)

// sharedEvidence keeps journals and backups in the store that machines share, and takes a
// lease before a device is touched. This machine's own lock is taken too: a run on it that
// has another store must wait as well.
type sharedEvidence struct {
	app   *app
	store *store.Store
}

func (e *sharedEvidence) entries(serial, url string) ([]journal.Entry, error) {
	var events []store.Event
	err := e.app.persist(func(ctx context.Context) (err error) {
		events, err = e.store.Events(ctx, statedir.DeviceName(serial, url))
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
	ctx, cancel := e.app.reading()
	defer cancel()
	// Two names may lead to one device, so its address is taken too; always in this order.
	device, address := statedir.DeviceName(plan.Device.Serial, plan.URL), statedir.AddressName(plan.URL)
	names := slices.Compact([]string{device, address})
	held, err := e.app.holder(e.store).Devices(ctx, run, patience, names...)
	if err != nil {
		local.release()
		return nil, holdFailure(ctx, err, patience)
	}
	return &sharedGrip{evidence: e, tenure: held, local: local, run: run, device: device, plan: plan}, nil
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
	tenure   *tenure.Tenure
	local    grip
	run      string
	device   string
	plan     remediate.DevicePlan
}

func (g *sharedGrip) waited() bool { return g.tenure.Late() || g.local.waited() }

// stillMine fails once the lease has ended, for whatever reason.
func (g *sharedGrip) stillMine() func() error {
	return func() error {
		if g.tenure.Valid() != nil {
			return remediate.ErrFenced
		}
		return nil
	}
}

// journal refuses, in the same statement that keeps a record, when the lease has ended.
func (g *sharedGrip) journal() (func(remediate.Record) error, func(), error) {
	record := func(record remediate.Record) error {
		entry := g.evidence.app.entry(g.run, g.plan, record)
		text, err := json.Marshal(entry)
		if err != nil {
			return fmt.Errorf("write the journal: %w", err)
		}
		event := store.Event{Device: g.device, Run: g.run, Time: entry.Time, Kind: string(entry.Event), Entry: text}
		lease := g.tenure.Lease()
		return fenced(g.whileHeld(func(ctx context.Context) error { return g.evidence.store.Append(ctx, event, &lease) }))
	}
	return record, func() {}, nil
}

// whileHeld works with a store that may be away, as long as the lease lasts.
func (g *sharedGrip) whileHeld(work func(context.Context) error) error {
	app := g.evidence.app
	return app.clock().Policy(app.leaseTerm(), 100*time.Millisecond, time.Second).Do(app.abort, store.IsDown, work)
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
		artifact := store.Artifact{Run: g.run, Device: g.device, Kind: artifactBackup, Name: name, Created: g.evidence.app.now()}
		lease := g.tenure.Lease()
		err = g.whileHeld(func(ctx context.Context) error {
			artifact, err = g.evidence.store.PutArtifact(ctx, artifact, data, &lease)
			return err
		})
		return fmt.Sprintf("store:%d", artifact.ID), fenced(err)
	}
}

// artifactBackup is the kind of a packed backup.
const artifactBackup = "backup"

func (g *sharedGrip) release() {
	g.tenure.End()
	g.local.release()
}
