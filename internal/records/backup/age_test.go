package backup_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/records/backup"
	"github.com/stretchr/testify/assert"
)

// TestOldBackups: a device is its serial number, at whatever address; its newest stay, and so does what is young.
func TestOldBackups(t *testing.T) {
	t.Parallel()
	today := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	taken := func(name, serial, url string, days int) backup.Listed {
		return backup.Listed{Directory: name, Manifest: backup.Manifest{
			Serial: serial, URL: url, Taken: today.AddDate(0, 0, -days),
		}}
	}
	unjudged := taken("f", "2", "https://b", 40)
	unjudged.Manifest.Unjudged = "cut short"
	list := []backup.Listed{
		taken("a", "1", "https://a", 400), taken("b", "1", "https://moved", 300), taken("c", "1", "https://moved", 200),
		taken("d", "2", "https://b", 400), taken("e", "2", "https://b", 50), unjudged,
		taken("g", "", "https://c", 400), taken("h", "", "https://d", 400),
		{Directory: "i", Err: errors.New("damaged")},
	}
	for _, row := range []struct {
		newest, days int
		old          []string
	}{
		{1, 100, []string{"a", "d", "b"}}, {1, 250, []string{"a", "d", "b"}}, {1, 350, []string{"a", "d"}},
		{2, 100, []string{"a"}}, {3, 100, nil}, {1, 500, nil},
	} {
		var old []string
		for _, listed := range backup.Old(list, row.newest, today.AddDate(0, 0, -row.days)) {
			old = append(old, filepath.Base(listed.Directory))
		}
		assert.Equal(t, row.old, old, "newest %d, older than %d days", row.newest, row.days)
	}
}
