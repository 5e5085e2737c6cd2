package backup

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"time"
)

// Old returns the backups that were taken before a time and are not among the newest of their device, oldest first.
// A backup that can't be restored takes no place from one that can. One with an unusable manifest is not old: its
// device and age are unknown.
func Old(list []Listed, newest int, before time.Time) []Listed {
	byDevice := map[string][]Listed{}
	for _, listed := range list {
		if listed.Err == nil {
			byDevice[listed.device()] = append(byDevice[listed.device()], listed)
		}
	}
	var old []Listed
	for _, backups := range byDevice {
		slices.SortFunc(backups, func(a, b Listed) int { return byAge(b, a) })
		judged := 0
		for i, listed := range backups {
			if listed.Manifest.Unjudged == "" {
				judged++
			}
			isNewest := i < newest || listed.Manifest.Unjudged == "" && judged <= newest
			if !isNewest && listed.Manifest.Taken.Before(before) {
				old = append(old, listed)
			}
		}
	}
	slices.SortFunc(old, byAge)
	return old
}

// byAge puts the oldest first.
func byAge(a, b Listed) int {
	return cmp.Or(a.Manifest.Taken.Compare(b.Manifest.Taken), cmp.Compare(a.Directory, b.Directory))
}

// device is the unit by its serial number, wherever it was reached; without one, by what else is known.
func (l Listed) device() string {
	switch m := l.Manifest; {
	case m.Serial != "":
		return "serial " + m.Serial
	case m.MAC != "":
		return "mac " + m.MAC
	default:
		return "address " + m.URL
	}
}

// Remove deletes a backup. It first gives it the name of one that is not complete, so that no half-deleted backup is
// ever taken for a whole one.
func Remove(disk Disk, directory string) error {
	doomed := filepath.Join(filepath.Dir(directory), partialPrefix+"deleted-"+filepath.Base(directory))
	if err := disk.Rename(directory, doomed); err != nil {
		return fmt.Errorf("delete the backup: %w", err)
	}
	if err := disk.RemoveAll(doomed); err != nil {
		return fmt.Errorf("delete the backup: %w", err)
	}
	return nil
}
