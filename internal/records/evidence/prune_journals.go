package evidence

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/records/journal"
	"github.com/acfix/acfix/internal/records/statedir"
	"github.com/acfix/acfix/remediate"
)

// PruneJournals deletes the journals that ended before a time and that nothing needs: no backup of the device is left,
// nothing waits unsaved, and no run in it can be resumed. It looks at those of this machine, and of a store that machines
// share. Journals that stay are not returned, except with an error.
func (p Pruner) PruneJournals(ctx context.Context, before time.Time) ([]Pruned, error) {
	here, err := p.pruneFiles(ctx, before)
	if err != nil || ctx.Err() != nil {
		return here, err
	}
	there, err := p.pruneStored(ctx, before)
	return append(here, there...), err
}

func (p Pruner) pruneFiles(ctx context.Context, before time.Time) ([]Pruned, error) {
	state, err := p.Files.State()
	if err != nil {
		return nil, err
	}
	names, err := journal.Folder(state.Journals()).Names()
	if err != nil {
		return nil, err
	}
	old := oldFiles{oldJournals{Pruner: p, before: before, gone: map[string]bool{}, boot: p.Files.Boot()}, state}
	old.leads = old.leadsOn
	if old.standing, err = namesOfBackups(p.Directory); err != nil {
		return nil, err
	}
	place := func(name string) string { return journal.Folder(state.Journals()).Path(name) }
	return old.pruneAll(ctx, names, place, old.prune), nil
}

// namesOfBackups returns the names of the journals of all devices with a backup.
func namesOfBackups(directory string) (map[string]bool, error) {
	list, err := backup.List(directory)
	standing := map[string]bool{}
	for _, listed := range list {
		for _, name := range subjectOf(listed.Manifest).Names() {
			standing[name] = true
		}
	}
	return standing, err
}

// oldJournals are journals in one place: in files, or in a store.
type oldJournals struct {
	Pruner
	before   time.Time
	standing map[string]bool // journals of devices with a backup
	gone     map[string]bool // journals that are done with
	boot     string          // as of Keeper
	// leads reports whether an entry leads to a journal or a backup that may still be there.
	leads func(journal.Entry) bool
}

// pruneAll looks at each journal twice: pointers go after the journal that they lead to.
func (o oldJournals) pruneAll(
	ctx context.Context, names []string, place func(name string) string, prune func(context.Context, string) (bool, error),
) []Pruned {
	pruned := []Pruned{}
	for range 2 {
		for _, name := range names {
			if o.gone[name] || ctx.Err() != nil {
				continue
			}
			over, err := prune(ctx, name)
			if over || err != nil {
				o.gone[name] = true
				pruned = append(pruned, Pruned{Place: place(name), Err: err})
			}
		}
	}
	return pruned
}

// oldFiles are the journals of this machine.
type oldFiles struct {
	oldJournals
	state statedir.Directory
}

// prune deletes a journal if it is over. A run at a device has the lock of each journal that it reads.
func (o oldFiles) prune(ctx context.Context, name string) (over bool, err error) {
	waiting, done := context.WithTimeout(ctx, lockPatience)
	defer done()
	held, err := o.state.Locks().Take(waiting, name)
	if errors.Is(err, statedir.ErrHeld) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer func() { _ = held.Remove() }()
	folder := journal.Folder(o.state.Journals())
	entries, err := folder.Read(name)
	if err != nil {
		return false, err
	}
	if over, err = o.isOver(ctx, name, entries); !over || err != nil || o.DryRun {
		return over, err
	}
	return true, folder.Remove(name)
}

func (o oldJournals) isOver(ctx context.Context, name string, entries []journal.Entry) (bool, error) {
	if len(entries) == 0 || o.standing[name] || isUnsaved(entries, o.boot) {
		return false, nil
	}
	known := map[string]bool{}
	for _, entry := range entries {
		if !entry.Time.Before(o.before) || o.leads(entry) {
			return false, nil
		}
		if known[entry.Run] {
			continue
		}
		known[entry.Run] = true
		if open, err := o.isOpen(ctx, entry.Run); open || err != nil {
			return false, err
		}
	}
	return true, nil
}

func (o oldFiles) leadsOn(entry journal.Entry) bool {
	switch entry.Event {
	case journal.Named:
		if o.gone[entry.Detail] {
			return false
		}
		_, err := os.Lstat(journal.Folder(o.state.Journals()).Path(entry.Detail))
		return !errors.Is(err, fs.ErrNotExist)
	case remediate.EventBackup:
		return mayStand(entry.Detail)
	default:
		return false
	}
}

// mayStand reports whether a backup may still be at its place. Without the folder of backups, its disk may be away.
func mayStand(place string) bool {
	if !filepath.IsAbs(place) {
		return place != ""
	}
	if _, err := os.Lstat(filepath.Dir(place)); err != nil {
		return true
	}
	_, err := os.Lstat(place)
	return !errors.Is(err, fs.ErrNotExist)
}
