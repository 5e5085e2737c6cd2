package main

import (
	"slices"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// soakShown are the metrics of one moment: the values of a family by the labels that matter here, target, verdict,
// result, job or state.
type soakShown map[string]map[string]float64

func (s *soak) metrics() soakShown {
	families, err := s.shown.Gather()
	require.NoError(s.t, err)
	shown := soakShown{}
	for _, family := range families {
		values := map[string]float64{}
		for _, metric := range family.GetMetric() {
			key := ""
			for _, label := range metric.GetLabel() {
				if slices.Contains([]string{"target", "verdict", "result", "job", "state"}, label.GetName()) {
					key += label.GetValue()
				}
			}
			values[key] = max(values[key], metric.GetGauge().GetValue())
		}
		shown[family.GetName()] = values
	}
	return shown
}

// standing judges how things stand on a quiet day: no run goes on, and each alarm of docs/operations.md ("What to
// watch") fires if, and only if, what it means is so.
func (j *soakJudge) standing() {
	s, now := j.soak, time.Now()
	running, err := s.store.Runs(s.t.Context(), store.Filter{State: string(store.RunRunning)})
	require.NoError(s.t, err)
	assert.Empty(s.t, running, "runs that no scheduler resumed by %s:\n%s", now, j.lately())
	shown := s.metrics()
	assert.Equal(s.t, 1.0, shown["acfix_store_up"][""])
	assert.Zero(s.t, shown["acfix_orphaned_runs"][""])
	newest, whole := j.lastNight(now)
	if whole {
		j.alarmsOfDevices(shown, now)
		needed := newest.State == store.RunWaiting
		assert.Equal(s.t, needed, shown["acfix_runs"]["waiting"] > 0, "acfix_runs{state=waiting}, %s", now)
	}
	j.alarmOfEnds(shown, now)
}

// lastNight returns the newest plan, and whether it read every device that is listed.
func (j *soakJudge) lastNight(now time.Time) (newest store.Run, whole bool) {
	s := j.soak
	runs, err := s.store.Runs(s.t.Context(), store.Filter{Job: "nightly", Limit: 1})
	require.NoError(s.t, err)
	if len(runs) == 0 || now.Sub(runs[0].Created) > 23*time.Hour {
		return newest, false
	}
	s.fleet.mutex.Lock()
	defer s.fleet.mutex.Unlock()
	unread := func(device *soakDevice) bool { return device.wordAt.Before(runs[0].Created) }
	return runs[0], !slices.ContainsFunc(s.fleet.devices, unread)
}

// alarmsOfDevices judges the alarms that are about devices after a night in which all were read.
func (j *soakJudge) alarmsOfDevices(shown soakShown, now time.Time) {
	s := j.soak
	s.fleet.mutex.Lock()
	defer s.fleet.mutex.Unlock()
	errors := shown["acfix_devices"]["error"]
	if apart := shown["acfix_device_results"]; apart != nil {
		errors = apart["error"]
	}
	change, unreachable := 0.0, 0.0
	for _, device := range s.fleet.devices {
		j.alarmOfDevice(shown, device, now)
		if device.verdict(shown) == string(remediate.Change) {
			change++
		}
		if device.word == string(remediate.Errored) {
			unreachable++
		}
	}
	_, exact := shown["acfix_unlisted_devices"] // else devices that are gone count too
	for verdict, count := range map[string]struct{ wanted, shown float64 }{
		"change": {change, shown["acfix_devices"]["change"]}, "error": {unreachable, errors},
		"blocked": {0, shown["acfix_devices"]["blocked"]}, "failed": {0, shown["acfix_devices"]["failed"]},
	} {
		if exact {
			assert.Equal(s.t, count.wanted, count.shown, "devices: %s, %s", verdict, now)
		}
		assert.GreaterOrEqual(s.t, count.shown, count.wanted, "devices: %s, %s", verdict, now)
	}
}

// verdict is the word that a device counts under: of its last reading, where metrics tell this from the last run's.
func (d *soakDevice) verdict(shown soakShown) string {
	if shown["acfix_device_results"] != nil {
		return d.read
	}
	return d.word
}

// alarmOfDevice judges the alarm that a device was not seen in order for long, here for 26 hours.
func (j *soakJudge) alarmOfDevice(shown soakShown, device *soakDevice, now time.Time) {
	last := time.UnixMilli(int64(shown["acfix_device_last_success_timestamp_seconds"][device.name] * 1000))
	fires := now.Sub(last) >= 26*time.Hour
	due := now.Sub(device.goodAt) >= 26*time.Hour
	switch {
	case !due:
		assert.False(j.soak.t, fires, "last success of %s: %s at %s, %+v", device.name, last, now, *device)
	case shown["acfix_device_results"] != nil && !device.moved:
		// Before there was this metric, an approved plan counted as a reading at the time when it was carried out.
		assert.True(j.soak.t, fires, "last success of %s: %s at %s, %+v", device.name, last, now, *device)
	}
}

// alarmOfEnds judges the alarm that a job is silent: it fires if, and only if, no run of the job ended for 26 hours.
func (j *soakJudge) alarmOfEnds(shown soakShown, now time.Time) {
	s := j.soak
	ended, ok := shown["acfix_last_run_ended_timestamp_seconds"]
	if !ok { // acfix_last_run_success_timestamp_seconds stands still for as long as one device can't be reached
		return
	}
	runs, err := s.store.Runs(s.t.Context(), store.Filter{Job: "nightly", Limit: 30})
	require.NoError(s.t, err)
	lately := func(run store.Run) bool { return now.Sub(run.Ended) <= 26*time.Hour }
	fires := float64(now.Unix())-ended["nightly"] > 26*60*60
	assert.Equal(s.t, !slices.ContainsFunc(runs, lately), fires, "acfix_last_run_ended_timestamp_seconds, %s", now)
}
