//go:build !windows

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// cluster is schedulers and workers, each a process of the real program with a state directory
// of its own, as on machines of their own. They share a store and a fleet of simulated devices.
type cluster struct {
	t      *testing.T
	fleet  *mockdevice.Fleet
	store  *store.Store
	url    string // of the store
	folder string
	lease  string
	// unrecorded is how many saves may have reached a device without their record, as their process was killed or the
	// store was away. The next process can't know of them and saves again: saveNeeded alone proves nothing (A68).
	unrecorded int
}

const nightly = "nightly"

// planned is when the job was to begin: a minute ago, as after a short outage.
var planned = time.Now().UTC().Truncate(time.Minute).Add(-time.Minute)

// newCluster writes a jobs file whose one job is due at once, and once only: its planned time is
// over, and the run before is on record.
func newCluster(t *testing.T, url, lease string, model mockdevice.FleetModel, keys ...string) *cluster {
	t.Helper()
	fleet, err := mockdevice.NewFleet(model)
	require.NoError(t, err)
	server, err := mockdevice.StartFleet(fleet)
	require.NoError(t, err)
	t.Cleanup(server.Close)
	opened, err := store.Open(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = opened.Close() })
	c := &cluster{t: t, fleet: fleet, store: opened, url: url, folder: t.TempDir(), lease: lease}
	require.NoError(t, os.WriteFile(c.file("inventory.yaml"), server.Inventory(), 0o600))
	jobs := fmt.Sprintf("jobs:\n  - name: %s\n    schedule: \"%d %d %d %d *\"\n    time_zone: UTC\n    action: apply\n    inventory: inventory.yaml\n",
		nightly, planned.Minute(), planned.Hour(), planned.Day(), planned.Month())
	for _, key := range keys {
		jobs += "    " + key + "\n"
	}
	require.NoError(t, os.WriteFile(c.file("jobs.yaml"), []byte(jobs), 0o600))
	require.NoError(t, opened.CreateRun(t.Context(), store.Run{
		ID: "before", Action: "apply", Job: nightly, Due: planned.Add(-time.Hour), Created: planned.Add(-time.Hour), State: store.RunDone,
	}, nil))
	return c
}

func (c *cluster) file(name string) string { return filepath.Join(c.folder, name) }

// process is a process of acfix, and what it says.
type testProcess struct {
	*exec.Cmd
	mutex sync.Mutex
	said  bytes.Buffer
	ended chan struct{}
}

func (p *testProcess) Write(text []byte) (int, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.said.Write(text)
}

func (p *testProcess) output() string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.said.String()
}

// begin starts the program on the machine of that name.
func (c *cluster) begin(machine string, arguments ...string) *testProcess {
	c.t.Helper()
	program, err := os.Executable()
	require.NoError(c.t, err)
	return c.start(machine, exec.Command(program, append(arguments, "--store", c.url)...))
}

// start starts a command that is or becomes the program.
func (c *cluster) start(machine string, command *exec.Cmd) *testProcess {
	c.t.Helper()
	p := &testProcess{Cmd: command, ended: make(chan struct{})}
	p.Env = append(os.Environ(), asProgram+"=1", "ACFIX_USERNAME=Admin", "ACFIX_PASSWORD=Admin", "XDG_STATE_HOME="+c.file(machine))
	p.Stdout, p.Stderr = p, p
	require.NoError(c.t, p.Start())
	go func() {
		_ = p.Wait()
		close(p.ended)
	}()
	c.t.Cleanup(func() {
		p.kill()
		if c.t.Failed() {
			c.t.Logf("%s: %s", machine, p.output())
		}
	})
	return p
}

// kill ends a process without a word, a frozen one too.
func (p *testProcess) kill() {
	_ = p.Process.Signal(syscall.SIGKILL)
	<-p.ended
}

func (c *cluster) serve(machine string, workers int) *testProcess {
	return c.begin(machine, "serve", "--jobs", c.file("jobs.yaml"), "--lease", c.lease, "--workers", fmt.Sprint(workers), "--listen", "127.0.0.1:0")
}

func (c *cluster) worker(machine string, workers int) *testProcess {
	return c.begin(machine, "worker", "-i", c.file("inventory.yaml"), "--lease", c.lease, "--workers", fmt.Sprint(workers))
}

// patience is for a whole run on a machine that has other things to do.
const runPatience = 4 * time.Minute

// until waits for something that processes bring about.
func (c *cluster) until(what string, is func() bool) {
	c.t.Helper()
	require.Eventually(c.t, is, runPatience, 20*time.Millisecond, what)
}

// theRun is the run of the planned time, once it stands in the store.
func (c *cluster) theRun() (run store.Run, known bool) {
	runs, err := c.store.Runs(c.t.Context(), store.Filter{Job: nightly})
	if err != nil { // the database may be away
		return run, false
	}
	for _, run := range runs {
		if run.Due.Equal(planned) {
			return run, true
		}
	}
	return run, false
}

func (c *cluster) isOver() bool {
	run, known := c.theRun()
	return known && run.State != store.RunRunning
}

// statuses are what became of the devices of the run, by name.
func (c *cluster) statuses() map[string]string {
	c.t.Helper()
	run, known := c.theRun()
	require.True(c.t, known)
	found := map[string]string{}
	for device, err := range c.store.Devices(c.t.Context(), run.ID) {
		require.NoError(c.t, err)
		found[device.Target] = device.Status
		if found[device.Target] == "" {
			found[device.Target] = map[string]string{"compliant": "unchanged"}[device.Verdict]
		}
		if found[device.Target] == "" {
			found[device.Target] = device.Verdict
		}
	}
	return found
}

// resultNamed is the result on record of a device of the run.
func (c *cluster) resultNamed(name string) string {
	run, _ := c.theRun()
	for device, err := range c.store.Devices(c.t.Context(), run.ID) {
		if err == nil && device.Target == name {
			return string(device.Result)
		}
	}
	return "none"
}

// asked is what each kind of device asks for.
var asked = map[string]string{
	"ready": "applied", "compliant": "unchanged", "bundle-on": "applied", "non-mtls": "not_applicable",
	"shared-context": "blocked", "dangling": "blocked", "unsaved": "blocked",
}

// requireAllWell holds the run to what the devices ask for, and to how they were written to.
func (c *cluster) requireAllWell() {
	c.t.Helper()
	run, _ := c.theRun()
	statuses := c.statuses()
	for i := range c.fleet.Len() {
		member := c.fleet.Member(i)
		if !assert.Equal(c.t, asked[member.Kind], statuses[member.Name], "%s: %s", member.Name, member.Kind) {
			c.t.Logf("%s: %s", member.Name, c.resultNamed(member.Name))
		}
	}
	assert.Equal(c.t, store.RunDone, run.State, run.Reason)
	c.requireCarefulWriters()
	plan := c.begin("afterwards", "plan", "-i", c.file("inventory.yaml"), "-o", "json", "-q")
	<-plan.ended
	assert.NotContains(c.t, plan.output(), `"verdict": "change"`, "everything that can be done was done")
	assert.NotContains(c.t, plan.output(), `"verdict": "error"`)
}

func (c *cluster) requireCarefulWriters() {
	c.t.Helper()
	assert.LessOrEqual(c.t, c.fleet.Counts().NeedlessSaves, c.unrecorded, "saved again without need")
	for name, counts := range c.fleet.EachCounts() {
		assert.Zero(c.t, counts.Overlapping, "%s: two writers at a time", name)
		assert.Zero(c.t, counts.Needless-counts.NeedlessSaves, "%s: written twice without need", name)
		assert.Zero(c.t, counts.Tripped, "%s: a request that must never be sent", name)
		assert.Zero(c.t, counts.FailedLogins, name)
	}
}

func saidBy(all ...*testProcess) string {
	var text strings.Builder
	for _, p := range all {
		text.WriteString(p.output())
	}
	return text.String()
}
