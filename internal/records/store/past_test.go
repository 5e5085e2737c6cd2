package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/store"
)

// pastReadings: what was known of each URL at earlier times, whatever was read and forgotten since.
func pastReadings(t *testing.T, s *store.Store) {
	ctx := t.Context()
	at := func(day int) time.Time { return noon.AddDate(0, 0, day) }
	for day, verdict := range []string{"change", "blocked", "compliant"} {
		run := "run-" + verdict
		create(t, s, store.Run{ID: run, Action: "plan"}, 600) // more than are asked for at a time
		for _, i := range []int{0, 1, 599} {
			require.NoError(t, s.PutPlan(ctx, run, store.Sight{Position: i, Verdict: verdict, Read: i != 1}, nil, at(day)))
		}
	}
	require.NoError(t, s.PutResult(ctx, "run-compliant", 5, store.Outcome{Status: "applied", Known: "compliant"}, nil, at(3)))
	devices := someDevices(600)
	past, err := s.Past(ctx, []time.Time{at(0).Add(-time.Second), at(0), at(1).Add(time.Hour), at(9)})
	require.NoError(t, err)
	read := func(verdict string, day int) store.PastReading {
		return store.PastReading{Verdict: verdict, At: at(day)}
	}
	want := []store.PastReading{{}, read("change", 0), read("blocked", 1), read("compliant", 2)}
	assert.Equal(t, want, past[devices[0].URL])
	assert.Equal(t, want, past[devices[599].URL])
	assert.Equal(t, make([]store.PastReading, 4), past[devices[1].URL], "its plans were no readings")
	assert.Equal(t, []store.PastReading{{}, {}, {}, read("compliant", 3)}, past[devices[5].URL])
	assert.Empty(t, past[devices[7].URL], "no run read it")

	_, err = s.Forget(ctx, at(10), devices[0].URL)
	require.NoError(t, err)
	past, err = s.Past(ctx, []time.Time{at(9)})
	require.NoError(t, err)
	assert.Empty(t, past[devices[0].URL])
	assert.Len(t, past[devices[599].URL], 1)
}

// outlines are the newest of each URL, with documents only where something is wrong.
func outlinedDevices(t *testing.T, s *store.Store) {
	ctx := t.Context()
	create(t, s, store.Run{ID: "run", Action: "apply"}, 6)
	plan := func(i int, verdict string, read bool) {
		sight := store.Sight{Position: i, Verdict: verdict, Read: read}
		require.NoError(t, s.PutPlan(ctx, "run", sight, document(`{"plan":%d}`, i), noon))
	}
	result := func(i int, status, known string) {
		outcome := store.Outcome{Status: status, Known: known}
		require.NoError(t, s.PutResult(ctx, "run", i, outcome, document(`{"result":%d}`, i), noon.Add(time.Minute)))
	}
	for i, verdict := range []string{"compliant", "change", "change", "blocked", "error", "not_applicable"} {
		plan(i, verdict, verdict != "error")
	}
	result(0, "unchanged", "compliant")
	result(1, "applied", "compliant")
	result(2, "failed", "change")
	result(3, "blocked", "blocked")
	result(4, "failed", "")
	has := map[string][2]bool{}
	for _, one := range newest(t, s.Outlined(ctx)) {
		row := one.Read
		if row == nil {
			row = one.Ended
		}
		has[row.Target] = [2]bool{row.Plan != nil, row.Result != nil}
	}
	want := map[string][2]bool{}
	for i, d := range someDevices(6) {
		want[d.Target] = [2]bool{i == 3 || i == 4, i == 2 || i == 4}
	}
	assert.Equal(t, want, has)
	whole, outlined := newest(t, s.Latest(ctx)), newest(t, s.Outlined(ctx))
	require.Len(t, outlined, len(whole))
	for i := range whole {
		for _, rows := range [][2]*store.Device{{whole[i].Ended, outlined[i].Ended}, {whole[i].Read, outlined[i].Read}} {
			if rows[0] == nil {
				assert.Nil(t, rows[1])
				continue
			}
			rows[0].Plan, rows[0].Result, rows[1].Plan, rows[1].Result = nil, nil, nil, nil
			assert.Equal(t, rows[0], rows[1])
		}
	}
}
