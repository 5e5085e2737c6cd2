//go:build !windows

package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/mockdevice"
)

// TestAJobThatWasKilledGoesOnAtOnce: a person who starts the job again right after the kill is not told that no plan is
// approved.
func TestAJobThatWasKilledGoesOnAtOnce(t *testing.T) {
	t.Parallel()
	v := newVictim(t, mockdevice.Dialect{})
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	write("inventory.yaml", fmt.Sprintf(aDevice, v.arguments[2], v.arguments[4]))
	jobs := write("jobs.yaml", "jobs:\n  - {name: nightly, action: plan, inventory: inventory.yaml}\n"+
		"  - {name: weekend, action: apply, inventory: inventory.yaml, approval: required, plan_job: nightly}\n")
	database := "sqlite:" + filepath.Join(folder, "runs.db")
	acfix := func(arguments ...string) int {
		v.arguments = append(arguments, "--store", database)
		return v.run(t, 0, nil)
	}
	require.Zero(t, acfix("job", "run", "nightly", "--jobs", jobs))
	opened, err := store.Open(t.Context(), database)
	require.NoError(t, err)
	t.Cleanup(func() { _ = opened.Close() })
	plans, err := opened.Runs(t.Context(), store.Filter{Job: "nightly"})
	require.NoError(t, err)
	require.Len(t, plans, 1)
	require.Zero(t, acfix("job", "approve", plans[0].ID, "--name", "Ann", "--change", "CHG1"))

	v.arguments = []string{"job", "run", "weekend", "--jobs", jobs, "--lease", "2s", "--store", database}
	var writes atomic.Int32
	second := func(r *http.Request) bool { return r.Method != http.MethodGet && writes.Add(1) == 2 }
	require.Equal(t, -1, v.runUntil(t, second, syscall.SIGKILL))
	require.Zero(t, v.run(t, 0, nil))
	applies, err := opened.Runs(t.Context(), store.Filter{Job: "weekend"})
	require.NoError(t, err)
	require.Len(t, applies, 1, "the same run")
	assert.Equal(t, store.RunDone, applies[0].State, applies[0].Reason)
	assert.Len(t, v.device.Running().Roots[1], len(v.device.Flash().Roots[1]))
	require.Zero(t, acfix("plan", "-i", filepath.Join(folder, "inventory.yaml"), "--detailed-exitcode"), "compliant")
}
