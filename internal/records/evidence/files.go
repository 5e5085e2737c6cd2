package evidence

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/acfix/acfix/internal/records/journal"
	"github.com/acfix/acfix/internal/records/statedir"
	"github.com/acfix/acfix/remediate"
)

// Files keeps journals, backups and locks in files of this machine.
type Files struct {
	State   func() (statedir.Directory, error)
	Backups Backups // in the state directory unless they name another
	Now     func() time.Time
	// ThisBoot names this start of the machine; with "" every entry of a journal is synced.
	ThisBoot string
}

// Boot names this start of the machine.
func (f Files) Boot() string { return f.ThisBoot }

// Entries reads a device's journals.
func (f Files) Entries(device Subject) ([]journal.Entry, error) {
	state, err := f.State()
	if err != nil {
		return nil, err
	}
	return device.history(func(names []string) ([]line, error) { return readFiles(state, names) })
}

func readFiles(state statedir.Directory, names []string) ([]line, error) {
	journals := make([][]line, len(names))
	for i, name := range names {
		entries, err := journal.Folder(state.Journals()).Read(name)
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			journals[i] = append(journals[i], line{name, entry})
		}
	}
	return merged(journals), nil
}

// Hold takes a lock for every name of the device: two targets may lead to one device.
func (f Files) Hold(
	ctx context.Context, run string, device Subject, patience time.Duration,
) (Grip, *remediate.Failure) {
	state, err := f.State()
	if err != nil {
		return nil, unkept(err)
	}
	waiting, done := context.WithTimeout(ctx, patience)
	defer done()
	held, err := state.Locks().Take(waiting, device.lockNames()...)
	switch {
	case err == nil:
		return &fileGrip{files: f, state: state, run: run, device: device, held: held}, nil
	case ctx.Err() != nil:
		return nil, remediate.Fail(remediate.ErrInterrupted)
	case errors.Is(err, statedir.ErrHeld):
		return nil, locked(patience)
	default:
		return nil, unkept(err)
	}
}

type fileGrip struct {
	files  Files
	state  statedir.Directory
	run    string
	device Subject
	held   *statedir.Held
}

func (g *fileGrip) Waited() bool { return g.held.Waited }

func (g *fileGrip) Journal() (func(remediate.Record) error, func(), error) {
	file, err := g.open()
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", remediate.ErrJournal, err)
	}
	record := func(record remediate.Record) error {
		entry := entry(g.files.Now(), g.run, g.device, record)
		if g.files.ThisBoot != "" && journal.MayBeLost(entry) {
			return file.Note(entry)
		}
		if entry.Event == remediate.EventBackup {
			entry.Boot = g.files.ThisBoot
		}
		return file.Record(entry)
	}
	return record, func() { _ = file.Close() }, nil
}

// open makes the device's other names point to its journal, and opens the journal.
func (g *fileGrip) open() (*journal.File, error) {
	journals := journal.Folder(g.state.Journals())
	for _, name := range g.device.Names()[1:] {
		entries, err := journals.Read(name)
		if err != nil {
			return nil, err
		}
		if !g.device.lacksPointer(entries) {
			continue
		}
		if err := journals.Append(name, g.device.pointer(g.files.Now())); err != nil {
			return nil, err
		}
	}
	return journals.Open(g.device.Name())
}

func (g *fileGrip) Archive(snapshot remediate.Snapshot, plan remediate.DevicePlan) (string, error) {
	backups := g.files.Backups
	if backups.Store.Directory == "" {
		backups.Store.Directory = g.state.Backups()
	}
	return backups.Write(g.device, g.run, snapshot, plan)
}

// StillMine never fails: the operating system's lock ends with the process and not before.
func (g *fileGrip) StillMine() func() error { return nil }

func (g *fileGrip) Release() { _ = g.held.Release() }
