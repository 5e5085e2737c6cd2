package evidence

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/records/journal"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// Pruner deletes old backups, with what only they needed, and what killed processes left behind.
type Pruner struct {
	Directory string // of the backups on this machine
	Files     Files  // has the locks and journals of this machine
	Journal   Keeper // has the journals of the runs, and keeps runs away from a device
	Disk      backup.Disk
	Run       func(ctx context.Context, id string) (store.Run, error) // store.ErrUnknownRun if no run has the ID
	// Stored is the store that has backups of runs, because machines share it; nil if there is none.
	Stored *store.Store
	// DryRun deletes nothing.
	DryRun bool
}

// Rule says which backups are old: taken before a time, and not among the newest of their device.
type Rule struct {
	Last   int
	Before time.Time
}

// Pruned is what became of one backup or file.
type Pruned struct {
	Place    string          // a path, or a name like store:12
	Manifest backup.Manifest // of a backup
	Kept     string          // why it stays; "" if it does not
	Err      error
}

// Why an old backup stays.
const (
	KeptUnsaved = "the device may have unsaved changes of acfix"
	KeptRun     = "its run has not ended, or can be resumed"
	KeptHeld    = "a run is working on the device"
)

// lockPatience is how long a prune waits for a run at the device.
const lockPatience = time.Second

// Old returns the old backups on this machine and in the store, and the number of all backups that can be read.
func (p Pruner) Old(ctx context.Context, rule Rule) (old []backup.Listed, all int, err error) {
	list, err := backup.List(p.Directory)
	if err != nil {
		return nil, 0, err
	}
	old, all = backup.Old(list, rule.Last, rule.Before), len(list)
	if p.Stored == nil {
		return old, all, nil
	}
	stored, inStore, err := oldStored(ctx, p.Stored, rule)
	return append(old, stored...), all + inStore, err
}

// PruneAll deletes those of the old backups that nothing needs. Once the context ends, the rest is left out.
func (p Pruner) PruneAll(ctx context.Context, old []backup.Listed) []Pruned {
	pruned := []Pruned{}
	for _, listed := range old {
		kept, err := p.Prune(ctx, listed)
		if ctx.Err() != nil {
			break
		}
		pruned = append(pruned, Pruned{Place: listed.Directory, Manifest: listed.Manifest, Kept: kept, Err: err})
	}
	return pruned
}

// Prune deletes an old backup, or returns why it stays. No run works on the device meanwhile.
func (p Pruner) Prune(ctx context.Context, old backup.Listed) (kept string, err error) {
	m := old.Manifest
	device := subjectOf(m)
	held, failure := p.Journal.Hold(ctx, "", device, lockPatience)
	if failure != nil && failure.Code != remediate.CodeLocked {
		return "", errors.New(failure.Message)
	}
	if failure != nil {
		return KeptHeld, ctx.Err()
	}
	defer held.Release()
	if kept, err := p.need(ctx, device, m.Run); kept != "" || err != nil || p.DryRun {
		return kept, err
	}
	if strings.HasPrefix(old.Directory, InStore) {
		return "", forget(held, old.Directory)
	}
	return "", backup.Remove(p.Disk, old.Directory)
}

func subjectOf(m backup.Manifest) Subject {
	return Subject{Target: m.Target, URL: m.URL, Serial: m.Serial, MAC: m.MAC}
}

func (p Pruner) need(ctx context.Context, device Subject, run string) (why string, err error) {
	entries, err := p.Journal.Entries(device)
	if err != nil {
		return "", err
	}
	if isUnsaved(entries, p.Journal.Boot()) {
		return KeptUnsaved, nil
	}
	open, err := p.isOpen(ctx, run)
	if open {
		return KeptRun, err
	}
	return "", err
}

// isUnsaved reports whether a device may have changes of acfix that it has not saved.
func isUnsaved(entries []journal.Entry, boot string) bool {
	earlier := journal.Earlier(entries, boot)
	return len(earlier.Unsaved) > 0 || len(earlier.Perhaps) > 0 || earlier.Died != ""
}

// isOpen reports whether a run on record is not over, or can be resumed; one that lacks devices can't.
func (p Pruner) isOpen(ctx context.Context, run string) (bool, error) {
	if run == "" {
		return false, nil
	}
	begun, err := p.Run(ctx, run)
	switch {
	case errors.Is(err, store.ErrUnknownRun):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("look for the run: %w", err)
	default:
		return begun.State != store.RunDone && begun.Pruned == 0, nil
	}
}
