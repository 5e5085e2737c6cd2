package store_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/store"
)

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
