package store_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/store"
)

func use(process string, devices ...string) store.Use {
	return store.Use{Plan: "plan", Devices: devices, Run: "run", Process: process, Time: noon}
}

// aPlanIsUsedOnce, whichever of its names a device is marked by; a use that fails leaves no mark.
func aPlanIsUsedOnce(t *testing.T, s *store.Store) {
	ctx := t.Context()
	require.NoError(t, s.UsePlan(ctx, use("one", "serial-1", "address-1", "serial-1")))
	require.NoError(t, s.UsePlan(ctx, use("one", "address-1", "serial-1")), "the same, asked again")
	for _, devices := range [][]string{{"serial-1"}, {"serial-2", "address-1"}, {"address-1", "serial-1"}} {
		require.ErrorIs(t, s.UsePlan(ctx, use("another", devices...)), store.ErrUsed, devices)
	}
	for name, used := range map[string]bool{"serial-1": true, "address-1": true, "serial-2": false} {
		found, err := s.PlanUsed(ctx, "plan", "mac-1", name)
		require.NoError(t, err)
		assert.Equal(t, used, found, name)
	}
	found, err := s.PlanUsed(ctx, "another", "serial-1", "address-1")
	require.NoError(t, err)
	assert.False(t, found, "another plan")
	_, err = s.Prune(ctx, time.Now().AddDate(1, 0, 0))
	require.NoError(t, err)
	require.ErrorIs(t, s.UsePlan(ctx, use("another", "serial-1")), store.ErrUsed, "the mark outlives the run")
	marksOfPlansThatAreTooOldGo(t, s)
}

// marksOfPlansThatAreTooOldGo with old runs: no such plan is carried out again, whatever its mark.
func marksOfPlansThatAreTooOldGo(t *testing.T, s *store.Store) {
	for days, stays := range map[int]bool{400: false, 367: false, 365: true, 20: true, 1: true} {
		old := use("old", "serial-9")
		old.Plan, old.Time = fmt.Sprint("plan of ", days), time.Now().AddDate(0, 0, -days)
		require.NoError(t, s.UsePlan(t.Context(), old))
		_, err := s.Prune(t.Context(), time.Now().AddDate(0, 0, -10))
		require.NoError(t, err)
		found, err := s.PlanUsed(t.Context(), old.Plan, "serial-9")
		require.NoError(t, err)
		assert.Equal(t, stays, found, days)
	}
}

func onePlanIsUsedByOne(t *testing.T, s *store.Store) {
	var succeeded atomic.Int32
	var all sync.WaitGroup
	for i := range 16 {
		names := []string{"serial-1", "address-1", "mac-1"}
		names[i%3], names[0] = names[0], names[i%3] // no order is as good as another
		all.Go(func() {
			err := s.UsePlan(t.Context(), use(fmt.Sprint(i), names...))
			if err == nil {
				succeeded.Add(1)
				return
			}
			assert.ErrorIs(t, err, store.ErrUsed)
		})
	}
	all.Wait()
	assert.EqualValues(t, 1, succeeded.Load())
}

func eventsOfSeveralNames(t *testing.T, s *store.Store) {
	for i, name := range []string{"serial-1", "address-1", "serial-2", "serial-1"} {
		// The clocks of the machines that write do not count.
		event := store.Event{Device: name, Run: "run", Time: noon.Add(-time.Duration(i) * time.Hour), Kind: "intent", Entry: document(`{"n":%d}`, i)}
		require.NoError(t, s.Append(t.Context(), event, nil))
	}
	events, err := s.Events(t.Context(), "address-1", "serial-1", "mac-1")
	require.NoError(t, err)
	var found []string
	for _, event := range events {
		found = append(found, event.Device+" "+string(event.Entry))
	}
	assert.Equal(t, []string{`serial-1 {"n":0}`, `address-1 {"n":1}`, `serial-1 {"n":3}`}, found)
}

func TestAnEarlierFileIsBroughtUpToDate(t *testing.T) {
	t.Parallel()
	anEarlierStoreIsBroughtUpToDate(t, freshFile(t))
}

// toVersion1 takes the newer tables and columns away.
var toVersion1 = []string{
	"DROP INDEX run_devices_latest", "DROP INDEX run_devices_known",
	"ALTER TABLE run_devices DROP COLUMN known", "ALTER TABLE run_devices DROP COLUMN known_at",
	"ALTER TABLE run_devices DROP COLUMN known_plan", "ALTER TABLE run_devices DROP COLUMN forgotten",
	"ALTER TABLE runs DROP COLUMN pruned", "ALTER TABLE runs DROP COLUMN person", "ALTER TABLE runs DROP COLUMN flags",
	"ALTER TABLE runs DROP COLUMN inventory", "ALTER TABLE runs DROP COLUMN inventory_sha256",
	"ALTER TABLE runs DROP COLUMN max_age", "ALTER TABLE runs DROP COLUMN other_policy",
	"CREATE INDEX run_devices_latest ON run_devices (url, ended, run, position) WHERE state = 'done'",
	"DROP TABLE used_plans", "ALTER TABLE run_devices DROP COLUMN mac", "DELETE FROM schema_version WHERE version > 1",
}

// earlierRows are rows of earlier stores, and the verdict that is known by each.
var earlierRows = []struct {
	run, verdict, status, state, known string
	ended                              int // minutes after the run was created
	knownAt                            int
}{
	{"run", "", "", "waiting", "", 0, -1},
	{"run", "change", "", "waiting", "change", 0, 0},
	{"run", "change", "skipped", "done", "change", 3, 3},
	{"run", "change", "failed", "done", "change", 4, 4},
	{"run", "change", "applied", "done", "compliant", 5, 5},
	{"run", "error", "failed", "done", "", 6, -1},
	{"run", "compliant", "", "done", "compliant", 7, 7},
	{"run", "blocked", "blocked", "done", "blocked", 8, 8},
	{"saved", "change", "skipped", "done", "", 9, -1},
	{"saved", "change", "applied", "done", "compliant", 10, 10},
	{"approved", "change", "stale", "done", "", 11, -1},
}

// anEarlierStoreIsBroughtUpToDate, with what it has.
func anEarlierStoreIsBroughtUpToDate(t *testing.T, url string) {
	t.Helper()
	s := open(t, url)
	for id, run := range map[string]store.Run{
		"run": {}, "saved": {Header: document(`{"plan":{},"saved":true}`)}, "approved": {PlanRun: "other"},
	} {
		run.ID, run.Action = id, "apply"
		create(t, s, run, len(earlierRows))
	}
	statements := toVersion1
	for place, row := range earlierRows {
		at := int64(0)
		if row.ended > 0 {
			at = noon.Add(time.Duration(row.ended) * time.Minute).UnixMicro()
		}
		statements = append(statements, fmt.Sprintf(`UPDATE run_devices SET verdict = '%s', status = '%s', state = '%s',
			ended = %d, plan = '{}' WHERE run = '%s' AND position = %d`, row.verdict, row.status, row.state, at, row.run, place))
	}
	for _, statement := range statements {
		_, err := s.Writes().Exec(statement)
		require.NoError(t, err, statement)
	}
	s = open(t, url)
	for place, row := range earlierRows {
		device, err := s.Device(t.Context(), row.run, place)
		require.NoError(t, err)
		assert.Empty(t, device.MAC)
		assert.Equal(t, row.known, device.Known, row)
		if row.knownAt >= 0 {
			assert.Equal(t, noon.Add(time.Duration(row.knownAt)*time.Minute), device.KnownAt, row)
			assert.Equal(t, document(`{}`), device.Reading(), row)
		}
	}
	require.NoError(t, s.PutPlan(t.Context(), "run", store.Sight{MAC: "00908f000001", Verdict: "change"}, nil, noon))
	sights, err := s.Sights(t.Context(), "run")
	require.NoError(t, err)
	assert.Equal(t, store.Sight{MAC: "00908f000001", Verdict: "change"}, sights[0])
	require.NoError(t, s.UsePlan(t.Context(), use("one", "serial-1")))
}
