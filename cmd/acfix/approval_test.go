package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
)

// weekend is three devices, a plan each night, and a job that carries out what was approved, on Saturday night.
type weekend struct {
	*scheduled
	devices []*mockdevice.Device
	doors   []*countedDoor // of the devices
	// closesAfter closes the window once a device has been repaired: the clock is then six hours ahead.
	closesAfter atomic.Pointer[mockdevice.Device]
	// shown is called with each look at the clock.
	shown func()
}

// countedDoor counts the connections to a device, before any of TLS.
type countedDoor struct {
	net.Listener
	met atomic.Int32
}

func (d *countedDoor) Accept() (net.Conn, error) {
	met, err := d.Listener.Accept()
	if err == nil {
		d.met.Add(1)
	}
	return met, err
}

func (w *weekend) now() time.Time {
	if w.shown != nil {
		w.shown()
	}
	now := w.scheduled.now()
	if device := w.closesAfter.Load(); device != nil && device.Writes() >= 4 {
		return now.Add(6 * time.Hour)
	}
	return now
}

// saturday is the Saturday of the first window, from 22:00 to 04:00.
var saturday = time.Date(2026, 7, 4, 0, 0, 0, 0, time.UTC)

// newWeekend is such a scheduler on Saturday at noon; keys are further keys of the job that applies.
func newWeekend(t *testing.T, keys string) *weekend {
	t.Helper()
	w := &weekend{scheduled: newScheduled(t, "plan")}
	w.app.now = w.now
	inventory := "devices:\n"
	for i := range 3 {
		model, err := mockdevice.Preset("7.4.500")
		require.NoError(t, err)
		model.Serial, model.MAC = fmt.Sprint(5740500+i), fmt.Sprintf("00908f00000%d", i)
		device := mockdevice.New(model)
		door := &countedDoor{}
		door.Listener, err = net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		server, err := mockdevice.Serve(device, door, true)
		require.NoError(t, err)
		t.Cleanup(server.Close)
		w.devices, w.doors = append(w.devices, device), append(w.doors, door)
		inventory += fmt.Sprintf("  - {name: sbc-%d, url: %q, pin: %q}\n", i, server.URL(), server.Fingerprint())
	}
	w.inventory(inventory)
	content, err := os.ReadFile(w.jobs)
	require.NoError(t, err)
	content = fmt.Appendf(content, "  - {name: weekend, schedule: \"0 22 * * 6\", time_zone: UTC, action: apply, "+
		"inventory: inventory.yaml, window: \"Sat 22:00-04:00 UTC\", parallel: 1, approval: required, plan_job: nightly%s}\n", keys)
	require.NoError(t, os.WriteFile(w.jobs, content, 0o600))
	return w
}

// approved makes a plan at three o'clock, approves it, and returns the scheduler at noon.
func (w *weekend) approved() (*service, store.Run) {
	w.at(saturday)
	s := w.scheduler()
	w.at(saturday.Add(3 * time.Hour))
	w.look(s)
	require.Len(w.t, w.runs(), 1, w.warned)
	plan := w.runs()[0]
	require.Equal(w.t, store.RunWaiting, plan.State)
	w.at(saturday.Add(12 * time.Hour))
	require.Equal(w.t, exitDone, w.app.run([]string{"job", "approve", plan.ID, "--name", "Ann", "--change", "CHG1"}))
	return s, plan
}

// firstWindow opens the window, and closes it once the first device has been repaired.
func (w *weekend) firstWindow(s *service) store.Run {
	w.t.Helper()
	w.at(saturday.Add(22 * time.Hour))
	w.closesAfter.Store(w.devices[0])
	w.look(s)
	w.closesAfter.Store(nil)
	require.Len(w.t, w.applies(), 1, w.warned)
	return w.applies()[0]
}

func (w *weekend) writes() (all []int) {
	for _, device := range w.devices {
		all = append(all, device.Writes())
	}
	return all
}

func (w *weekend) get(id string) store.Run {
	w.t.Helper()
	run, err := w.store.Run(w.t.Context(), id)
	require.NoError(w.t, err)
	return run
}

// applies are the runs that apply, newest first.
func (w *weekend) applies() []store.Run {
	w.t.Helper()
	runs, err := w.store.Runs(w.t.Context(), store.Filter{Job: "weekend"})
	require.NoError(w.t, err)
	return runs
}

// TestAnApprovalThatWroteNothingIsNotUsed: told to run too early, the plan is carried out in the window all the same.
func TestAnApprovalThatWroteNothingIsNotUsed(t *testing.T) {
	t.Parallel()
	w := newWeekend(t, "")
	s, plan := w.approved()
	for range 2 {
		require.Equal(t, exitHalted, w.app.run([]string{"job", "run", "weekend", "--jobs", w.jobs}), w.warned)
		assert.Contains(t, w.warned.String(), "nothing was written, so the plan stays approved until Sat 2026-07-11 03:00 UTC")
	}
	job, _ := s.jobs.Job("weekend")
	require.True(t, s.scheduler.RunNow(job)) // as on the page
	s.scheduler.Wait()
	require.Len(t, w.applies(), 3)
	for _, early := range w.applies() {
		assert.Equal(t, store.RunStopped, early.State)
		assert.Contains(t, early.Reason, "stays approved")
	}
	kept := w.get(plan.ID)
	assert.Equal(t, store.RunApproved, kept.State)
	assert.Contains(t, kept.Reason, "nothing was written")
	require.Equal(t, exitDone, w.app.run([]string{"history", "--state", "approved"}))
	assert.Contains(t, w.stdout.String(), "nothing was written, so the plan stays approved until")
	assert.Equal(t, []int{0, 0, 0}, w.writes())

	w.at(saturday.Add(22 * time.Hour))
	w.look(s)
	assert.Equal(t, store.RunDone, w.applies()[0].State, w.warned)
	assert.Equal(t, store.RunDone, w.get(plan.ID).State)
	assert.Contains(t, w.get(plan.ID).Reason, "carried out by run "+w.applies()[0].ID)
	assert.Equal(t, []int{4, 4, 4}, w.writes())
}

// TestThePlanThatNobodyCarriedOutExpires: it is approved no longer, and no run takes it.
func TestThePlanThatNobodyCarriedOutExpires(t *testing.T) {
	t.Parallel()
	w := newWeekend(t, ", max_age: 24h")
	s, plan := w.approved()
	w.at(saturday.Add(7*24*time.Hour + 22*time.Hour))
	require.Equal(t, exitBlocked, w.app.run([]string{"job", "run", "weekend", "--jobs", w.jobs}), w.warned)
	assert.Equal(t, store.RunExpired, w.get(plan.ID).State)
	w.look(s)
	assert.Equal(t, []int{0, 0, 0}, w.writes())
	assert.Empty(t, w.applies())
}

// TestARunThatWroteGoesOnInTheNextWindow, the same one, with two schedulers, and writes to each device once.
func TestARunThatWroteGoesOnInTheNextWindow(t *testing.T) {
	t.Parallel()
	w := newWeekend(t, ", max_age: 240h")
	s, plan := w.approved()
	paused := w.firstWindow(s)
	assert.Equal(t, store.RunPaused, paused.State, paused.Reason)
	assert.Equal(t, "paused; 2 of its devices are left: sbc-1, sbc-2; "+
		"the run resumes when the change window opens, Sat 2026-07-11 22:00 UTC", paused.Reason)
	assert.Equal(t, []int{4, 0, 0}, w.writes())
	assert.Equal(t, store.RunDone, w.get(plan.ID).State, "the approval is used")

	other := w.scheduler()
	for _, early := range []time.Duration{30 * time.Hour, 100 * time.Hour, 7*24*time.Hour + 21*time.Hour} {
		w.at(saturday.Add(early))
		w.look(s)
		w.look(other)
		assert.Equal(t, []int{4, 0, 0}, w.writes(), early)
		assert.Equal(t, store.RunPaused, w.get(paused.ID).State, early)
	}
	w.at(saturday.Add(7*24*time.Hour + 22*time.Hour + time.Minute))
	s.scheduler.Tick()
	other.scheduler.Tick()
	s.scheduler.Wait()
	other.scheduler.Wait()
	w.look(other)
	require.Len(t, w.applies(), 1, "no second run")
	assert.Equal(t, store.RunDone, w.get(paused.ID).State, w.get(paused.ID).Reason)
	assert.Equal(t, []int{4, 4, 4}, w.writes())
}

// TestAPersonAsksForAPausedRun: outside the window it stays paused, and in the window the same run goes on.
func TestAPersonAsksForAPausedRun(t *testing.T) {
	t.Parallel()
	w := newWeekend(t, ", max_age: 240h")
	s, _ := w.approved()
	paused := w.firstWindow(s)
	w.at(saturday.Add(50 * time.Hour))
	require.Equal(t, exitHalted, w.app.run([]string{"job", "run", "weekend", "--jobs", w.jobs}), w.warned)
	assert.Equal(t, store.RunPaused, w.get(paused.ID).State)
	assert.Contains(t, w.warned.String(), "2 of its devices are left: sbc-1, sbc-2")
	w.at(saturday.Add(8*24*time.Hour + time.Hour))
	require.Equal(t, exitDone, w.app.run([]string{"job", "run", "weekend", "--jobs", w.jobs}), w.warned)
	require.Len(t, w.applies(), 1)
	assert.Equal(t, store.RunDone, w.get(paused.ID).State)
	assert.Equal(t, []int{4, 4, 4}, w.writes())
}

// TestARunWhosePlanGrowsTooOldIsStopped: right away if no window opens in time, and later if none was used.
func TestARunWhosePlanGrowsTooOldIsStopped(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		maxAge string
		at     store.RunState // after the first window
	}{
		"before the next window": {"168h", store.RunStopped},
		"while nobody serves":    {"240h", store.RunPaused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWeekend(t, ", max_age: "+test.maxAge)
			s, _ := w.approved()
			id := w.firstWindow(s).ID
			assert.Equal(t, test.at, w.get(id).State, w.get(id).Reason)
			w.at(saturday.Add(14*24*time.Hour + 23*time.Hour))
			w.look(w.scheduler())
			ended := w.get(id)
			assert.Equal(t, store.RunStopped, ended.State)
			assert.Contains(t, ended.Reason, "2 of its devices are left: sbc-1, sbc-2")
			assert.Contains(t, ended.Reason, "the plan is too old")
			assert.Equal(t, []int{4, 0, 0}, w.writes())
		})
	}
}

// died is a run that took the plan, and whose process died while it worked on the first device.
func (w *weekend) died(s *service, plan store.Run) *fleetRun {
	w.t.Helper()
	job, _ := s.jobs.Job("weekend")
	quiet := w.app.unattended()
	begun, err := quiet.beginApproved(job, run.Assignment{
		Action: run.ActionApply, Job: job.Name, Order: s.jobs.order(job), ResumedByOthers: true,
	})
	require.NoError(w.t, err)
	require.NoError(w.t, begun.Book.Start(0))
	return begun
}

// TestARunThatDiedBeforeItWroteGivesTheApprovalBack; one whose journal says that it was about to write does not.
func TestARunThatDiedBeforeItWroteGivesTheApprovalBack(t *testing.T) {
	t.Parallel()
	for name, wrote := range map[string]bool{"before the first write": false, "with a write on its way": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWeekend(t, "")
			s, plan := w.approved()
			begun := w.died(s, plan)
			if wrote {
				w.intend(begun)
			}
			require.NoError(t, begun.Record.Close())
			assert.Equal(t, store.RunDone, w.get(plan.ID).State, "no other run takes it meanwhile")
			job, _ := s.jobs.Job("weekend")
			require.NoError(t, s.GiveUp(w.get(begun.ID), job, w.now()))
			assert.Equal(t, wrote, w.get(plan.ID).State == store.RunDone)
			assert.Equal(t, !wrote, w.get(plan.ID).State == store.RunApproved)
			wanted := map[bool]store.RunState{true: store.RunPaused, false: store.RunInterrupted}[wrote]
			assert.Equal(t, wanted, w.get(begun.ID).State, w.get(begun.ID).Reason)

			w.at(saturday.Add(22 * time.Hour))
			w.look(s)
			assert.Equal(t, []int{4, 4, 4}, w.writes(), w.warned)
			assert.Len(t, w.applies(), map[bool]int{true: 1, false: 2}[wrote])
		})
	}
}

// intend puts on the first device's journal that a write is about to be sent.
func (w *weekend) intend(begun *fleetRun) {
	w.t.Helper()
	plan, err := begun.Book.Plan(0)
	require.NoError(w.t, err)
	held, failure := begun.Evidence.Hold(context.Background(), begun.ID, evidence.DeviceOf(plan.Target, plan.URL, plan.Device), time.Second)
	require.Nil(w.t, failure)
	defer held.Release()
	record, closeJournal, err := held.Journal()
	require.NoError(w.t, err)
	defer closeJournal()
	require.NoError(w.t, record(remediate.Record{Event: remediate.EventIntent, Step: &plan.Steps[1]}))
}

// TestAStoppedRunSaysWhoIsLeft: a person's Ctrl-C, with devices repaired and devices left.
func TestAStoppedRunSaysWhoIsLeft(t *testing.T) {
	t.Parallel()
	for name, wrote := range map[string]bool{"before the first device": false, "after the first device": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWeekend(t, "")
			_, plan := w.approved()
			w.at(saturday.Add(22 * time.Hour))
			stop := make(chan struct{})
			w.app.stop = stop
			once := sync.OnceFunc(func() { close(stop) })
			w.shown = func() {
				if !wrote || w.devices[0].Writes() >= 4 {
					once()
				}
			}
			require.Equal(t, exitInterrupted, w.app.run([]string{"job", "run", "weekend", "--jobs", w.jobs}), w.warned)
			ended := w.applies()[0]
			assert.Equal(t, store.RunInterrupted, ended.State)
			if wrote {
				assert.Contains(t, ended.Reason, "2 of its devices are left: sbc-1, sbc-2")
				assert.Equal(t, store.RunDone, w.get(plan.ID).State)
				return
			}
			assert.Contains(t, ended.Reason, "nothing was written")
			assert.Equal(t, store.RunApproved, w.get(plan.ID).State)
		})
	}
}
