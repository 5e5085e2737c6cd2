package main

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
)

// beginApply approves a plan and starts the job that carries it out; it returns the path of its run.
func (v *visitor) beginApply(plan string) string {
	v.t.Helper()
	code, _ := v.send("/runs/"+plan, "/runs/"+plan+"/approve", url.Values{"name": {"R. Duty"}, "change": {"CHG1"}})
	require.Equal(v.t, http.StatusOK, code)
	code, _ = v.send("/jobs/run?job=weekend-apply", "/jobs/run", url.Values{"job": {"weekend-apply"}})
	require.Equal(v.t, http.StatusOK, code)
	var run string
	v.waitFor(func() bool {
		_, page := v.get("/runs?job=weekend-apply")
		found := regexp.MustCompile(`href="(/runs/[0-9a-f]+)"`).FindStringSubmatch(page)
		if found != nil {
			run = found[1]
		}
		return found != nil
	})
	return run
}

// TestARunIsStoppedOnItsPageAndResumed: Stop does what an interrupt does. The run finishes and verifies the current step,
// starts no further device, and no scheduler resumes it; Resume does the rest, and nothing twice.
func TestARunIsStoppedOnItsPageAndResumed(t *testing.T) {
	t.Parallel()
	const devices = 12
	s := startPages(t, mockdevice.FleetModel{Size: devices, Seed: 2, Uniform: "7.4.500", Latency: 15 * time.Millisecond})
	plan := s.runJob("nightly-plan", exitDone)
	s.serve()
	v := newVisitor(s)
	run := v.beginApply(plan)
	state := func(word string) bool {
		_, page := v.get(run)
		return strings.Contains(page, `data-live="state">`+word+"<")
	}
	s.waitFor(func() bool { _, page := v.get(run); return strings.Contains(page, run+"/stop") && s.written() > 0 })
	code, page := v.send(run, run+"/stop", url.Values{})
	require.Equal(t, http.StatusOK, code, page)
	s.waitFor(func() bool { return state("interrupted") })

	_, page = v.get(run)
	assert.Regexp(t, `stopped by \S+ on the web pages`, page)
	assert.Contains(t, page, "skipped")
	done, unsaved := map[int]int{}, 0
	for i := range devices {
		device := s.device(i)
		switch writes := s.counts(i).Writes; {
		case writes == 0:
		case assert.ObjectsAreEqual(device.Running(), device.Flash()):
			s.requireRepaired(i)
			done[i] = writes
		default:
			unsaved++
		}
	}
	assert.Less(t, s.written(), devices, "no further device was started")
	if unsaved > 0 {
		assert.Contains(t, page, "Left on the device", "what is unsaved is said")
	}
	code, _ = v.send(run, run+"/stop", url.Values{})
	assert.Equal(t, http.StatusConflict, code, "it has ended")
	for range 20 {
		assert.True(t, state("interrupted"), "no scheduler resumes what a person stopped")
	}

	code, page = v.send(run, run+"/resume", url.Values{})
	require.Equal(t, http.StatusOK, code, page)
	s.waitFor(func() bool { return state("done") })
	for i := range devices {
		s.requireRepaired(i)
		if writes, before := done[i]; before {
			assert.Equal(t, writes, s.counts(i).Writes, "device %d is not written to again", i)
		}
	}
	code, _ = v.send("/jobs/run?job=weekend-apply", run+"/resume", url.Values{})
	assert.Equal(t, http.StatusConflict, code, "nothing is left")
	_, page = v.get("/record")
	assert.Regexp(t, `<td>stop</td>\s*<td><a href="`+run+`"`, page)
	assert.Regexp(t, `<td>resume</td>\s*<td><a href="`+run+`"`, page)
}

// written is how many devices were written to.
func (s *station) written() int {
	n := 0
	for i := range s.fleet.Len() {
		if s.counts(i).Writes > 0 {
			n++
		}
	}
	return n
}

// TestAStopHidesNoFault: what a person wanted is no error, and whatever else befell the run is one.
func TestAStopHidesNoFault(t *testing.T) {
	t.Parallel()
	n := newScheduled(t, "apply")
	s := n.scheduler()
	job, _ := s.jobs.Job("nightly")
	for name, test := range map[string]struct {
		ended error
		hides bool
	}{
		"interrupted":                {exitCode(exitInterrupted), true},
		"at a question":              {fmt.Errorf("at the question: %w", remediate.ErrInterrupted), true},
		"complete all the same":      {nil, true},
		"an unwritable journal":      {fmt.Errorf("%w: the disk is full", remediate.ErrJournal), false},
		"a failed device":            {exitCode(exitFailed), false},
		"a wrong flag":               {usage.Errorf("the inventory can't be read").Hint("check it"), false},
		"a store that is down":       {fmt.Errorf("end the run: %w", syscall.ECONNREFUSED), false},
		"another one's device stale": {exitCode(exitStale), false},
	} {
		r := s.runner()
		r.stop.Lead("0123")
		require.True(t, s.scheduler.StopRun("0123", "Ann"))
		err := r.conclude(job, "0123", test.ended)
		r.stop.End()
		if test.hides {
			assert.NoError(t, err, name)
			continue
		}
		assert.ErrorIs(t, err, test.ended, name)
	}
}
