//go:build services

package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/records/store/storetest"
	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func freshSchema(t *testing.T) string {
	return storetest.Schema(t, os.Getenv("ACFIX_TEST_POSTGRES"))
}

// TestWorkersAreKilledAllTheTime: two schedulers, three workers, of which one dies every now
// and then; each device ends as it asks, none has two writers or is written to without need,
// and the planned time has one run.
func TestWorkersAreKilledAllTheTime(t *testing.T) {
	c := newCluster(t, freshSchema(t), "2s", mockdevice.FleetModel{Size: 200, Seed: 11, Latency: 20 * time.Millisecond}, "parallel: 16", `batch: "5,100%"`)
	c.serve("scheduler-1", 1)
	c.serve("scheduler-2", 1)
	workers := []*testProcess{c.worker("worker-0", 5), c.worker("worker-1", 5), c.worker("worker-2", 5)}
	c.until("the run begins", func() bool { _, known := c.theRun(); return known })
	killed := 0
	for next := time.Now(); !c.isOver(); time.Sleep(20 * time.Millisecond) {
		if time.Since(next) > 3*time.Second {
			n := killed % len(workers)
			workers[n].kill()
			killed++
			c.unrecorded += 5
			workers[n] = c.worker(fmt.Sprintf("worker-%d", n), 5)
			next = time.Now()
		}
	}
	t.Logf("%d workers killed", killed)
	assert.GreaterOrEqual(t, killed, 2)
	c.requireAllWell()
	runs, err := c.store.Runs(t.Context(), store.Filter{Job: nightly})
	require.NoError(t, err)
	assert.Len(t, runs, 2, "the one on record, and one for the planned time")
}

// TestAFrozenWorkerWritesNothingMore: a worker stands still past its lease, in the middle of a
// device or between its journal and the request. Another one finishes the device; the first
// wakes up, sends no write, and what it has to tell is refused.
func TestAFrozenWorkerWritesNothingMore(t *testing.T) {
	for name, freezeAt := range map[string]func(*testing.T, *cluster, *testProcess) (wait func()){
		"while a write is under way":      atFirstWrite,
		"between journal and request":     betweenJournalAndRequest,
		"while it reads before it writes": atFirstRead,
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t, freshSchema(t), "2s", mockdevice.FleetModel{Size: 1, Uniform: "7.4.500"})
			c.begin("other", "history") // its tables are there before anything is hung on them
			frozen := c.worker("frozen", 1)
			wait := freezeAt(t, c, frozen)
			c.serve("scheduler", 0)
			wait()
			c.until("its leases end", c.nobodyHolds)
			c.worker("other", 1)
			c.until("another worker finishes the run", c.isOver)
			before, result := c.fleet.Counts(), c.resultOf(0)
			require.Equal(t, "applied", result.Status)

			require.NoError(t, frozen.Process.Signal(syscall.SIGCONT))
			c.until("the frozen worker wakes up and gives its task up", func() bool { return strings.Contains(frozen.output(), "msg=task") })
			assert.Equal(t, before.Writes, c.fleet.Counts().Writes, "it wrote after it was replaced")
			assert.Equal(t, result, c.resultOf(0), "its late result counted")
			c.requireAllWell()
		})
	}
}

// nobodyHolds reports whether all leases but that of the run have ended.
func (c *cluster) nobodyHolds() (is bool) {
	db, err := sql.Open("pgx", c.url)
	require.NoError(c.t, err)
	defer func() { _ = db.Close() }()
	require.NoError(c.t, db.QueryRow(`SELECT NOT EXISTS (SELECT 1 FROM leases WHERE scope = 'device' AND expires > extract(epoch FROM clock_timestamp()) * 1000000)`).Scan(&is))
	return is
}

func (c *cluster) resultOf(place int) store.Device {
	c.t.Helper()
	run, known := c.theRun()
	require.True(c.t, known)
	device, err := c.store.Device(c.t.Context(), run.ID, place)
	require.NoError(c.t, err)
	return device
}

func (c *cluster) freezeWhen(p *testProcess, is func(*http.Request) bool) (wait func()) {
	c.t.Helper()
	device, err := c.fleet.Device(0)
	require.NoError(c.t, err)
	stopped := make(chan struct{})
	var once sync.Once
	device.OnRequest(func(_ int, request *http.Request) {
		if is(request) {
			once.Do(func() {
				_ = p.Process.Signal(syscall.SIGSTOP)
				close(stopped)
			})
		}
	})
	return func() {
		select {
		case <-stopped:
		case <-time.After(runPatience):
			c.t.Fatal("the moment never came")
		}
	}
}

func atFirstWrite(_ *testing.T, c *cluster, p *testProcess) func() {
	return c.freezeWhen(p, func(r *http.Request) bool { return r.Method == http.MethodPut })
}

// atFirstRead is the first reading of the second phase, which is that of the backup.
func atFirstRead(_ *testing.T, c *cluster, p *testProcess) func() {
	return c.freezeWhen(p, func(*http.Request) bool {
		run, known := c.theRun()
		if !known {
			return false
		}
		task, err := c.store.Task(c.t.Context(), run.ID, 0)
		return err == nil && task.Kind == "write" && task.State == store.TaskTaken
	})
}

// betweenJournalAndRequest lets the database hold the first intent back until the worker
// stands still: then the intent is kept, and its answer is not read before the worker wakes up.
func betweenJournalAndRequest(t *testing.T, c *cluster, p *testProcess) func() {
	db, err := sql.Open("pgx", c.url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	for _, statement := range []string{
		`CREATE FUNCTION hold() RETURNS trigger AS 'BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NEW; END' LANGUAGE plpgsql`,
		`CREATE TRIGGER hold BEFORE INSERT ON events FOR EACH ROW WHEN (NEW.kind = 'intent') EXECUTE FUNCTION hold()`,
		`SELECT pg_advisory_lock(4711)`,
	} {
		_, err := db.Exec(statement)
		require.NoError(t, err)
	}
	return func() {
		c.until("the worker is about to write", func() (waits bool) {
			require.NoError(t, db.QueryRow(`SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted)`).Scan(&waits))
			return waits
		})
		require.NoError(t, p.Process.Signal(syscall.SIGSTOP))
		c.until("it stands still", func() bool { return standsStill(t, p) })
		_, err := db.Exec(`SELECT pg_advisory_unlock(4711)`)
		require.NoError(t, err)
		assert.Zero(t, c.fleet.Counts().Writes)
	}
}

// standsStill reports whether all threads of a process are stopped: until one of them has taken the signal, and
// a busy machine takes its time, the others go on.
func standsStill(t *testing.T, p *testProcess) bool {
	t.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", p.Process.Pid))
	require.NoError(t, err)
	return !slices.ContainsFunc(threads, func(path string) bool {
		text, err := os.ReadFile(path)
		return err == nil && !strings.Contains(string(text), ") T ")
	})
}

// TestTheDatabaseGoesAndComesBack in the middle of a run, for less than a lease and for more:
// nothing is lost, and everybody says once what is wrong.
func TestTheDatabaseGoesAndComesBack(t *testing.T) {
	for name, test := range map[string]struct {
		lease string
		away  time.Duration
	}{
		"shorter than a lease": {"15s", time.Second},
		"longer than a lease":  {"2s", 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := storetest.Start(t, os.Getenv("ACFIX_TEST_POSTGRES_SERVER"))
			c := newCluster(t, server.URL, test.lease, mockdevice.FleetModel{Size: 60, Seed: 3, Latency: 20 * time.Millisecond}, "parallel: 8", `batch: "100%"`)
			all := []*testProcess{c.serve("scheduler", 0), c.worker("worker-1", 4), c.worker("worker-2", 4)}
			c.until("devices are written to", func() bool { return c.fleet.Counts().Done > 20 })
			server.Stop(t)
			c.unrecorded += 8
			c.until("somebody says so", func() bool { return strings.Contains(saidBy(all...), "the store does not answer") })
			c.until("the scheduler is not ready", func() bool { return c.asked(all[0], "/readyz") == http.StatusServiceUnavailable })
			assert.Equal(t, http.StatusOK, c.asked(all[0], "/healthz"), "a database that is away is no reason to start it again")
			time.Sleep(test.away)
			during := c.fleet.Counts().Done
			require.False(t, strings.Contains(saidBy(all...), "panic"))
			server.Start(t)
			c.until("the run ends", c.isOver)
			assert.Greater(t, c.fleet.Counts().Done, during, "it was in the middle")
			c.requireAllWell()
			c.until("the scheduler is ready again", func() bool { return c.asked(all[0], "/readyz") == http.StatusOK })
			for _, p := range all {
				said := func(text string) int { return strings.Count(p.output(), text) }
				c.until("everybody is back", func() bool { return said("the store does not answer") == said("the store answers again") })
				assert.LessOrEqual(t, said("the store does not answer"), 2, "once, not for every device or try: %s", p.output())
				assert.NotContains(t, p.output(), "level=ERROR")
			}
		})
	}
}

// asked is the status of what a process answers; 0 for no answer.
func (c *cluster) asked(p *testProcess, path string) int {
	address := listening.FindStringSubmatch(p.output())
	require.NotEmpty(c.t, address, p.output())
	answer, err := http.Get("http://" + address[1] + path)
	if err != nil {
		return 0
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

// TestASchedulerDiesOrIsStopped in the middle of a run: another one, or the same one started
// again, goes on.
func TestASchedulerDiesOrIsStopped(t *testing.T) {
	for name, test := range map[string]struct {
		signal  syscall.Signal
		next    string
		workers int // of the schedulers; with 0 there is a worker beside them
	}{
		"killed, another goes on":            {syscall.SIGKILL, "second", 0},
		"killed, it is started again":        {syscall.SIGKILL, "first", 4},
		"stopped, another goes on":           {syscall.SIGTERM, "second", 0},
		"stopped alone, it is started again": {syscall.SIGTERM, "first", 4},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t, freshSchema(t), "2s", mockdevice.FleetModel{Size: 40, Seed: 5, Latency: 20 * time.Millisecond}, "parallel: 6", `batch: "100%"`)
			if test.workers == 0 {
				c.worker("worker", 4)
			}
			first := c.serve("first", test.workers)
			c.until("devices are written to", func() bool { return c.fleet.Counts().Done > 15 })
			require.NoError(t, first.Process.Signal(test.signal))
			select {
			case <-first.ended:
			case <-time.After(time.Minute):
				t.Fatal("it does not end")
			}
			if test.signal == syscall.SIGKILL {
				c.unrecorded += 4
			}
			require.False(t, c.isOver(), "the signal came too late")
			if test.signal == syscall.SIGTERM {
				assert.Zero(t, first.ProcessState.ExitCode(), first.output())
			}
			c.serve(test.next, test.workers)
			c.until("the run ends", c.isOver)
			c.requireAllWell()
		})
	}
}

// TestTwoMachinesApplyToOneDevice with PostgreSQL as their store: one writes, the other waits
// and finds nothing left to do. The backup is in the store, can be fetched, and restored from.
func TestTwoMachinesApplyToOneDevice(t *testing.T) {
	c := newCluster(t, freshSchema(t), "2s", mockdevice.FleetModel{Size: 1, Uniform: "7.4.500", Latency: 20 * time.Millisecond})
	inventory := []string{"-i", c.file("inventory.yaml"), "-o", "json", "-q"}
	apply := append([]string{"apply", "--yes"}, inventory...)
	one, two := c.begin("one", apply...), c.begin("two", apply...)
	<-one.ended
	<-two.ended
	var statuses []string
	backup := ""
	for _, p := range []*testProcess{one, two} {
		assert.Zero(t, p.ProcessState.ExitCode(), p.output())
		device := first(t, decode(t, p.output()), "devices").(map[string]any)
		statuses = append(statuses, device["status"].(string))
		if device["status"] == "applied" {
			backup = device["backup"].(string)
		}
	}
	assert.ElementsMatch(t, []string{"applied", "unchanged"}, statuses)
	c.requireCarefulWriters()
	require.Regexp(t, `^store:\d+$`, backup)

	fetch := c.begin("two", "backup", "fetch", backup, "--dir", c.file("fetched"), "-o", "json")
	<-fetch.ended
	require.Zero(t, fetch.ProcessState.ExitCode(), fetch.output())
	var fetched struct{ Backup string }
	require.NoError(t, json.Unmarshal([]byte(fetch.output()), &fetched))
	verify := c.begin("two", "backup", "verify", fetched.Backup)
	<-verify.ended
	assert.Zero(t, verify.ProcessState.ExitCode(), verify.output())

	inventoryText, err := os.ReadFile(c.file("inventory.yaml"))
	require.NoError(t, err)
	pin := strings.Split(strings.SplitAfter(string(inventoryText), `pin: "`)[1], `"`)[0]
	for from, wanted := range map[string]string{backup: "applied"} {
		restore := []string{"restore", from, "--yes", "--confirm-serial", c.fleet.Member(0).Serial, "--pin", pin, "-o", "json", "-q"}
		one, two := c.begin("one", restore...), c.begin("two", restore...)
		<-one.ended
		<-two.ended
		statuses := []any{first(t, decode(t, one.output()), "devices", "status"), first(t, decode(t, two.output()), "devices", "status")}
		assert.Contains(t, statuses, wanted, "%s %s", one.output(), two.output())
		c.requireCarefulWriters()
	}
	device, err := c.fleet.Device(0)
	require.NoError(t, err)
	assert.Equal(t, "0", device.Running().Cell("TLSContexts", 1, "UseDefaultCABundle"))
	again := c.begin("one", "restore", fetched.Backup, "--dry-run", "--pin", pin)
	<-again.ended
	assert.Zero(t, again.ProcessState.ExitCode(), again.output())
}
