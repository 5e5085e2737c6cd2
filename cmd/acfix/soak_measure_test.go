package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/store"
)

// soakMeasures are what acfix uses after a prune, by name.
type soakMeasures struct {
	at     time.Time
	values map[string]int64
}

// soakGrowth is by how much each measure may exceed its earlier maximum: a factor and a rest.
var soakGrowth = map[string]struct {
	factor float64
	rest   int64
}{
	"store":       {1.4, 256 << 10}, // bytes, with its log
	"files":       {1.4, 16},        // without journals and backups
	"descriptors": {1.2, 12},        // a run that was frozen may be going on

	"goroutines": {1.2, 16},
	"heap":       {1.3, 8 << 20},
	"resident":   {1.3, 64 << 20},
}

func (s *soak) measure() {
	m := soakMeasures{at: time.Now(), values: map[string]int64{
		"descriptors": descriptors(), "goroutines": int64(runtime.NumGoroutine()), "resident": resident(s),
	}}
	runs, err := s.store.Runs(s.t.Context(), store.Filter{})
	require.NoError(s.t, err)
	m.values["runs"] = int64(len(runs))
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	m.values["heap"] = int64(memory.HeapAlloc)
	s.measureFiles(m.values)
	s.sizes = append(s.sizes, m)
}

func (s *soak) measureFiles(values map[string]int64) {
	require.NoError(s.t, filepath.WalkDir(s.folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		switch {
		case strings.HasPrefix(filepath.Base(path), "runs.db"):
			values["store"] += info.Size()
		case strings.Contains(path, "/journal/"):
			values["journals"] += info.Size()
			return nil
		case strings.Contains(path, "/backups/"):
			if entry.Name() == "manifest.json" {
				values["backups"]++
			}
			return nil
		}
		values["files"]++
		return nil
	}))
}

// descriptors are those of this process; 0 where the system does not list them.
func descriptors() int64 {
	open, _ := os.ReadDir("/proc/self/fd")
	return int64(len(open))
}

// resident is the memory of this process, with that of SQLite; 0 where the system does not say.
func resident(s *soak) int64 {
	content, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	var all, pages int64
	_, err = fmt.Sscan(string(content), &all, &pages)
	require.NoError(s.t, err)
	return pages * int64(os.Getpagesize())
}

// judgeSizes compares the second half of the time with the first, from when the first runs were pruned.
func (s *soak) judgeSizes() {
	begin := time.Now().AddDate(0, 0, s.size.retention+7-s.size.days)
	steady := slices.DeleteFunc(slices.Clone(s.sizes), func(m soakMeasures) bool { return m.at.Before(begin) })
	require.GreaterOrEqual(s.t, len(steady), 4)
	half := len(steady) / 2
	for name, growth := range soakGrowth {
		first, second := mostOf(steady[:half], name), mostOf(steady[half:], name)
		most := int64(float64(first)*growth.factor) + growth.rest
		assert.LessOrEqual(s.t, second, most, "%s: at most %d in the first half, %d in the second", name, first, second)
		s.t.Logf("%-12s %12d in the first half at most, %12d in the second", name, first, second)
	}
	for at := 0; at < len(steady); at += max(1, len(steady)/12) {
		s.t.Logf("%s %v", steady[at].at.Format(time.DateOnly), steady[at].values)
	}
	// There are eight runs a week. An address that a device left, because it is gone or has moved, keeps two until it
	// is forgotten: that of its last reading and that of its last result.
	assert.LessOrEqual(s.t, mostOf(steady, "runs"), int64((s.size.retention+8)*8/7+2*s.fleet.left+8))
	// A device that is gone keeps its newest backups, two here.
	last := steady[len(steady)-1].values
	assert.LessOrEqual(s.t, last["backups"], int64(2*s.fleet.made+s.size.devices))
	// Journals have no retention: some lines for each device that was written to.
	assert.LessOrEqual(s.t, last["journals"], int64(s.fleet.written+s.fleet.made)*4<<10)
}

func mostOf(all []soakMeasures, name string) (most int64) {
	for _, m := range all {
		most = max(most, m.values[name])
	}
	return most
}
