package evidence

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/acfix/acfix/internal/records/journal"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// Shared keeps journals and backups in the store that machines share, and leases a device before a run touches it.
// It also takes this machine's own lock: a run on this machine with another store must wait as well.
type Shared struct {
	Files    Files
	Holder   store.Holder // of the store that machines share
	Patience store.Patience
	Abort    context.Context // ends writes; a request to stop does not
}

// Entries reads a device's journals.
func (s Shared) Entries(device Subject) (entries []journal.Entry, err error) {
	err = s.Patience.Do(s.Abort, func(ctx context.Context) (err error) {
		entries, err = Stored(ctx, s.Holder.Store, device)
		return err
	})
	return entries, err
}

// Stored returns the device's entries in a store, in the store's order. It does not wait for a store that is down.
func Stored(ctx context.Context, kept *store.Store, device Subject) ([]journal.Entry, error) {
	return device.history(func(names []string) ([]line, error) { return readStore(ctx, kept, names) })
}

func readStore(ctx context.Context, kept *store.Store, names []string) ([]line, error) {
	events, err := kept.Events(ctx, names...)
	lines := make([]line, len(events))
	for i, event := range events {
		lines[i].name = event.Device
		if wrong := json.Unmarshal(event.Entry, &lines[i].entry); wrong != nil {
			err = errors.Join(err, fmt.Errorf("read the store: %w", wrong))
		}
	}
	return lines, err
}

// Boot is "": what the store has taken is not lost with this machine.
func (s Shared) Boot() string { return "" }

// Hold takes this machine's lock and then the device's leases. It waits for a store that is down: an
// outage says nothing about the device.
func (s Shared) Hold(
	ctx context.Context, run string, device Subject, patience time.Duration,
) (Grip, *remediate.Failure) {
	local, failure := s.Files.Hold(ctx, run, device, patience)
	if failure != nil {
		return nil, failure
	}
	held, err := s.holdLeases(ctx, run, device, patience)
	if err != nil {
		local.Release()
		return nil, notHeld(ctx, err, patience)
	}
	return &sharedGrip{shared: s, local: local, tenure: held, run: run, device: device}, nil
}

// holdLeases waits longer for a lease after an outage: an attempt whose answer was lost may have taken the lease,
// which then ends by itself one term later.
func (s Shared) holdLeases(
	ctx context.Context, run string, device Subject, patience time.Duration,
) (held *store.Tenure, err error) {
	err = s.Patience.Do(ctx, func(ctx context.Context) error {
		held, err = s.Holder.Devices(ctx, run, patience, device.lockNames()...)
		if store.IsDown(err) {
			patience = max(patience, 2*s.Holder.Term)
		}
		return err
	})
	return held, err
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

// sharedGrip is a device under a lease that is renewed until Release.
type sharedGrip struct {
	shared Shared
	local  Grip
	tenure *store.Tenure
	run    string
	device Subject

	mutex sync.Mutex
	kept  []store.Event // to be written with the next event that must not be lost
}

func (g *sharedGrip) Waited() bool { return g.tenure.Waited() || g.local.Waited() }

// StillMine fails once the lease has ended, for whatever reason.
func (g *sharedGrip) StillMine() func() error {
	return func() error {
		if g.tenure.Valid() != nil {
			return remediate.ErrFenced
		}
		return nil
	}
}

// Journal returns a function that fails once the lease has ended; one statement checks and appends.
func (g *sharedGrip) Journal() (func(remediate.Record) error, func(), error) {
	if err := g.addPointers(); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", remediate.ErrJournal, err)
	}
	// What has not been written by the end is not missed: see mayWait.
	return g.record, func() { _ = g.flush() }, nil
}

// addPointers makes the device's other names point to its journal, from the first event on.
func (g *sharedGrip) addPointers() error {
	others := g.device.Names()[1:]
	if len(others) == 0 {
		return nil
	}
	var lines []line
	err := g.whileHeld(func(ctx context.Context, _ *store.Lease) (err error) {
		lines, err = readStore(ctx, g.shared.Holder.Store, others)
		return err
	})
	if err != nil {
		return err
	}
	for _, name := range others {
		elsewhere := func(l line) bool { return l.name != name }
		if !g.device.lacksPointer(entriesOf(slices.DeleteFunc(slices.Clone(lines), elsewhere))) {
			continue
		}
		if err := g.keep(name, g.device.pointer(g.shared.Files.Now())); err != nil {
			return err
		}
	}
	return nil
}

func entriesOf(lines []line) []journal.Entry {
	entries := make([]journal.Entry, len(lines))
	for i, l := range lines {
		entries[i] = l.entry
	}
	return entries
}

// record returns when the record and all before it are in the store, except for one that may wait.
func (g *sharedGrip) record(record remediate.Record) error {
	entry := entry(g.shared.Files.Now(), g.run, g.device, record)
	if err := g.keep(g.device.Name(), entry); err != nil || mayWait(entry) {
		return err
	}
	return g.flush()
}

// mayWait reports whether an entry is written with the next one. If the process dies before, the next run takes the
// change for made and reads the device, as it would anyway; before the backup, nothing was sent.
// docs/design/records.md: A shared journal writes with the next entry what proves nothing
func mayWait(entry journal.Entry) bool {
	switch entry.Event {
	case remediate.EventStart, remediate.EventAnswer:
		return true
	case remediate.EventSeen:
		return entry.Kind != remediate.StepSave
	default:
		return false
	}
}

func (g *sharedGrip) keep(name string, entry journal.Entry) error {
	text, err := json.Marshal(entry)
	if err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.kept = append(g.kept,
		store.Event{Device: name, Run: entry.Run, Time: entry.Time, Kind: string(entry.Event), Entry: text})
	return nil
}

// flush writes what is kept, in its order.
func (g *sharedGrip) flush() error {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if len(g.kept) == 0 {
		return nil
	}
	err := g.whileHeld(func(ctx context.Context, lease *store.Lease) error {
		return g.shared.Holder.Store.AppendAll(ctx, g.kept, lease)
	})
	if err == nil {
		g.kept = nil
	}
	return err
}

func (g *sharedGrip) Archive(snapshot remediate.Snapshot, plan remediate.DevicePlan) (string, error) {
	name, data, err := g.shared.Files.Backups.pack(g.device, g.run, snapshot, plan)
	if err != nil {
		return "", err
	}
	artifact := store.Artifact{
		Run: g.run, Device: g.device.Name(), Kind: PackedBackup, Name: name, Created: g.shared.Files.Now(),
	}
	err = g.whileHeld(func(ctx context.Context, lease *store.Lease) error {
		artifact, err = g.shared.Holder.Store.PutArtifact(ctx, artifact, data, lease)
		return err
	})
	return fmt.Sprintf("%s%d", InStore, artifact.ID), err
}

// whileHeld repeats a write to a store that is down for as long as the lease lasts.
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
