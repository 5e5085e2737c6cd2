package store_test

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/store"
)

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

// aSequenceIsGoneThroughTwice: views of a run count its devices first.
func aSequenceIsGoneThroughTwice(t *testing.T, s *store.Store) {
	create(t, s, store.Run{ID: "run"}, 100)
	devices := s.Devices(t.Context(), "run")
	assert.Len(t, all(t, devices), 100)
	assert.Len(t, all(t, devices), 100)
	for _, d := range all(t, devices) {
		require.NoError(t, s.PutResult(t.Context(), "run", d.Position, applied, nil, noon))
	}
	latest := s.Latest(t.Context())
	assert.Equal(t, newest(t, latest), newest(t, latest))
	assert.NotEmpty(t, newest(t, latest))
}

func aDeviceGoesItsWay(t *testing.T, s *store.Store) {
	create(t, s, store.Run{ID: "apply", Action: "apply"}, 2)
	lease, err := s.Acquire(t.Context(), "serial-1", "worker", "apply", time.Hour)
	require.NoError(t, err)
	w := s.Under(lease)
	require.NoError(t, w.Start(t.Context(), "apply", 1))
	require.NoError(t, w.PutPlan(t.Context(), "apply", store.Sight{Position: 1, Serial: "123", Verdict: "repair", Read: true}, document(`{"p":1}`), noon))
	want := someDevices(2)[1]
	want.Run, want.State, want.Epoch = "apply", store.DeviceRunning, lease.Epoch
	want.Serial, want.Verdict, want.Plan = "123", "repair", document(`{"p":1}`)
	want.Known, want.KnownAt = "repair", noon
	got, err := s.Device(t.Context(), "apply", 1)
	require.NoError(t, err)
	assert.Equal(t, want, got)

	require.NoError(t, w.PutResult(t.Context(), "apply", 1, applied, document(`{"r":1}`), noon))
	want.State, want.Status, want.Result, want.Ended = store.DeviceDone, "applied", document(`{"r":1}`), noon
	want.Known = "compliant"
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
	require.NoError(t, s.PutPlan(t.Context(), "plan", store.Sight{Verdict: "unreachable"}, nil, noon))
	d, err := s.Device(t.Context(), "plan", 0)
	require.NoError(t, err)
	assert.Equal(t, store.DeviceDone, d.State)
	assert.Equal(t, noon, d.Ended)
	assert.Nil(t, d.Plan)
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

	listed, err := s.Artifacts(ctx, given.Kind)
	require.NoError(t, err)
	assert.Equal(t, []store.Artifact{kept, empty}, listed)
	none, err := s.Artifacts(ctx, "other")
	require.NoError(t, err)
	assert.Empty(t, none)

	got, data, err := s.Artifact(ctx, kept.ID)
	require.NoError(t, err)
	assert.Equal(t, kept, got)
	assert.Equal(t, []byte{0, 1, 255}, data)
	_, data, err = s.Artifact(ctx, empty.ID)
	require.NoError(t, err)
	assert.Empty(t, data)
}

func aSequenceIsLeft(t *testing.T, s *store.Store) {
	create(t, s, store.Run{ID: "run"}, 100)
	seen := 0
	for d, err := range s.Devices(t.Context(), "run") {
		require.NoError(t, err)
		require.NoError(t, s.PutResult(t.Context(), "run", d.Position, applied, nil, noon))
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

func aPlanWithNothingToDoEndsItsDevice(t *testing.T, s *store.Store) {
	ctx := t.Context()
	create(t, s, store.Run{ID: "apply", Action: "apply"}, 4)
	for position, verdict := range []string{"compliant", "change", "error"} {
		require.NoError(t, s.PutPlan(ctx, "apply", store.Sight{Position: position, Verdict: verdict}, document(`{}`), noon))
	}
	require.NoError(t, s.Start(ctx, "apply", 2))
	require.NoError(t, s.EndPlanned(ctx, "apply", "change", noon.Add(time.Hour)))
	want := []store.DeviceState{store.DeviceDone, store.DeviceWaiting, store.DeviceRunning, store.DeviceWaiting}
	for position, state := range want {
		device, err := s.Device(ctx, "apply", position)
		require.NoError(t, err)
		assert.Equal(t, state, device.State, position)
	}
	for _, one := range newest(t, s.Latest(ctx)) {
		assert.Equal(t, "compliant", one.Ended.Verdict)
		assert.Equal(t, noon.Add(time.Hour), one.Ended.Ended)
	}
	require.NoError(t, s.PutPlan(ctx, "apply", store.Sight{Verdict: "change"}, document(`{}`), noon))
	device, err := s.Device(ctx, "apply", 0)
	require.NoError(t, err)
	assert.Equal(t, store.DeviceWaiting, device.State, "read again in a resumed run")
}
