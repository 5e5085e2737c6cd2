package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/store"
)

func aRunIsOutlined(t *testing.T, s *store.Store) {
	create(t, s, store.Run{ID: "run1", Action: "apply"}, 3)
	require.NoError(t, s.Start(t.Context(), "run1", 1))
	require.NoError(t, s.PutPlan(t.Context(), "run1", store.Sight{Position: 2, Serial: "123", Verdict: "change"}, document(`{}`), noon))
	require.NoError(t, s.PutResult(t.Context(), "run1", 2, applied, document(`{}`), noon))
	outlines, err := s.Outlines(t.Context(), "run1")
	require.NoError(t, err)
	assert.Equal(t, []store.Outline{
		{Target: "sbc-0", URL: "https://127.0.0.1/00000", State: store.DeviceWaiting},
		{Position: 1, Wave: 1, Target: "sbc-1", URL: "https://127.0.0.1/00001", State: store.DeviceRunning},
		{Position: 2, Wave: 2, Target: "sbc-2", URL: "https://127.0.0.1/00002", State: store.DeviceDone, Verdict: "change", Status: "applied", Ended: noon},
	}, outlines)
	_, err = s.Outlines(t.Context(), "another")
	require.ErrorIs(t, err, store.ErrUnknownRun)
}

func aURLHasAHistory(t *testing.T, s *store.Store) {
	const url = "https://127.0.0.1/00001"
	for i, id := range []string{"run1", "run2", "run3", "run4"} {
		create(t, s, store.Run{ID: id, Action: "plan"}, 2)
		if id != "run4" { // which is not done with it
			require.NoError(t, s.PutPlan(t.Context(), id, store.Sight{Position: 1, Verdict: "change"}, document(`{"n":%d}`, i), noon.Add(time.Duration(i)*time.Hour)))
		}
	}
	devices, err := s.History(t.Context(), url, 2)
	require.NoError(t, err)
	require.Len(t, devices, 2)
	assert.Equal(t, []string{"run3", "run2"}, []string{devices[0].Run, devices[1].Run})
	assert.JSONEq(t, `{"n":2}`, string(devices[0].Plan))
	devices, err = s.History(t.Context(), "https://elsewhere.example", 2)
	require.NoError(t, err)
	assert.Empty(t, devices)
}
