package store_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"iter"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/store"
)

// contract is what both databases must do alike. Each test has a fresh store.
var contract = map[string]func(*testing.T, *store.Store){
	"a run comes back as it was made":             aRunComesBack,
	"a run is found by the beginning of its ID":   aRunIsFoundByPrefix,
	"runs are filtered, newest first":             runsAreFiltered,
	"a schedule fires once":                       aScheduleFiresOnce,
	"a refused run leaves no devices":             aRefusedRunLeavesNothing,
	"only a waiting run is approved":              onlyAWaitingRunIsApproved,
	"a run ends and is reopened":                  aRunEndsAndIsReopened,
	"devices come by position, over pages":        devicesComeByPosition,
	"a device goes from waiting to done":          aDeviceGoesItsWay,
	"a plan ends the device of a plan":            aPlanEndsThePlannedDevice,
	"what is not there is said to be unknown":     theUnknown,
	"foreign text is kept, made harmless":         foreignText,
	"the newest device of each URL":               latestDevices,
	"one of many gets the lease":                  oneGetsTheLease,
	"each lease has a higher epoch":               epochsRise,
	"an ended lease is worth nothing":             anEndedLease,
	"a fenced writer writes nothing":              aFencedWriter,
	"a lease guards one device and no other":      aLeaseOfAnother,
	"a run without its controller is an orphan":   orphans,
	"events come oldest first":                    eventsComeOldestFirst,
	"an artifact comes back as it was given":      artifactsComeBack,
	"two runs write one store at the same time":   manyWriters,
	"a sequence may be left and written to":       aSequenceIsLeft,
	"ten thousand devices are created in one run": tenThousand,
}

func keepContract(t *testing.T, open func(*testing.T) *store.Store) {
	t.Parallel()
	for name, test := range contract {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

var noon = time.Date(2026, 7, 1, 12, 0, 0, 123456000, time.UTC)

func document(format string, values ...any) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(format, values...))
}

func someDevices(n int) []store.Device {
	devices := make([]store.Device, n)
	for i := range devices {
		devices[i] = store.Device{Position: i, Target: fmt.Sprintf("sbc-%d", i), URL: fmt.Sprintf("https://127.0.0.1/%05d", i), Wave: i % 3}
	}
	return devices
}

func create(t *testing.T, s *store.Store, run store.Run, devices int) {
	t.Helper()
	if run.Created.IsZero() {
		run.Created = noon
	}
	require.NoError(t, s.CreateRun(t.Context(), run, someDevices(devices)))
}

func all(t *testing.T, devices iter.Seq2[store.Device, error]) []store.Device {
	t.Helper()
	var list []store.Device
	for d, err := range devices {
		require.NoError(t, err)
		list = append(list, d)
	}
	return list
}

func aRunComesBack(t *testing.T, s *store.Store) {
	exit := 3
	run := store.Run{
		ID: "20260701-abcd", Action: "apply", Job: "nightly", Due: noon, State: store.RunStopped,
		Created: noon.Add(time.Microsecond), Ended: noon.Add(time.Hour), Acfix: "v1", Host: "ops", PlanRun: "p",
		Order: document(`{"b": 1, "a":2}`), Header: document(`{}`), Exit: &exit, Reason: "why",
		Approval: &store.Approval{Name: "A. Person", Time: noon, Change: "CHG1"},
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
}

func aRunEndsAndIsReopened(t *testing.T, s *store.Store) {
	create(t, s, store.Run{ID: "apply"}, 1)
	require.NoError(t, s.SetHeader(t.Context(), "apply", document(`{"plan":"x"}`)))
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

func devicesComeByPosition(t *testing.T, s *store.Store) {
	for _, n := range []int{0, 1, 63, 64, 65, 128, 200} {
		id := fmt.Sprintf("run-%d", n)
		create(t, s, store.Run{ID: id}, n)
		devices := all(t, s.Devices(t.Context(), id))
		require.Len(t, devices, n)
		for i, d := range devices {
			want := someDevices(i + 1)[i]
			want.Run, want.State = id, store.DeviceWaiting
			require.Equal(t, want, d)
		}
	}
}

func aDeviceGoesItsWay(t *testing.T, s *store.Store) {
	create(t, s, store.Run{ID: "apply", Action: "apply"}, 2)
	lease, err := s.Acquire(t.Context(), "serial-1", "worker", "apply", time.Hour)
	require.NoError(t, err)
	w := s.Under(lease)
	require.NoError(t, w.Start(t.Context(), "apply", 1))
	require.NoError(t, w.PutPlan(t.Context(), "apply", 1, "123", "repair", document(`{"p":1}`), noon))
	want := someDevices(2)[1]
	want.Run, want.State, want.Epoch = "apply", store.DeviceRunning, lease.Epoch
	want.Serial, want.Verdict, want.Plan = "123", "repair", document(`{"p":1}`)
	got, err := s.Device(t.Context(), "apply", 1)
	require.NoError(t, err)
	assert.Equal(t, want, got)

	require.NoError(t, w.PutResult(t.Context(), "apply", 1, "applied", document(`{"r":1}`), noon))
	want.State, want.Status, want.Result, want.Ended = store.DeviceDone, "applied", document(`{"r":1}`), noon
	got, err = s.Device(t.Context(), "apply", 1)
	require.NoError(t, err)
	assert.Equal(t, want, got)

	sights, err := s.Sights(t.Context(), "apply")
	require.NoError(t, err)
	assert.Equal(t, []store.Sight{{Position: 0}, {Position: 1, Serial: "123", Verdict: "repair"}}, sights)

	other, err := s.Device(t.Context(), "apply", 0)
	require.NoError(t, err)
	assert.Equal(t, store.DeviceWaiting, other.State, "the other device is as it was")
}

func aPlanEndsThePlannedDevice(t *testing.T, s *store.Store) {
	create(t, s, store.Run{ID: "plan", Action: "plan"}, 1)
	require.NoError(t, s.Start(t.Context(), "plan", 0))
	require.NoError(t, s.PutPlan(t.Context(), "plan", 0, "", "unreachable", nil, noon))
	d, err := s.Device(t.Context(), "plan", 0)
	require.NoError(t, err)
	assert.Equal(t, store.DeviceDone, d.State)
	assert.Equal(t, noon, d.Ended)
	assert.Nil(t, d.Plan)
}

func theUnknown(t *testing.T, s *store.Store) {
	ctx := t.Context()
	create(t, s, store.Run{ID: "run"}, 1)
	require.ErrorIs(t, s.SetHeader(ctx, "none", nil), store.ErrUnknownRun)
	require.ErrorIs(t, s.EndRun(ctx, "none", store.RunDone, 0, "", noon), store.ErrUnknownRun)
	require.ErrorIs(t, s.Reopen(ctx, "none"), store.ErrUnknownRun)
	require.ErrorIs(t, s.Start(ctx, "run", 1), store.ErrUnknownDevice)
	require.ErrorIs(t, s.PutPlan(ctx, "none", 0, "", "", nil, noon), store.ErrUnknownDevice)
	require.ErrorIs(t, s.PutResult(ctx, "run", 7, "", nil, noon), store.ErrUnknownDevice)
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
	require.NoError(t, s.PutResult(t.Context(), "run", 0, "failed", document(`{"text":"\u0000 ü \\"}`), noon))
	run, err := s.Run(t.Context(), "run")
	require.NoError(t, err)
	assert.Equal(t, "a\uFFFDb\uFFFD'; DROP TABLE runs; --", run.Host)
	assert.Equal(t, "\uFFFD\uFFFD ü \U0001F600", run.Reason)
	d, err := s.Device(t.Context(), "run", 0)
	require.NoError(t, err)
	assert.Equal(t, string(document(`{"text":"\u0000 ü \\"}`)), string(d.Result))
}

func latestDevices(t *testing.T, s *store.Store) {
	ctx := t.Context()
	create(t, s, store.Run{ID: "old", Action: "plan"}, 150)
	create(t, s, store.Run{ID: "new", Action: "apply"}, 150)
	for i := range 140 { // ten are never done
		require.NoError(t, s.PutPlan(ctx, "old", i, "", "repair", nil, noon))
	}
	for _, i := range []int{0, 7, 64, 149} {
		require.NoError(t, s.PutResult(ctx, "new", i, "applied", nil, noon.Add(time.Minute)))
	}
	require.NoError(t, s.PutPlan(ctx, "new", 9, "", "repair", nil, noon.Add(time.Minute)), "not done yet")
	want := map[string]string{}
	for i, d := range someDevices(150) {
		switch {
		case i == 0 || i == 7 || i == 64 || i == 149:
			want[d.URL] = "new"
		case i < 140:
			want[d.URL] = "old"
		}
	}
	got, last := map[string]string{}, ""
	for _, d := range all(t, s.LatestDevices(ctx)) {
		assert.Greater(t, d.URL, last)
		got[d.URL], last = d.Run, d.URL
	}
	assert.Equal(t, want, got)
}

func oneGetsTheLease(t *testing.T, s *store.Store) {
	for round := range int64(5) {
		ttl := time.Hour
		if round < 4 {
			ttl = -time.Hour // for the next round
		}
		won := race(t, s, 8, ttl)
		if round == 4 {
			require.Len(t, won, 1)
		}
	}
	_, err := s.Acquire(t.Context(), "device", "holder-0", "run", time.Hour)
	require.ErrorIs(t, err, store.ErrHeld, "not even by the one who has it")
}

// race lets several take one lease at once, and returns those who got it.
func race(t *testing.T, s *store.Store, n int, ttl time.Duration) (won []store.Lease) {
	t.Helper()
	leases, errs := make([]store.Lease, n), make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			leases[i], errs[i] = s.Acquire(t.Context(), "device", fmt.Sprintf("holder-%d", i), "run", ttl)
		})
	}
	group.Wait()
	epochs := map[int64]bool{}
	for i, err := range errs {
		if err != nil {
			require.ErrorIs(t, err, store.ErrHeld)
			continue
		}
		require.False(t, epochs[leases[i].Epoch], "two leases have one epoch")
		epochs[leases[i].Epoch] = true
		won = append(won, leases[i])
	}
	return won
}

func epochsRise(t *testing.T, s *store.Store) {
	last := int64(0)
	for range 3 {
		lease, err := s.Acquire(t.Context(), "device", "holder", "run", time.Hour)
		require.NoError(t, err)
		assert.Greater(t, lease.Epoch, last)
		last = lease.Epoch
		require.NoError(t, s.Release(t.Context(), lease))
	}
	ended, err := s.Acquire(t.Context(), "device", "holder", "run", -1)
	require.NoError(t, err)
	assert.Greater(t, ended.Epoch, last)
	next, err := s.Acquire(t.Context(), "device", "holder", "run", time.Hour)
	require.NoError(t, err)
	assert.Greater(t, next.Epoch, ended.Epoch)
}

func anEndedLease(t *testing.T, s *store.Store) {
	ctx := t.Context()
	for name, end := range map[string]func(store.Lease) error{
		"released":         func(l store.Lease) error { return s.Release(ctx, l) },
		"its time is over": func(l store.Lease) error { return s.Renew(ctx, l, -time.Second) },
	} {
		lease, err := s.Acquire(ctx, name, "holder", "run", time.Hour)
		require.NoError(t, err)
		require.NoError(t, s.Holds(ctx, lease))
		require.NoError(t, s.Renew(ctx, lease, time.Hour))
		require.NoError(t, end(lease))
		require.ErrorIs(t, s.Holds(ctx, lease), store.ErrFenced, name)
		require.ErrorIs(t, s.Renew(ctx, lease, time.Hour), store.ErrFenced, name)
		require.ErrorIs(t, s.Release(ctx, lease), store.ErrFenced, name)
		_, err = s.Acquire(ctx, name, "another", "run", time.Hour)
		require.NoError(t, err)
		require.ErrorIs(t, s.Renew(ctx, lease, time.Hour), store.ErrFenced, name)
	}
	require.ErrorIs(t, s.Holds(ctx, store.Lease{}), store.ErrFenced)
}

func aFencedWriter(t *testing.T, s *store.Store) {
	ctx := t.Context()
	create(t, s, store.Run{ID: "run"}, 1)
	old, err := s.Acquire(ctx, "serial-0", "frozen", "run", -1)
	require.NoError(t, err)
	lease, err := s.Acquire(ctx, "serial-0", "other", "run", time.Hour)
	require.NoError(t, err)
	oldRun, err := s.AcquireRun(ctx, "run", "frozen", -1)
	require.NoError(t, err)

	device, run := s.Under(old), s.Under(oldRun)
	_, noArtifact := s.PutArtifact(ctx, store.Artifact{Run: "run"}, []byte("x"), &old)
	for what, err := range map[string]error{
		"start":    device.Start(ctx, "run", 0),
		"plan":     device.PutPlan(ctx, "run", 0, "s", "v", document(`{}`), noon),
		"result":   device.PutResult(ctx, "run", 0, "applied", document(`{}`), noon),
		"event":    s.Append(ctx, store.Event{Device: "serial-0", Kind: "intent"}, &old),
		"artifact": noArtifact,
		"header":   run.SetHeader(ctx, "run", document(`{}`)),
		"end":      run.EndRun(ctx, "run", store.RunDone, 0, "", noon),
	} {
		require.ErrorIs(t, err, store.ErrFenced, what)
	}
	require.NoError(t, s.Append(ctx, store.Event{Device: "serial-0", Kind: "intent"}, &lease))
	require.NoError(t, s.Under(lease).Start(ctx, "run", 0))

	events, err := s.Events(ctx, "serial-0")
	require.NoError(t, err)
	assert.Len(t, events, 1)
	artifacts, err := s.Artifacts(ctx, "run")
	require.NoError(t, err)
	assert.Empty(t, artifacts)
	d, err := s.Device(ctx, "run", 0)
	require.NoError(t, err)
	assert.Equal(t, store.DeviceRunning, d.State)
	assert.Equal(t, lease.Epoch, d.Epoch)
	assert.Nil(t, d.Plan)
	got, err := s.Run(ctx, "run")
	require.NoError(t, err)
	assert.Equal(t, store.RunRunning, got.State)
	assert.Nil(t, got.Header)
}

func aLeaseOfAnother(t *testing.T, s *store.Store) {
	ctx := t.Context()
	lease, err := s.Acquire(ctx, "one", "holder", "run", time.Hour)
	require.NoError(t, err)
	for what, forged := range map[string]store.Lease{
		"device":     {Device: "two", Holder: "holder", Run: "run", Epoch: lease.Epoch},
		"holder":     {Device: "one", Holder: "other", Run: "run", Epoch: lease.Epoch},
		"run":        {Device: "one", Holder: "holder", Run: "other", Epoch: lease.Epoch},
		"epoch":      {Device: "one", Holder: "holder", Run: "run", Epoch: lease.Epoch + 1},
		"controller": {Holder: "holder", Run: "run", Epoch: lease.Epoch},
	} {
		require.ErrorIs(t, s.Holds(ctx, forged), store.ErrFenced, what)
		require.ErrorIs(t, s.Append(ctx, store.Event{Device: "one"}, &forged), store.ErrFenced, what)
	}
	_, err = s.Acquire(ctx, "two", "holder", "run", time.Hour)
	require.NoError(t, err)
}

func orphans(t *testing.T, s *store.Store) {
	ctx := t.Context()
	for i, id := range []string{"bare", "led", "left", "over"} {
		create(t, s, store.Run{ID: id, Created: noon.Add(time.Duration(i) * time.Second)}, 0)
	}
	_, err := s.AcquireRun(ctx, "led", "live", time.Hour)
	require.NoError(t, err)
	for _, id := range []string{"left", "over"} {
		_, err = s.AcquireRun(ctx, id, "dead", -1)
		require.NoError(t, err)
	}
	require.NoError(t, s.EndRun(ctx, "over", store.RunDone, 0, "", noon))
	runs, err := s.Orphans(ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{"left"}, ids(runs))

	lease, err := s.AcquireRun(ctx, "left", "live", time.Hour)
	require.NoError(t, err)
	require.NoError(t, s.Under(lease).EndRun(ctx, "left", store.RunDone, 0, "", noon))
	runs, err = s.Orphans(ctx)
	require.NoError(t, err)
	assert.Empty(t, runs)
}

func eventsComeOldestFirst(t *testing.T, s *store.Store) {
	for i := range 5 {
		event := store.Event{Device: "a", Run: "run", Time: noon.Add(-time.Duration(i) * time.Second), Kind: "intent", Entry: document(`{"n": %d}`, i)}
		require.NoError(t, s.Append(t.Context(), event, nil))
		event.Device = "b"
		require.NoError(t, s.Append(t.Context(), event, nil))
	}
	events, err := s.Events(t.Context(), "a")
	require.NoError(t, err)
	require.Len(t, events, 5)
	for i, event := range events { // as they were added: clocks may differ
		assert.Equal(t, store.Event{Device: "a", Run: "run", Time: noon.Add(-time.Duration(i) * time.Second), Kind: "intent", Entry: document(`{"n": %d}`, i)}, event)
	}
	events, err = s.Events(t.Context(), "none")
	require.NoError(t, err)
	assert.Empty(t, events)
}

func artifactsComeBack(t *testing.T, s *store.Store) {
	ctx := t.Context()
	given := store.Artifact{Run: "run", Device: "d", Kind: "backup", Name: "configuration.ini.zst", Created: noon}
	kept, err := s.PutArtifact(ctx, given, []byte{0, 1, 255}, nil)
	require.NoError(t, err)
	assert.Equal(t, 3, kept.Size)
	assert.Equal(t, fmt.Sprintf("%x", sha256.Sum256([]byte{0, 1, 255})), kept.SHA256)
	empty, err := s.PutArtifact(ctx, given, nil, nil)
	require.NoError(t, err)
	assert.Greater(t, empty.ID, kept.ID)

	list, err := s.Artifacts(ctx, "run")
	require.NoError(t, err)
	assert.Equal(t, []store.Artifact{kept, empty}, list)
	got, data, err := s.Artifact(ctx, kept.ID)
	require.NoError(t, err)
	assert.Equal(t, kept, got)
	assert.Equal(t, []byte{0, 1, 255}, data)
	_, data, err = s.Artifact(ctx, empty.ID)
	require.NoError(t, err)
	assert.Empty(t, data)
}

func manyWriters(t *testing.T, s *store.Store) {
	var group sync.WaitGroup
	for n := range 2 {
		id := fmt.Sprintf("run-%d", n)
		create(t, s, store.Run{ID: id}, 40)
		for i := range 40 {
			group.Go(func() { assert.NoError(t, oneDevice(t.Context(), s, id, i)) })
		}
	}
	group.Wait()
	for n := range 2 {
		for _, d := range all(t, s.Devices(t.Context(), fmt.Sprintf("run-%d", n))) {
			assert.Equal(t, store.DeviceDone, d.State)
		}
	}
}

// oneDevice does what a worker does.
func oneDevice(ctx context.Context, s *store.Store, run string, position int) error {
	name := fmt.Sprintf("%s/%d", run, position)
	lease, err := s.Acquire(ctx, name, "worker", run, time.Hour)
	if err != nil {
		return err
	}
	w := s.Under(lease)
	for _, step := range []func() error{
		func() error { return w.Start(ctx, run, position) },
		func() error { return s.Append(ctx, store.Event{Device: name, Kind: "intent"}, &lease) },
		func() error { return s.Holds(ctx, lease) },
		func() error { return w.PutResult(ctx, run, position, "applied", document(`{}`), noon) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return s.Release(ctx, lease)
}

func aSequenceIsLeft(t *testing.T, s *store.Store) {
	create(t, s, store.Run{ID: "run"}, 100)
	seen := 0
	for d, err := range s.Devices(t.Context(), "run") {
		require.NoError(t, err)
		require.NoError(t, s.PutResult(t.Context(), "run", d.Position, "applied", nil, noon))
		if seen++; seen == 70 {
			break
		}
	}
	done := 0
	for _, d := range all(t, s.Devices(t.Context(), "run")) {
		if d.State == store.DeviceDone {
			done++
		}
	}
	assert.Equal(t, 70, done)
}

func tenThousand(t *testing.T, s *store.Store) {
	create(t, s, store.Run{ID: "run"}, 10_000)
	d, err := s.Device(t.Context(), "run", 9_999)
	require.NoError(t, err)
	assert.Equal(t, "sbc-9999", d.Target)
}
