package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/store"
)

// knownAtATime: of each address the last reading until then, however many addresses and runs there are.
func knownAtATime(t *testing.T, s *store.Store) {
	ctx := t.Context()
	const devices = 70 // more than a page
	create(t, s, store.Run{ID: "first", Action: "plan"}, devices)
	create(t, s, store.Run{ID: "later", Action: "plan"}, devices)
	later := noon.Add(48 * time.Hour)
	for i := range devices - 1 { // the last one is never read
		require.NoError(t, s.PutPlan(ctx, "first", store.Sight{Position: i, Verdict: "change", Read: true}, nil, noon))
	}
	require.NoError(t, s.PutPlan(ctx, "later", store.Sight{Position: 0, Verdict: "compliant", Read: true}, nil, later))
	require.NoError(t, s.PutPlan(ctx, "later", store.Sight{Position: 1, Verdict: "error"}, nil, later), "not read")
	urls := someDevices(devices)
	for at, want := range map[time.Time]string{
		noon.Add(-time.Second): "", noon: "change", later.Add(-time.Second): "change", later: "compliant",
	} {
		known, err := s.KnownBefore(ctx, at)
		require.NoError(t, err)
		assert.Equal(t, want, known[urls[0].URL].Verdict, at)
		if want == "" {
			assert.Empty(t, known, at)
			continue
		}
		assert.Len(t, known, devices-1, at)
		assert.Equal(t, store.Reading{Verdict: "change", At: noon}, known[urls[1].URL], at)
	}
	_, err := s.Forget(ctx, later, urls[0].URL)
	require.NoError(t, err)
	known, err := s.KnownBefore(ctx, later)
	require.NoError(t, err)
	assert.Len(t, known, devices-2)
}

// devicesAreCounted: as many as the run has, and a device that was never started apart.
func devicesAreCounted(t *testing.T, s *store.Store) {
	ctx := t.Context()
	create(t, s, store.Run{ID: "one", Action: "plan"}, 5)
	create(t, s, store.Run{ID: "other", Action: "apply"}, 1)
	require.NoError(t, s.PutPlan(ctx, "one", store.Sight{Position: 0, Verdict: "change"}, []byte(`{}`), noon))
	require.NoError(t, s.PutPlan(ctx, "one", store.Sight{Position: 1, Verdict: "change"}, []byte(`{}`), noon))
	require.NoError(t, s.PutPlan(ctx, "one", store.Sight{Position: 2, Verdict: "error"}, []byte(`{"skipped":true}`), noon))
	require.NoError(t, s.PutPlan(ctx, "one", store.Sight{Position: 3, Verdict: "error"}, []byte(`{"skipped":false}`), noon))
	tallies, err := s.Tallies(ctx, "one", "none")
	require.NoError(t, err)
	assert.Len(t, tallies, 1)
	assert.ElementsMatch(t, []store.Tally{
		{State: store.DeviceDone, Verdict: "change", Count: 2}, {State: store.DeviceDone, Verdict: "error", Skipped: true, Count: 1},
		{State: store.DeviceDone, Verdict: "error", Count: 1}, {State: store.DeviceWaiting, Count: 1},
	}, tallies["one"])
	none, err := s.Tallies(ctx)
	require.NoError(t, err)
	assert.Empty(t, none)

	met, err := s.Runs(ctx, store.Filter{URLs: []string{"https://nowhere", someDevices(1)[0].URL}})
	require.NoError(t, err)
	require.Len(t, met, 1, "the other run did nothing at the device")
	assert.Equal(t, "one", met[0].ID)
	met, err = s.Runs(ctx, store.Filter{URLs: []string{someDevices(1)[0].URL}, Action: "apply"})
	require.NoError(t, err)
	assert.Empty(t, met)
}
