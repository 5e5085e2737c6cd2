package evidence

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/acfix/acfix/journal"
	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/store"
	"github.com/acfix/acfix/tenure"
)

// Shared keeps journals and backups in the store that machines share, and takes a lease
// before a device is touched. This machine's own lock is taken too: a run on it that has
// another store must wait as well.
type Shared struct {
	Files    Files
	Holder   tenure.Holder // its store is the one
	Patience store.Patience
	Abort    context.Context // ends what is written, which a wish to stop does not
}

// Entries reads a device's journal.
func (s Shared) Entries(serial, url string) ([]journal.Entry, error) {
	var events []store.Event
	err := s.Patience.Do(s.Abort, func(ctx context.Context) (err error) {
		events, err = s.Holder.Store.Events(ctx, Device{URL: url, Serial: serial}.name())
		return err
	})
	entries := make([]journal.Entry, len(events))
	for i, event := range events {
		if wrong := json.Unmarshal(event.Entry, &entries[i]); wrong != nil {
			err = errors.Join(err, fmt.Errorf("read the store: %w", wrong))
		}
	}
	return entries, err
}

// Hold takes this machine's lock and then the leases of the device.
func (s Shared) Hold(ctx context.Context, run string, device Device, patience time.Duration) (Grip, *remediate.Failure) {
	local, failure := s.Files.Hold(ctx, run, device, patience)
	if failure != nil {
		return nil, failure
	}
	held, err := s.Holder.Devices(ctx, run, patience, device.names()...)
	if err != nil {
		local.Release()
		return nil, notHeld(ctx, err, patience)
	}
	return &sharedGrip{shared: s, local: local, tenure: held, run: run, device: device}, nil
}

func notHeld(ctx context.Context, err error, patience time.Duration) *remediate.Failure {
	switch {
	case ctx.Err() != nil:
		return remediate.Fail(remediate.ErrInterrupted)
	case errors.Is(err, store.ErrHeld):
		return locked(patience)
	default:
		return unkept(err)
	}
}

// sharedGrip is a device under a lease, renewed as long as the grip lasts.
type sharedGrip struct {
	shared Shared
	local  Grip
	tenure *tenure.Tenure
	run    string
	device Device
}

func (g *sharedGrip) Waited() bool { return g.tenure.Late() || g.local.Waited() }

// StillMine fails once the lease has ended, for whatever reason.
func (g *sharedGrip) StillMine() func() error {
	return func() error {
		if g.tenure.Valid() != nil {
			return remediate.ErrFenced
		}
		return nil
	}
}

// Journal refuses, in the same statement that keeps a record, when the lease has ended.
func (g *sharedGrip) Journal() (func(remediate.Record) error, func(), error) {
	return g.record, func() {}, nil
}

func (g *sharedGrip) record(record remediate.Record) error {
	entry := entry(g.shared.Files.Now(), g.run, g.device, record)
	text, err := json.Marshal(entry)
	if err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	event := store.Event{Device: g.device.name(), Run: g.run, Time: entry.Time, Kind: string(entry.Event), Entry: text}
	return g.whileHeld(func(ctx context.Context, lease *store.Lease) error {
		return g.shared.Holder.Store.Append(ctx, event, lease)
	})
}

func (g *sharedGrip) Archive(snapshot remediate.Snapshot, plan remediate.DevicePlan) (string, error) {
	name, data, err := g.shared.Files.Backups.pack(g.device, g.run, snapshot, plan)
	if err != nil {
		return "", err
	}
	artifact := store.Artifact{Run: g.run, Device: g.device.name(), Kind: PackedBackup, Name: name, Created: g.shared.Files.Now()}
	err = g.whileHeld(func(ctx context.Context, lease *store.Lease) error {
		artifact, err = g.shared.Holder.Store.PutArtifact(ctx, artifact, data, lease)
		return err
	})
	return fmt.Sprintf("%s%d", InStore, artifact.ID), err
}

// whileHeld writes to a store that may be away, as long as the lease lasts.
func (g *sharedGrip) whileHeld(write func(context.Context, *store.Lease) error) error {
	lease, holder := g.tenure.Lease(), g.shared.Holder
	again := holder.Clock.Policy(holder.Term, 100*time.Millisecond, time.Second)
	err := again.Do(g.shared.Abort, store.IsDown, func(ctx context.Context) error { return write(ctx, &lease) })
	if errors.Is(err, store.ErrFenced) {
		return fmt.Errorf("%w: %w", remediate.ErrFenced, err)
	}
	return err
}

func (g *sharedGrip) Release() {
	g.tenure.End()
	g.local.Release()
}
