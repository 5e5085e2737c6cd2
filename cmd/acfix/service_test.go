package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/retry"
	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// scheduled is a scheduler on one machine, whose time a test moves by hand.
type scheduled struct {
	*testApp
	t      *testing.T
	store  *store.Store
	jobs   string
	warned *lockedBuffer

	mutex sync.Mutex
	clock time.Time
}

const aDevice = "devices:\n  - {name: sbc, url: %q, pin: %q}\n"

// lockedBuffer is written to by the runs of several jobs.
type lockedBuffer struct {
	mutex sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.Buffer.String()
}

// bedtime is before the jobs' time, three o'clock in the morning.
var bedtime = time.Date(2026, 7, 1, 22, 0, 0, 0, time.UTC)

func newScheduled(t *testing.T, action string) *scheduled {
	t.Helper()
	n := &scheduled{testApp: newTestApp(t, "7.4.500", ""), t: t, warned: &lockedBuffer{}, clock: bedtime}
	folder := t.TempDir()
	n.app.now = n.now
	n.app.stderr = n.warned
	n.app.stdinIsTerminal = false
	n.app.getenv = func(name string) string {
		return map[string]string{"ACFIX_USERNAME": "Admin", "ACFIX_PASSWORD": "Admin", "XDG_STATE_HOME": folder}[name]
	}
	n.app.sleep = retry.Sleep
	n.app.flags.timeout, n.app.flags.retryFor = time.Minute, time.Second
	n.jobs = filepath.Join(folder, "jobs.yaml")
	n.inventory(fmt.Sprintf(aDevice, n.target[0], n.target[2]))
	require.NoError(t, os.WriteFile(n.jobs, fmt.Appendf(nil,
		"jobs:\n  - {name: nightly, schedule: \"0 3 * * *\", time_zone: UTC, action: %s, inventory: inventory.yaml}\n", action), 0o600))
	var err error
	n.store, err = n.app.openStore()
	require.NoError(t, err)
	t.Cleanup(func() { _ = n.store.Close() })
	return n
}

func (n *scheduled) inventory(text string) {
	require.NoError(n.t, os.WriteFile(filepath.Join(filepath.Dir(n.jobs), "inventory.yaml"), []byte(text), 0o600))
}

func (n *scheduled) now() time.Time {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	return n.clock
}

func (n *scheduled) at(clock time.Time) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.clock = clock
}

// scheduler is a process that begins now.
func (n *scheduled) scheduler() *service {
	jobs, err := n.app.readJobs(n.jobs)
	require.NoError(n.t, err)
	s := newService(n.app, n.store, jobs)
	require.NoError(n.t, s.scheduler.Recall())
	return s
}

// look lets a scheduler look, and waits for what it began.
func (n *scheduled) look(s *service) {
	s.scheduler.Tick()
	s.scheduler.Wait()
}

func (n *scheduled) runs() []store.Run {
	runs, err := n.store.Runs(n.t.Context(), store.Filter{})
	require.NoError(n.t, err)
	return runs
}

func TestAJobBeginsAtItsTimeAndOnce(t *testing.T) {
	t.Parallel()
	n := newScheduled(t, "plan")
	one, two := n.scheduler(), n.scheduler()
	n.look(one)
	require.Empty(t, n.runs(), "too early")
	three := bedtime.Add(5 * time.Hour)
	n.at(three.Add(2 * time.Second))
	n.look(one)
	n.look(two)
	n.look(one)
	n.look(n.scheduler())
	runs := n.runs()
	require.Len(t, runs, 1)
	assert.True(t, runs[0].Due.Equal(three))
	assert.Equal(t, store.RunDone, runs[0].State)
	assert.Empty(t, n.warned.String(), "the other schedulers have nothing to say")

	n.at(three.Add(24 * time.Hour))
	n.look(two)
	require.Len(t, n.runs(), 2)
	assert.NoError(t, two.scheduler.Ready(t.Context()))
}

func TestAMissedTimeIsMadeUp(t *testing.T) {
	for name, test := range map[string]struct {
		action string
		away   time.Duration // after the time of the third night
		runs   int           // made up
	}{
		"a plan, whenever":         {"plan", 6 * time.Hour, 1},
		"an apply, soon after":     {"apply", 50 * time.Minute, 1},
		"an apply, in the morning": {"apply", 6 * time.Hour, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newScheduled(t, test.action)
			require.NoError(t, n.store.CreateRun(t.Context(), store.Run{ID: "before", Action: test.action, Job: "nightly", Due: bedtime.Add(-19 * time.Hour), Created: bedtime, State: store.RunDone}, nil))
			n.at(bedtime.Add(5*time.Hour + 48*time.Hour + test.away))
			n.look(n.scheduler())
			assert.Len(t, n.runs(), 1+test.runs, "the latest one alone")
			assert.Equal(t, test.runs == 1 && test.action == "apply", n.device.Writes() > 0)
		})
	}
}

// TestARunDoesNotOvertakeAnother that goes on elsewhere, or that a process has left behind.
func TestARunDoesNotOvertakeAnother(t *testing.T) {
	t.Parallel()
	n := newScheduled(t, "apply")
	id := n.orphan(run.ActionApply, bedtime.Add(5*time.Hour))
	s := n.scheduler()
	lease, err := n.store.AcquireRun(t.Context(), id, "elsewhere", time.Hour)
	require.NoError(t, err)
	n.at(bedtime.Add(29*time.Hour + time.Second))
	n.look(s)
	require.Len(t, n.runs(), 1)
	assert.Equal(t, 1, strings.Count(n.warned.String(), "still going on"), n.warned)
	assert.Zero(t, n.device.Writes())

	require.NoError(t, n.store.Release(t.Context(), lease))
	n.look(s)
	run, err := n.store.Run(t.Context(), id)
	require.NoError(t, err)
	assert.Equal(t, store.RunDone, run.State)
	require.Len(t, n.runs(), 1)
	n.at(bedtime.Add(53*time.Hour + time.Second))
	n.look(s)
	assert.Len(t, n.runs(), 2, "the next time comes")
}

// lastDue is the job's last time before a moment.
func lastDue(now time.Time) time.Time {
	return now.UTC().Add(-3 * time.Hour).Truncate(24 * time.Hour).Add(3 * time.Hour)
}

// orphan is a run of a planned time that a process left behind, some time ago.
func (n *scheduled) orphan(action string, due time.Time) string {
	n.t.Helper()
	quiet := n.app.unattended()
	order := run.Order{Inventory: filepath.Join(filepath.Dir(n.jobs), "inventory.yaml"), Settings: run.DefaultSettings()}
	devices, err := quiet.prepare(nil, unattendedConnection(order))
	require.NoError(n.t, err)
	begun, err := quiet.begin(run.Assignment{
		Action: action, Job: "nightly", Due: due, Head: quiet.planHead(), Order: order, ResumedByOthers: true,
	}, devices)
	require.NoError(n.t, err)
	require.NoError(n.t, begun.Record.Close())
	return begun.ID
}

func TestARunThatWasLeftBehindIsGoneOnWith(t *testing.T) {
	t.Parallel()
	n := newScheduled(t, "apply")
	n.at(time.Now())
	id := n.orphan(run.ActionApply, lastDue(n.now()))
	s := n.scheduler()
	n.look(s)
	run, err := n.store.Run(t.Context(), id)
	require.NoError(t, err)
	assert.Equal(t, store.RunDone, run.State, n.warned)
	assert.Equal(t, 4, n.device.Writes())
}

// TestARunThatWasLeftTooLongIsNotGoneOnWith: it was for the night.
func TestARunThatWasLeftTooLongIsNotGoneOnWith(t *testing.T) {
	t.Parallel()
	n := newScheduled(t, "apply")
	n.at(time.Now().Add(2 * time.Hour)) // the store's clock tells when it was left
	id := n.orphan(run.ActionApply, lastDue(n.now()))
	s := n.scheduler()
	n.look(s)
	run, err := n.store.Run(t.Context(), id)
	require.NoError(t, err)
	assert.Equal(t, store.RunInterrupted, run.State)
	assert.Contains(t, run.Reason, "start_within")
	assert.Empty(t, n.device.Requests())
}

// TestARunThatCannotBeGoneOnWithEnds: a person has to mend the inventory first, and is not told
// every few seconds.
func TestARunThatCannotBeGoneOnWithEnds(t *testing.T) {
	t.Parallel()
	n := newScheduled(t, "plan")
	n.at(time.Now())
	id := n.orphan(run.ActionPlan, lastDue(n.now()))
	n.inventory("devices: 1\n")
	s := n.scheduler()
	for range 5 {
		n.look(s)
		n.at(n.now().Add(5 * time.Second))
	}
	run, err := n.store.Run(t.Context(), id)
	require.NoError(t, err)
	assert.Equal(t, store.RunFailed, run.State)
	assert.Contains(t, run.Reason, "inventory.yaml:1:")
	assert.Equal(t, 1, strings.Count(n.warned.String(), "WARNING"), n.warned)
}

// TestARunOfALivingControllerIsLeftAlone, also when two schedulers reach for it at once.
func TestARunOfALivingControllerIsLeftAlone(t *testing.T) {
	t.Parallel()
	n := newScheduled(t, "plan")
	n.at(time.Now())
	id := n.orphan(run.ActionPlan, lastDue(n.now()))
	_, err := n.store.AcquireRun(t.Context(), id, "another", time.Hour)
	require.NoError(t, err)
	s := n.scheduler()
	n.look(s)
	run, err := n.store.Run(t.Context(), id)
	require.NoError(t, err)
	j, _ := s.jobs.Job("nightly")
	require.NoError(t, s.Resume(run, j)) // as it would, had the other one come a moment later
	run, err = n.store.Run(t.Context(), id)
	require.NoError(t, err)
	assert.Equal(t, store.RunRunning, run.State)
	assert.Empty(t, n.warned.String())
	assert.Empty(t, n.device.Requests())
}

// withApproval adds a job that carries out approved plans, and returns such a plan, waiting.
func (n *scheduled) withApproval() (*service, store.Run) {
	n.t.Helper()
	content, err := os.ReadFile(n.jobs)
	require.NoError(n.t, err)
	content = append(content, "  - {name: weekend, action: apply, inventory: inventory.yaml, approval: required, plan_job: nightly}\n"...)
	require.NoError(n.t, os.WriteFile(n.jobs, content, 0o600))
	n.at(time.Now().Add(-25 * time.Hour))
	s := n.scheduler()
	n.at(time.Now()) // plans grow old
	n.look(s)
	runs := n.runs()
	require.Len(n.t, runs, 1)
	require.Equal(n.t, store.RunWaiting, runs[0].State)
	return s, runs[0]
}

// TestAnApprovedPlanIsCarriedOutByOneRun, also when that run died before it had copied the plan.
func TestAnApprovedPlanIsCarriedOutByOneRun(t *testing.T) {
	t.Parallel()
	n := newScheduled(t, "plan")
	s, plan := n.withApproval()
	require.NoError(t, n.store.Approve(t.Context(), plan.ID, store.Approval{Name: "Ann", Time: n.now(), Change: "CHG1"}))
	j, _ := s.jobs.Job("weekend")
	for i, wanted := range []store.RunState{store.RunDone, store.RunFailed} {
		runner := &jobRunner{app: n.app.unattended(), file: s.jobs, unattended: true}
		begun, err := runner.app.adopt(n.store, plan, run.Assignment{
			Action: run.ActionApply, Job: j.Name, Order: s.jobs.order(j), ResumedByOthers: true,
		})
		require.NoError(t, err)
		require.NoError(t, begun.Record.Close()) // it dies here
		n.look(s)
		run, err := n.store.Run(t.Context(), begun.ID)
		require.NoError(t, err)
		assert.Equal(t, wanted, run.State, "run %d: %s", i+1, run.Reason)
		assert.Equal(t, 4, n.device.Writes())
	}
	used, err := n.store.Run(t.Context(), plan.ID)
	require.NoError(t, err)
	assert.Equal(t, store.RunDone, used.State)
	assert.Contains(t, used.Reason, "carried out by run")
}

// TestAPersonGoesOnWithAnApprovedPlan that a dead run of a job had not copied yet.
func TestAPersonGoesOnWithAnApprovedPlan(t *testing.T) {
	t.Parallel()
	n := newScheduled(t, "plan")
	s, plan := n.withApproval()
	require.NoError(t, n.store.Approve(t.Context(), plan.ID, store.Approval{Name: "Ann", Time: n.now(), Change: "CHG1"}))
	j, _ := s.jobs.Job("weekend")
	died := func() string {
		runner := &jobRunner{app: n.app.unattended(), file: s.jobs}
		begun, err := runner.app.adopt(n.store, plan, run.Assignment{Action: run.ActionApply, Job: j.Name, Order: s.jobs.order(j)})
		require.NoError(t, err)
		require.NoError(t, begun.Record.Close())
		return begun.ID
	}
	first, second := died(), died()
	require.Equal(t, exitDone, n.app.run([]string{"apply", "--yes", "--resume", first}), n.warned)
	assert.Equal(t, 4, n.device.Writes())
	require.Equal(t, exitFailed, n.app.run([]string{"apply", "--yes", "--resume", second}), "the approval is used up")
	assert.Contains(t, n.warned.String(), "approv")
	assert.Equal(t, 4, n.device.Writes())
}

// TestAPlanThatIsGoneOnWithWaitsForApproval: what was planned before the run was cut off counts.
func TestAPlanThatIsGoneOnWithWaitsForApproval(t *testing.T) {
	t.Parallel()
	n := newScheduled(t, "plan")
	s, plan := n.withApproval()

	// As if the process had died right after the last device.
	require.NoError(t, n.store.EndRun(t.Context(), plan.ID, store.RunRunning, 0, "", time.Time{}))
	lease, err := n.store.AcquireRun(t.Context(), plan.ID, "dead", time.Hour)
	require.NoError(t, err)
	require.NoError(t, n.store.Release(t.Context(), lease))
	n.device.ResetLog()
	n.look(s)
	run, err := n.store.Run(t.Context(), plan.ID)
	require.NoError(t, err)
	assert.Equal(t, store.RunWaiting, run.State)
	assert.Empty(t, n.device.Requests(), "it was planned already")
}

// list is the document of "acfix job list".
func (n *scheduled) list() string {
	require.Equal(n.t, exitDone, n.app.run([]string{"job", "list", "--jobs", n.jobs, "-o", "json"}))
	requireFits(n.t, "acfix.jobs/v1", n.stdout.String())
	return n.stdout.String()
}

// TestServeSaysWhatCantBeDone, messages and jobs: when a run has failed at night it is too late.
func TestServeSaysWhatCantBeDone(t *testing.T) {
	t.Parallel()
	s := startPages(t, mockdevice.FleetModel{Size: 1, Seed: 1})
	jobs := webJobs + "  - {name: lost, action: plan, inventory: lost.yaml}\n" +
		"  - {name: typo, action: plan, inventory: inventory.yaml, limit: nowhere}\n" + "notify:\n  - {name: ops, kind: teams, url_env: NOT_SET}\n"
	require.NoError(t, os.WriteFile(s.jobs, []byte(jobs), 0o600))
	t.Cleanup(func() { // once it has ended
		assert.Contains(t, s.stderr.String(), "WARNING: messages to ops can't be sent: the environment variable NOT_SET is not set")
		assert.Contains(t, s.stderr.String(), "WARNING: job lost can't run: ")
		assert.Contains(t, s.stderr.String(), `WARNING: job typo can't run: --limit: "nowhere" fits no device`)
		assert.Equal(t, 2, strings.Count(s.stderr.String(), "can't run"), "the others can")
	})
	s.serve()
	s.waitFor(func() bool {
		answer, err := http.Get(s.base + "/readyz")
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		return answer.StatusCode == http.StatusOK
	})
}
