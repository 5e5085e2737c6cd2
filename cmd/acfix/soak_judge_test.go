package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/jobs"
)

// soakJudge compares what acfix did with what it should have done.
type soakJudge struct {
	soak   *soak
	judged map[string]time.Time // by job: the last planned time that was judged
	tally  map[string]int

	mutex    sync.Mutex
	warnings []soakWarning // of both schedulers
}

type soakWarning struct {
	at   time.Time
	text string
}

// Write takes the standard error of all processes.
func (j *soakJudge) Write(line []byte) (int, error) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.warnings = append(j.warnings, soakWarning{time.Now(), string(line)})
	return len(line), nil
}

func (j *soakJudge) lately() string {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	var all strings.Builder
	for _, warning := range j.warnings[max(0, len(j.warnings)-20):] {
		fmt.Fprintf(&all, "%s %s", warning.at.Format(time.DateTime), warning.text)
	}
	return all.String()
}

// soakMemory is how long the judge remembers: longer than any planned time waits for its verdict.
const soakMemory = 10 * 24 * time.Hour

// day judges what happened until today.
func (j *soakJudge) day() {
	s := j.soak
	for _, job := range s.file.Jobs {
		j.planned(job)
	}
	require.Empty(s.t, s.fleet.doubled)
	if j.attended(time.Now().Add(-2*time.Hour), time.Now()) {
		j.standing()
	}
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.warnings = slices.DeleteFunc(j.warnings, func(w soakWarning) bool { return time.Since(w.at) > soakMemory })
	for _, process := range s.both {
		process.up = slices.DeleteFunc(process.up, func(span soakSpan) bool { return time.Since(span.end()) > soakMemory })
	}
}

// planned judges each planned time of a job after which the next one came: it has a run, or a reason on record.
func (j *soakJudge) planned(job jobs.Job) {
	s := j.soak
	last, known := j.judged[job.Name]
	if !known {
		last = s.both[0].up[0].from
	}
	runs, err := s.store.Runs(s.t.Context(), store.Filter{Job: job.Name, Limit: 60})
	require.NoError(s.t, err)
	for due := job.Schedule.Next(last); time.Since(due) > 32*time.Hour; due = job.Schedule.Next(due) {
		j.judged[job.Name] = due
		at := slices.IndexFunc(runs, func(run store.Run) bool { return run.Due.Equal(due) })
		next := job.Schedule.Next(due)
		if job.StartWithin > 0 {
			next = due.Add(job.StartWithin)
		}
		switch {
		case at >= 0:
			j.tally[job.Name+" "+string(runs[at].State)]++
		case j.reason(job, due) != "":
			j.tally[job.Name+" "+j.reason(job, due)]++
		default:
			j.tally[job.Name+" while no scheduler ran"]++
			assert.False(s.t, j.attended(due, next), "job %s was silent at %s:\n%s", job.Name, due, j.lately())
		}
	}
}

// soakReasons are the reasons that acfix gives why a planned time has no run.
var soakReasons = []string{
	"no plan is approved", "is left out", "is still going on", "taken over",
}

func (j *soakJudge) reason(job jobs.Job, due time.Time) string {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	for _, warning := range j.warnings {
		if warning.at.Before(due) || !strings.Contains(warning.text, "job "+job.Name+": ") {
			continue
		}
		for _, reason := range soakReasons {
			leftOut := reason != "is left out" || strings.Contains(warning.text, due.Format(time.RFC3339))
			if leftOut && strings.Contains(warning.text, reason) && warning.at.Sub(due) < 24*time.Hour {
				return reason
			}
		}
	}
	return ""
}

// attended reports whether a scheduler ran for long enough, without a pause, within a time.
func (j *soakJudge) attended(from, to time.Time) bool {
	for _, process := range j.soak.both {
		for _, span := range process.up {
			begin, end := span.from, span.end()
			if from.After(begin) {
				begin = from
			}
			if to.Before(end) {
				end = to
			}
			if end.Sub(begin) >= 2*soakIdle {
				return true
			}
		}
	}
	return false
}

// atTheEnd judges the whole time.
func (j *soakJudge) atTheEnd() {
	j.soak.judgeSizes()
	for _, what := range slices.Sorted(maps.Keys(j.tally)) {
		j.soak.t.Logf("%5d %s", j.tally[what], what)
	}
	j.soak.t.Logf("%5d devices written to", j.soak.fleet.written)
	j.soak.t.Logf("%5d runs resumed by another process", j.soak.fleet.resumed)
	assert.Positive(j.soak.t, j.soak.fleet.resumed)
	assert.Positive(j.soak.t, j.soak.fleet.written)
	planned := j.tally["nightly waiting"] + j.tally["nightly done"] + j.tally["nightly superseded"] + j.tally["nightly expired"] +
		j.tally["nightly approved"]
	assert.Greater(j.soak.t, planned, j.soak.size.days*2/3)
}
