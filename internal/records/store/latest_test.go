package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/store"
)

func newest(t *testing.T, addresses store.Addresses) []store.Latest {
	t.Helper()
	var list []store.Latest
	for one, err := range addresses {
		require.NoError(t, err)
		list = append(list, one)
	}
	return list
}

// latestDevices has more devices than a page, of two runs that ended and read different ones.
func latestDevices(t *testing.T, s *store.Store) {
	ctx := t.Context()
	create(t, s, store.Run{ID: "old", Action: "plan"}, 150)
	create(t, s, store.Run{ID: "new", Action: "apply"}, 150)
	for i := range 140 { // ten are never done
		require.NoError(t, s.PutPlan(ctx, "old", store.Sight{Position: i, Verdict: "repair", Read: true}, nil, noon))
	}
	for _, i := range []int{0, 7, 64, 149} {
		require.NoError(t, s.PutResult(ctx, "new", i, applied, nil, noon.Add(time.Minute)))
	}
	late := noon.Add(time.Minute)
	require.NoError(t, s.PutPlan(ctx, "new", store.Sight{Position: 9, Verdict: "repair", Read: true}, nil, late), "not done yet")
	require.NoError(t, s.PutPlan(ctx, "new", store.Sight{Position: 145, Verdict: "repair", Read: true}, nil, late), "only read")
	require.NoError(t, s.PutResult(ctx, "new", 3, store.Outcome{Status: "failed"}, nil, late))
	type runs struct{ ended, read string }
	want := map[string]runs{}
	for i, d := range someDevices(150) {
		switch {
		case i == 0 || i == 7 || i == 64 || i == 149:
			want[d.URL] = runs{"new", "new"}
		case i == 9:
			want[d.URL] = runs{"old", "new"}
		case i == 3:
			want[d.URL] = runs{"new", "old"}
		case i == 145:
			want[d.URL] = runs{"", "new"}
		case i < 140:
			want[d.URL] = runs{"old", "old"}
		}
	}
	got, last := map[string]runs{}, ""
	for _, one := range newest(t, s.Latest(ctx)) {
		assert.Greater(t, one.URL, last)
		var of runs
		if one.Ended != nil {
			of.ended = one.Ended.Run
		}
		if one.Read != nil {
			of.read = one.Read.Run
		}
		got[one.URL], last = of, one.URL
		alone, err := s.At(ctx, one.URL)
		require.NoError(t, err)
		assert.Equal(t, one, alone)
	}
	assert.Equal(t, want, got)
}

// aReadingStays: whatever a run comes to, only a reading, or a result that is one, changes what is known.
func aReadingStays(t *testing.T, s *store.Store) {
	ctx := t.Context()
	create(t, s, store.Run{ID: "run", Action: "apply"}, 1)
	at := func(minute int) time.Time { return noon.Add(time.Duration(minute) * time.Minute) }
	plan := func(verdict string, read bool, minute int) func() error {
		return func() error {
			sight := store.Sight{Verdict: verdict, Read: read}
			return s.PutPlan(ctx, "run", sight, document(`{"n":%d}`, minute), at(minute))
		}
	}
	result := func(status, known string, minute int) func() error {
		return func() error {
			return s.PutResult(ctx, "run", 0, store.Outcome{Status: status, Known: known}, nil, at(minute))
		}
	}
	for _, step := range []struct {
		name      string
		do        func() error
		known     string
		at, facts int
	}{
		{"read", plan("change", true, 1), "change", 1, 1},
		{"skipped", result("skipped", "", 2), "change", 1, 1},
		{"locked", result("failed", "", 3), "change", 1, 1},
		{"unreachable on a resume", plan("error", false, 4), "change", 1, 1},
		{"unreachable again", plan("error", false, 5), "change", 1, 1},
		{"read again", plan("change", true, 6), "change", 6, 6},
		{"applied", result("applied", "compliant", 7), "compliant", 7, 6},
		{"lost after the soak", result("failed", "change", 8), "change", 8, 6},
	} {
		require.NoError(t, step.do(), step.name)
		device, err := s.Device(ctx, "run", 0)
		require.NoError(t, err)
		assert.Equal(t, step.known, device.Known, step.name)
		assert.Equal(t, at(step.at), device.KnownAt, step.name)
		assert.JSONEq(t, string(document(`{"n":%d}`, step.facts)), string(device.Reading()), step.name)
	}
	create(t, s, store.Run{ID: "never"}, 1)
	require.NoError(t, s.PutPlan(ctx, "never", store.Sight{Verdict: "error"}, document(`{}`), noon))
	device, err := s.Device(ctx, "never", 0)
	require.NoError(t, err)
	assert.Nil(t, device.Reading())
}

func lastKnown(t *testing.T, s *store.Store) {
	ctx := t.Context()
	want := map[string]time.Time{}
	for _, run := range []string{"first", "second", "third"} {
		create(t, s, store.Run{ID: run, Action: "apply"}, 150)
	}
	create(t, s, store.Run{ID: "plan", Action: "plan"}, 150)
	end := func(run string, place int, known string, minute int) {
		at := noon.Add(time.Duration(minute) * time.Minute)
		require.NoError(t, s.PutResult(ctx, run, place, store.Outcome{Status: "any", Known: known}, nil, at))
	}
	for i, d := range someDevices(150) {
		end("first", i, "compliant", i)
		end("third", i, "", 1000)
		want[d.URL] = noon.Add(time.Duration(i) * time.Minute)
	}
	end("second", 3, "compliant", 500)
	want["https://127.0.0.1/00003"] = noon.Add(500 * time.Minute)
	end("second", 4, "change", 500)
	sight := store.Sight{Position: 5, Verdict: "compliant", Read: true}
	require.NoError(t, s.PutPlan(ctx, "plan", sight, nil, noon.Add(time.Hour)))
	want["https://127.0.0.1/00005"] = noon.Add(time.Hour)
	require.NoError(t, s.CreateRun(ctx, store.Run{ID: "new", Action: "apply"}, []store.Device{{URL: "a"}, {Position: 1, URL: "z"}}))
	end("new", 0, "", 0)
	want["a"] = time.Time{}

	got, err := s.LastKnown(ctx, "compliant")
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

// aDeviceIsForgotten: reports keep it, lists do not, and a later run brings it back.
func aDeviceIsForgotten(t *testing.T, s *store.Store) {
	ctx := t.Context()
	create(t, s, store.Run{ID: "run", Action: "plan"}, 2)
	gone := someDevices(2)[1].URL
	for place := range 2 {
		sight := store.Sight{Position: place, Verdict: "change", Read: true}
		require.NoError(t, s.PutPlan(ctx, "run", sight, document(`{}`), noon))
	}
	marked, err := s.Forget(ctx, noon, gone, "https://unknown")
	require.NoError(t, err)
	assert.Equal(t, 1, marked)
	_, err = s.At(ctx, gone)
	require.ErrorIs(t, err, store.ErrUnknownDevice)
	forgets, err := s.Forgets(ctx)
	require.NoError(t, err)
	assert.Positive(t, forgets)
	require.Len(t, newest(t, s.Latest(ctx)), 1)
	past, err := s.History(ctx, gone, 10)
	require.NoError(t, err)
	assert.Empty(t, past)
	assert.Len(t, all(t, s.Devices(ctx, "run")), 2)
	times, err := s.LastKnown(ctx, "change")
	require.NoError(t, err)
	assert.NotContains(t, times, gone)

	create(t, s, store.Run{ID: "later", Action: "apply"}, 2)
	require.NoError(t, s.PutResult(ctx, "later", 1, store.Outcome{Status: "failed"}, nil, noon))
	back := newest(t, s.Latest(ctx))
	require.Len(t, back, 2)
	assert.Nil(t, back[1].Read, "the reading stays forgotten")
	assert.Equal(t, "later", back[1].Ended.Run)
}
