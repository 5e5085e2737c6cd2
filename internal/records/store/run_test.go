package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/store"
)

func aRunComesBack(t *testing.T, s *store.Store) {
	exit := 3
	run := store.Run{
		ID: "20260701-abcd", Action: "apply", Job: "nightly", Due: noon, State: store.RunStopped,
		Created: noon.Add(time.Microsecond), Ended: noon.Add(time.Hour), Acfix: "v1", Host: "ops", PlanRun: "p",
		Order: document(`{"b": 1, "a":2}`), Header: document(`{}`), Exit: &exit, Reason: "why",
		Approval: &store.Approval{Name: "A. Person", Time: noon, Change: "CHG1"},
		Person:   "ann@ops", Flags: []string{"--limit=ams-*", "--yes=true"}, Inventory: "/fleet.yaml", InventorySHA: "ab",
	}
	require.NoError(t, s.CreateRun(t.Context(), run, nil))
	got, err := s.Run(t.Context(), run.ID)
	require.NoError(t, err)
	assert.Equal(t, run, got)

	create(t, s, store.Run{ID: "bare", Created: noon.In(time.FixedZone("", 7200))}, 0)
	got, err = s.Run(t.Context(), "bare")
	require.NoError(t, err)
	assert.Equal(t, store.Run{ID: "bare", State: store.RunRunning, Created: noon}, got)
	require.ErrorIs(t, s.CreateRun(t.Context(), store.Run{ID: "bare"}, nil), store.ErrExists)
}

func aRunIsFoundByPrefix(t *testing.T, s *store.Store) {
	for _, id := range []string{"2026-aa", "2026-ab", "2026-ab-more", "2027_x"} {
		create(t, s, store.Run{ID: id}, 0)
	}
	for prefix, want := range map[string]error{
		"2026-aa": nil, "2027": nil, "2027_": nil, "2026-ab": nil, "2026-ab-": nil,
		"2026": store.ErrAmbiguous, "202": store.ErrUnknownRun, "": store.ErrUnknownRun, "2026_": store.ErrUnknownRun, "202%": store.ErrUnknownRun,
	} {
		_, err := s.Run(t.Context(), prefix)
		require.ErrorIs(t, err, want, prefix)
	}
	run, err := s.Run(t.Context(), "2026-ab")
	require.NoError(t, err)
	assert.Equal(t, "2026-ab", run.ID, "the whole ID goes before the beginning of another")
}

func runsAreFiltered(t *testing.T, s *store.Store) {
	create(t, s, store.Run{ID: "one", Job: "j", Action: "plan", Created: noon}, 0)
	create(t, s, store.Run{ID: "two", Job: "j", Action: "apply", Created: noon.Add(2)}, 0)
	create(t, s, store.Run{ID: "three", Action: "plan", Created: noon.Add(time.Second), State: store.RunDone}, 0)
	for _, c := range []struct {
		filter store.Filter
		want   []string
	}{
		{store.Filter{}, []string{"three", "two", "one"}},
		{store.Filter{Limit: 2}, []string{"three", "two"}},
		{store.Filter{Job: "j"}, []string{"two", "one"}},
		{store.Filter{Action: "plan"}, []string{"three", "one"}},
		{store.Filter{State: "done"}, []string{"three"}},
		{store.Filter{Job: "j", Action: "plan", State: "running", Limit: 9}, []string{"one"}},
		{store.Filter{Job: "none"}, nil},
	} {
		runs, err := s.Runs(t.Context(), c.filter)
		require.NoError(t, err)
		assert.Equal(t, c.want, ids(runs), "%+v", c.filter)
	}
}

func ids(runs []store.Run) (list []string) {
	for _, run := range runs {
		list = append(list, run.ID)
	}
	return list
}

func aScheduleFiresOnce(t *testing.T, s *store.Store) {
	results := make([]error, 8)
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() {
			results[i] = s.CreateRun(t.Context(), store.Run{ID: fmt.Sprintf("run-%d", i), Job: "nightly", Due: noon, Created: noon}, someDevices(3))
		})
	}
	group.Wait()
	created := 0
	for _, err := range results {
		if err == nil {
			created++
			continue
		}
		require.ErrorIs(t, err, store.ErrExists)
	}
	assert.Equal(t, 1, created)
	create(t, s, store.Run{ID: "next", Job: "nightly", Due: noon.Add(time.Hour)}, 0)
	create(t, s, store.Run{ID: "by-hand", Job: "nightly"}, 0)
	create(t, s, store.Run{ID: "by-hand-again", Job: "nightly"}, 0)
}

func aRunBeginsWithItsPlans(t *testing.T, s *store.Store) {
	devices := someDevices(60)
	for i := range devices {
		devices[i].Run, devices[i].State, devices[i].Serial = "saved", store.DeviceWaiting, fmt.Sprint(i)
		devices[i].MAC = fmt.Sprintf("00908f%06x", i)
		devices[i].Verdict, devices[i].Plan = "change", document(`{"p":%d}`, i)
	}
	require.NoError(t, s.CreateRun(t.Context(), store.Run{ID: "saved", Action: "apply", Created: noon}, devices))
	place := 0
	for got, err := range s.Devices(t.Context(), "saved") {
		require.NoError(t, err)
		require.Equal(t, devices[place], got)
		place++
	}
	assert.Equal(t, 60, place)
}

func aRefusedRunLeavesNothing(t *testing.T, s *store.Store) {
	err := s.CreateRun(t.Context(), store.Run{ID: "twice", Created: noon}, append(someDevices(2), someDevices(1)...))
	require.Error(t, err)
	require.NotErrorIs(t, err, store.ErrExists, "it is the devices that are wrong")
	_, err = s.Run(t.Context(), "twice")
	require.ErrorIs(t, err, store.ErrUnknownRun)
}

func onlyAWaitingRunIsApproved(t *testing.T, s *store.Store) {
	create(t, s, store.Run{ID: "plan"}, 1)
	approval := store.Approval{Name: "A. Person", Time: noon, Change: "CHG1"}
	require.ErrorIs(t, s.Approve(t.Context(), "plan", approval), store.ErrNotWaiting)
	require.ErrorIs(t, s.Approve(t.Context(), "none", approval), store.ErrUnknownRun)
	require.NoError(t, s.EndRun(t.Context(), "plan", store.RunWaiting, 2, "", noon))
	require.ErrorIs(t, s.Reopen(t.Context(), "plan"), store.ErrNotResumable)
	require.NoError(t, s.Approve(t.Context(), "plan", approval))
	require.ErrorIs(t, s.Approve(t.Context(), "plan", store.Approval{Name: "Another", Time: noon}), store.ErrNotWaiting)
	require.ErrorIs(t, s.Reopen(t.Context(), "plan"), store.ErrNotResumable)
	run, err := s.Run(t.Context(), "plan")
	require.NoError(t, err)
	assert.Equal(t, store.RunApproved, run.State)
	assert.Equal(t, &approval, run.Approval)

	require.NoError(t, s.UseApproval(t.Context(), "plan", "apply"))
	require.ErrorIs(t, s.Reopen(t.Context(), "plan"), store.ErrNotResumable, "what was carried out stays on record")
	require.NoError(t, s.UseApproval(t.Context(), "plan", "apply"), "also when the same run asks again")
}

func aRunEndsAndIsReopened(t *testing.T, s *store.Store) {
	create(t, s, store.Run{ID: "apply", Header: document(`{"plan":"x"}`)}, 1)
	require.NoError(t, s.EndRun(t.Context(), "apply", store.RunStopped, 5, "the window closed", noon))
	run, err := s.Run(t.Context(), "apply")
	require.NoError(t, err)
	assert.Equal(t, store.RunStopped, run.State)
	assert.Equal(t, 5, *run.Exit)
	assert.Equal(t, "the window closed", run.Reason)
	assert.Equal(t, noon, run.Ended)

	require.NoError(t, s.Reopen(t.Context(), "apply"))
	run, err = s.Run(t.Context(), "apply")
	require.NoError(t, err)
	assert.Equal(t, store.Run{ID: "apply", State: store.RunRunning, Created: noon, Header: document(`{"plan":"x"}`)}, run)
}

func theUnknown(t *testing.T, s *store.Store) {
	ctx := t.Context()
	create(t, s, store.Run{ID: "run"}, 1)
	require.ErrorIs(t, s.EndRun(ctx, "none", store.RunDone, 0, "", noon), store.ErrUnknownRun)
	require.ErrorIs(t, s.Reopen(ctx, "none"), store.ErrUnknownRun)
	require.ErrorIs(t, s.Start(ctx, "run", 1), store.ErrUnknownDevice)
	require.ErrorIs(t, s.PutPlan(ctx, "none", store.Sight{}, nil, noon), store.ErrUnknownDevice)
	require.ErrorIs(t, s.PutResult(ctx, "run", 7, store.Outcome{}, nil, noon), store.ErrUnknownDevice)
	_, err := s.Device(ctx, "run", 1)
	require.ErrorIs(t, err, store.ErrUnknownDevice)
	_, _, err = s.Artifact(ctx, 7)
	require.ErrorIs(t, err, store.ErrNoArtifact)
	for _, err := range s.Devices(ctx, "none") {
		require.ErrorIs(t, err, store.ErrUnknownRun)
	}
}

func foreignText(t *testing.T, s *store.Store) {
	create(t, s, store.Run{ID: "run", Host: "a\x00b\xff'; DROP TABLE runs; --"}, 1)
	require.NoError(t, s.EndRun(t.Context(), "run", store.RunFailed, 1, "\xfe\x00 ü \U0001F600", noon))
	require.NoError(t, s.PutResult(t.Context(), "run", 0, store.Outcome{Status: "failed"}, document(`{"text":"\u0000 ü \\"}`), noon))
	run, err := s.Run(t.Context(), "run")
	require.NoError(t, err)
	assert.Equal(t, "a\uFFFDb\uFFFD'; DROP TABLE runs; --", run.Host)
	assert.Equal(t, "\uFFFD\uFFFD ü \U0001F600", run.Reason)
	d, err := s.Device(t.Context(), "run", 0)
	require.NoError(t, err)
	assert.Equal(t, string(document(`{"text":"\u0000 ü \\"}`)), string(d.Result))
}
