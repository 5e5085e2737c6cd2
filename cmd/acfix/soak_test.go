package main

import (
	"database/sql/driver"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"modernc.org/sqlite"

	"github.com/acfix/acfix/internal/records/store"
)

var (
	soakLength = flag.String("soak", "short", "what TestSoak lives through: short or full")
	soakSeed   = flag.Uint64("soak.seed", 1, "the seed of TestSoak; 0 for a random one")
)

// soakSize is a fleet, and how long two schedulers look after it.
type soakSize struct {
	devices, days int
	parallel      int
	retention     int // days that runs are kept for
}

func (s soakSize) String() string { return fmt.Sprintf("%d devices, %d days", s.devices, s.days) }

var soakSizes = map[string][]soakSize{
	"short": {{devices: 10, days: 56, parallel: 1, retention: 10}},
	"full": {
		{devices: 500, days: 366, parallel: 32, retention: 30},
		{devices: 30, days: 3653, parallel: 2, retention: 90},
	},
}

// The clock of leases is the store's. SQLite asks this function, and so the clock of the bubble that the test is in.
func init() {
	sqlite.MustRegisterScalarFunction("unixepoch", 1,
		func(*sqlite.FunctionContext, []driver.Value) (driver.Value, error) {
			return float64(time.Now().UnixMicro()) / 1e6, nil
		})
}

// TestSoak lets two schedulers of one store look after a fleet for a long time, by a clock that needs none. The jobs
// are carried out as always; only the devices are a table. Devices come, go, move and lose their roots, plans are
// approved now and then, old runs are pruned, and the schedulers are killed, stopped and frozen at random. "make soak"
// lives through years.
func TestSoak(t *testing.T) {
	for _, size := range soakSizes[*soakLength] {
		t.Run(size.String(), func(t *testing.T) {
			folder, seed := t.TempDir(), *soakSeed
			if seed == 0 {
				seed = uint64(time.Now().UnixNano())
			}
			t.Logf("seed %d", seed)
			synctest.Test(t, func(t *testing.T) { newSoak(t, size, folder, seed).live() })
		})
	}
}

// soak is the world of the test. Its methods are called by the test's goroutine alone.
type soak struct {
	t        *testing.T
	size     soakSize
	folder   string
	random   *rand.Rand
	agenda   []soakEvent // by time
	fleet    *soakFleet
	file     jobFile
	store    *store.Store         // as pages and metrics have it open
	shown    *prometheus.Registry // the metrics
	commands *cobra.Command       // of the operator
	both     [2]*soakProcess
	judge    soakJudge
	sizes    []soakMeasures
}

type soakEvent struct {
	at   time.Time
	work func()
}

const soakJobs = `jobs:
  - {name: nightly, schedule: "0 3 * * *", time_zone: Europe/Berlin, action: plan, inventory: fleet.yaml, parallel: %[1]d}
  - name: weekend
    schedule: "0 22 * * 6"
    time_zone: Europe/Berlin
    action: apply
    inventory: fleet.yaml
    parallel: %[1]d
    batch: "1,25%%,100%%"
    soak: 5m
    window: "Sat,Sun 22:00-04:00 Europe/Berlin"
    approval: required
    plan_job: nightly
`

func newSoak(t *testing.T, size soakSize, folder string, seed uint64) *soak {
	s := &soak{
		t: t, size: size, folder: folder, random: rand.New(rand.NewPCG(seed, 15)), fleet: newSoakFleet(size, seed),
	}
	s.judge.soak, s.judge.judged, s.judge.tally = s, map[string]time.Time{}, map[string]int{}
	s.write("jobs.yaml", fmt.Sprintf(soakJobs, size.parallel))
	s.write("fleet.yaml", s.fleet.inventory())
	var err error
	s.file, err = s.operator().readJobs(filepath.Join(folder, "jobs.yaml"))
	require.NoError(t, err)
	s.store, err = s.operator().openStore()
	require.NoError(t, err)
	s.shown = newService(s.operator(), s.store, s.file).metrics()
	s.commands = s.operator().rootCommand()
	for nth := range s.both {
		s.both[nth] = &soakProcess{soak: s, nth: nth}
	}
	return s
}

// write replaces a file at once, as an editor does: a scheduler may read it at any time.
func (s *soak) write(name, text string) {
	path := filepath.Join(s.folder, name)
	require.NoError(s.t, os.WriteFile(path+".new", []byte(text), 0o600))
	require.NoError(s.t, os.Rename(path+".new", path))
}

func (s *soak) live() {
	defer func() {
		for _, process := range s.both {
			process.end()
		}
		assert.NoError(s.t, s.store.Close())
	}()
	for _, process := range s.both {
		process.start()
	}
	for range s.size.days {
		s.day(time.Now().UTC())
	}
	s.judge.atTheEnd()
}

// day lives until the next midnight.
func (s *soak) day(midnight time.Time) {
	at := func(hour, minute int, work func()) {
		s.plan(midnight.Add(time.Duration(hour)*time.Hour+time.Duration(minute)*time.Minute), work)
	}
	at(11, 0, s.judge.day)
	at(12, 0, s.change)
	if midnight.Weekday() == time.Friday && s.random.IntN(3) > 0 {
		at(12, 30, s.approve)
	}
	if midnight.Weekday() == time.Monday {
		at(13, 0, s.prune)
		at(13, 10, s.measure)
	}
	s.disturb(midnight)
	for len(s.agenda) > 0 && s.agenda[0].at.Before(midnight.AddDate(0, 0, 1)) {
		next := s.agenda[0]
		s.agenda = s.agenda[1:]
		time.Sleep(time.Until(next.at))
		next.work()
	}
	time.Sleep(time.Until(midnight.AddDate(0, 0, 1)))
}

func (s *soak) plan(at time.Time, work func()) {
	place, _ := slices.BinarySearchFunc(s.agenda, at, func(known soakEvent, at time.Time) int {
		if known.at.After(at) {
			return 1
		}
		return -1
	})
	s.agenda = slices.Insert(s.agenda, place, soakEvent{at, work})
}

func (s *soak) change() {
	s.fleet.change()
	s.write("fleet.yaml", s.fleet.inventory())
}
