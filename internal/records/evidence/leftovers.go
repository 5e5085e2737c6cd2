package evidence

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/records/journal"
	"github.com/acfix/acfix/internal/records/statedir"
	"github.com/acfix/acfix/internal/records/store"
)

// leftoverAge is when a file that is being written counts as left behind: no write takes a day.
const leftoverAge = 24 * time.Hour

// Leftovers deletes what processes left behind that were killed while they wrote, and this machine's marks of plans that
// are too old to be carried out. It also deletes lock files that no run holds, and does not list them.
func (p Pruner) Leftovers() ([]Pruned, error) {
	state, err := p.Files.State()
	if err != nil {
		return nil, err
	}
	old := p.Files.Now().Add(-leftoverAge)
	found, err := leftovers(state, p.Directory, old)
	marks, problem := leftIn(state.UsedPlans(), p.Files.Now().Add(-store.OldestPlan), fs.DirEntry.IsDir)
	found, err = append(found, marks...), errors.Join(err, problem)
	if !p.DryRun {
		err = errors.Join(err, state.Locks().RemoveFree(old))
	}
	slices.Sort(found)
	pruned := []Pruned{}
	for _, path := range slices.Compact(found) {
		one := Pruned{Place: path}
		if !p.DryRun {
			one.Err = p.Disk.RemoveAll(path)
		}
		pruned = append(pruned, one)
	}
	return pruned, err
}

// leftovers finds what was left behind before a time, in acfix's own folders, and half a backup among the backups:
// their folder may hold other files of the operator.
func leftovers(state statedir.Directory, backups string, before time.Time) (found []string, err error) {
	ofBackup := func(entry fs.DirEntry) bool { return backup.IsPartial(entry.Name()) }
	ofFile := func(entry fs.DirEntry) bool {
		isTemporary := strings.HasSuffix(entry.Name(), ".tmp")
		return backup.IsPartial(entry.Name()) || isTemporary && entry.Type().IsRegular()
	}
	ofJournal := func(entry fs.DirEntry) bool {
		name, reserved := journal.Reserved(entry.Name())
		return ofFile(entry) || reserved && !state.Locks().IsHeld(name)
	}
	for _, place := range []struct {
		folder string
		isLeft func(fs.DirEntry) bool
	}{
		{string(state), ofFile}, {state.UsedPlans(), ofFile}, {state.Journals(), ofJournal}, {state.Backups(), ofBackup},
		{backups, ofBackup},
	} {
		more, problem := leftIn(place.folder, before, place.isLeft)
		found, err = append(found, more...), errors.Join(err, problem)
	}
	slices.Sort(found)
	return slices.Compact(found), err
}

func leftIn(folder string, before time.Time, isLeft func(fs.DirEntry) bool) (found []string, err error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, entry := range entries {
		if !isLeft(entry) {
			continue
		}
		info, err := entry.Info()
		if err == nil && info.ModTime().Before(before) {
			found = append(found, filepath.Join(folder, entry.Name()))
		}
	}
	return found, err
}
