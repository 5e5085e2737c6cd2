//go:build !windows

package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func thirty() mockdevice.FleetModel {
	return mockdevice.FleetModel{Size: 30, Seed: 1, Latency: 2 * time.Millisecond}
}

// TestAKilledRunIsResumed kills the real program at a random request of a run over a mixed
// fleet. Resumed, every device ends as its firmware asks; what was done is not asked again,
// and nothing is written twice but the one step that was under way.
func TestAKilledRunIsResumed(t *testing.T) {
	undisturbed := newDepot(t, thirty())
	undisturbed.program(t, exitBlocked, 0, "apply", "-i", undisturbed.inventory, "--yes", "-o", "json")
	requests := undisturbed.fleet.Counts().Requests * 9 / 10 // which devices a backup costs less at differs from run to run
	for seed := range uint64(killSeeds) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 30))
			d := newDepot(t, thirty())
			d.program(t, killed, 1+random.IntN(requests), "apply", "-i", d.inventory, "--yes", "--batch", "1,50%", "--parallel", "8")
			done, resume := d.doneSoFar()
			before := d.fleet.EachCounts()
			result := d.outcome(d.program(t, exitBlocked, 0, resume...))
			for i := range d.fleet.Len() {
				member := d.fleet.Member(i)
				if done[member.Name] {
					require.Equal(t, before[member.Name], d.counts(i), "%s was done", member.Name)
				}
				if statuses[member.Kind] != "applied" {
					require.Equal(t, statuses[member.Kind], result.status(member.Name))
					require.Zero(t, d.counts(i).Writes)
					continue
				}
				require.Contains(t, []string{"applied", "unchanged"}, result.status(member.Name))
				d.requireRepaired(i)
				require.LessOrEqual(t, d.counts(i).Writes, undisturbed.counts(i).Writes+1, member.Name)
			}
			d.requireCareful()
		})
	}
}

// killed is the exit code of a process that was killed.
const killed = -1

// program runs the real program with the operator's state directory, kills it at the n-th
// request that any device gets, and wants an exit code. It returns what stood on stdout.
func (d *depot) program(t *testing.T, code, n int, arguments ...string) string {
	t.Helper()
	path, err := os.Executable()
	require.NoError(t, err)
	return d.command(t, code, n, exec.Command(path, arguments...))
}

func (d *depot) command(t *testing.T, code, n int, command *exec.Cmd) string {
	t.Helper()
	command.Env = append(os.Environ(), asProgram+"=1", "ACFIX_PASSWORD=Admin", "XDG_STATE_HOME="+d.app.getenv("XDG_STATE_HOME"))
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	started := make(chan *os.Process, 1)
	var seen atomic.Int64
	for i := range d.fleet.Len() {
		d.device(i).OnRequest(func(int, *http.Request) {
			if seen.Add(1) == int64(n) {
				_ = (<-started).Signal(syscall.SIGKILL)
			}
		})
	}
	require.NoError(t, command.Start())
	started <- command.Process
	_ = command.Wait()
	require.Equal(t, code, command.ProcessState.ExitCode(), "%s", stderr.String())
	d.stderr = stderr
	return stdout.String()
}

// TestAStoreThatFillsUp: with no room for a result no further device is started, and when
// there is room again the run goes on.
func TestAStoreThatFillsUp(t *testing.T) {
	t.Parallel()
	d := newDepot(t, alike(24))
	path, err := os.Executable()
	require.NoError(t, err)
	begun := 0
	for blocks := 400; begun == 0; blocks += 200 { // more room, until there is enough for plans and some results
		limited := exec.Command("sh", "-c", fmt.Sprintf(`ulimit -f %d; exec "$0" "$@"`, blocks),
			path, "apply", "-i", d.inventory, "--yes", "-o", "json", "--batch", "100%", "--parallel", "2")
		text := d.command(t, exitFailed, 0, limited)
		stopped := d.outcome(text)
		assert.Len(t, stopped.devices, 24, "the document is whole though the store is full")
		assert.Equal(t, "local_fault", first(t, decode(t, text), "error", "code"))
		assert.Contains(t, d.stderr.String(), "runs.db")
		for i := range d.fleet.Len() {
			if d.counts(i).Writes > 0 {
				begun++
				continue
			}
			d.requireSkipped(stopped, i, "local_fault")
		}
	}
	assert.Less(t, begun, 24)
	run := first(t, decode(t, d.acfix(exitDone, "history", "-o", "json")), "runs", "id").(string)
	d.program(t, exitDone, 0, "apply", "--yes", "-o", "json", "--resume", run)
	for i := range d.fleet.Len() {
		d.requireRepaired(i)
	}
	d.requireCareful()
}

// TestTooManyOpenFilesStopARun: what it can't open meets every device alike, and is the failure of none.
func TestTooManyOpenFilesStopARun(t *testing.T) {
	t.Parallel()
	d := newDepot(t, alike(40))
	path, err := os.Executable()
	require.NoError(t, err)
	limited := exec.Command("sh", "-c", `ulimit -n 32; exec "$0" "$@"`,
		path, "apply", "-i", d.inventory, "--yes", "-o", "json", "--batch", "100%", "--parallel", "40")
	text := d.command(t, exitFailed, 0, limited)
	stopped := d.outcome(text)
	assert.Equal(t, "local_fault", first(t, decode(t, text), "error", "code"))
	assert.Contains(t, first(t, decode(t, text), "error", "hint"), "ulimit -n")
	for i := range d.fleet.Len() {
		d.requireSkipped(stopped, i, "local_fault")
	}
	d.program(t, exitDone, 0, "apply", "--yes", "-o", "json", "--resume", stopped.run)
	for i := range d.fleet.Len() {
		d.requireRepaired(i)
	}
}

// TestABackupThatDoesNotFitStopsARun: the devices that were not begun are skipped, none counts as a failure within
// --max-failures, and the run is resumed.
func TestABackupThatDoesNotFitStopsARun(t *testing.T) {
	t.Parallel()
	d := newDepot(t, mockdevice.FleetModel{Size: 12, Seed: 1, Uniform: "7.4.500/ready", INISize: 1 << 20})
	path, err := os.Executable()
	require.NoError(t, err)
	limited := exec.Command("sh", "-c", `ulimit -f 1000; exec "$0" "$@"`,
		path, "apply", "-i", d.inventory, "--yes", "-o", "json", "--batch", "100%", "--parallel", "1", "--max-failures", "11")
	text := d.command(t, exitFailed, 0, limited)
	stopped := d.outcome(text)
	assert.Equal(t, "local_fault", first(t, decode(t, text), "error", "code"))
	assert.EqualValues(t, 1, stopped.summary["failed"])
	assert.EqualValues(t, 11, stopped.summary["skipped"])
	assert.Zero(t, d.fleet.Counts().Writes)
	d.program(t, exitDone, 0, "apply", "--yes", "-o", "json", "--resume", stopped.run)
}

// doneSoFar is what the report of the killed run says is done, and how to go on with it.
func (d *depot) doneSoFar() (done map[string]bool, resume []string) {
	d.t.Helper()
	history := d.acfix(exitDone, "history", "-o", "json")
	requireFits(d.t, "acfix.history/v1", history)
	run := first(d.t, decode(d.t, history), "runs").(map[string]any)
	require.Equal(d.t, "interrupted", run["state"], "its process is dead")
	id := run["id"].(string)
	done = map[string]bool{}
	for name, device := range d.outcome(d.acfix(exitDone, "report", id, "-o", "json")).devices {
		done[name] = device["status"] == "applied" || device["status"] == "not_applicable"
	}
	return done, []string{"apply", "--yes", "-o", "json", "--resume", id}
}
