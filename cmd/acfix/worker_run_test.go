package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/runs"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAWorkerMeetsARunByItsOwnInventory and by the limits that the run was started with.
func TestAWorkerMeetsARunByItsOwnInventory(t *testing.T) {
	t.Parallel()
	n := newScheduled(t, "apply")
	kept, err := n.store.Run(t.Context(), n.orphan(run.ActionApply, lastDue(time.Now())))
	require.NoError(t, err)
	kept.Order = []byte(`{"inventory": "/elsewhere/inventory.yaml", "flags": {"window": "22:00-04:00 UTC", "lock-timeout": "5s", "max-age": "1h"}}`)
	kept.Header, err = json.Marshal(runs.Header{Plan: n.app.planHead(), Saved: true})
	require.NoError(t, err)
	at := func(path string) func(store.Run) (string, error) {
		return func(store.Run) (string, error) { return path, nil }
	}

	met, err := n.app.meet(n.store, kept, at(filepath.Join(filepath.Dir(n.jobs), "inventory.yaml")))
	require.NoError(t, err)
	assert.Equal(t, kept.ID, met.Run.ID)
	assert.Empty(t, met.Strangers)
	assert.Equal(t, 5*time.Second, met.Terms.LockTimeout)
	assert.Equal(t, time.Hour, met.Terms.Saved.MaxAge)
	assert.True(t, met.Open(night))
	assert.False(t, met.Open(night.Add(12*time.Hour)))
	assert.NotEmpty(t, met.Run.Devices[0].Password)

	other := filepath.Join(t.TempDir(), "inventory.yaml")
	require.NoError(t, os.WriteFile(other, []byte("devices:\n  - {name: another, url: \"https://192.0.2.1\"}\n"), 0o600))
	met, err = n.app.meet(n.store, kept, at(other))
	require.NoError(t, err)
	assert.ErrorContains(t, met.Strangers[0], "the inventory "+other+" does not")
	assert.Empty(t, met.Run.Devices[0].Password, "a stranger gets no password")

	_, err = n.app.meet(n.store, kept, func(store.Run) (string, error) { return "", errors.New("no such job here") })
	assert.ErrorContains(t, err, "no such job here")
}

// TestAWorkerFindsThePolicyOnItsOwnMachine, by the digest that the run has: a shared store brings none.
func TestAWorkerFindsThePolicyOnItsOwnMachine(t *testing.T) {
	t.Parallel()
	n := newScheduled(t, "apply")
	kept, err := n.store.Run(t.Context(), n.orphan(run.ActionApply, lastDue(time.Now())))
	require.NoError(t, err)
	own, other := newOwnPolicy(t, "Teams", ofTeams), newOwnPolicy(t, "Teams", ofTeams)
	inventory := filepath.Join(filepath.Dir(n.jobs), "inventory.yaml")
	at := func(store.Run) (string, error) { return inventory, nil }
	for name, test := range map[string]struct {
		id, of, has string // the policy and the digest that the run has, and the file that the worker's jobs name
		date        string // "" for that of the built-in policy
		trust       string // the digest that the worker's jobs trust
		saved       bool
		root        string
		says        string
	}{
		"built in":                {of: certs.BuiltIn()[1].SHA256, root: certs.Required()[1].SHA256},
		"its own":                 {of: own.digest, has: own.path, trust: own.digest, root: own.root},
		"its own, in capitals":    {of: own.digest, has: own.path, trust: strings.ToUpper(own.digest), root: own.root},
		"trusted by the store":    {of: own.digest, has: own.path, says: "has roots that no built-in policy has: 1"},
		"an older one is trusted": {of: own.digest, has: own.path, trust: other.digest, says: "--trust-policy is not the SHA-256"},
		"none":                    {of: own.digest, says: "which is no built-in one"},
		"another":                 {of: own.digest, has: other.path, trust: other.digest, says: "is another"},
		"of no one":               {of: strings.Repeat("ab", 32), has: own.path, trust: own.digest, says: "is another"},
		"an older acfix":          {id: certs.DefaultPolicy, root: certs.Required()[1].SHA256},
		"an older rule":           {id: certs.DefaultPolicy, date: "2020-01-01", says: "another version of it"},
		"another version":         {id: certs.DefaultPolicy, of: strings.Repeat("ab", 32), says: "another version of it"},
		"another, of a saved plan": {
			id: certs.DefaultPolicy, of: strings.Repeat("ab", 32), saved: true, root: certs.Required()[1].SHA256,
		},
	} {
		head := n.app.planHead()
		head.Policy.ID, head.Policy.SHA256 = cmp.Or(test.id, "provider-2027"), test.of
		head.Policy.Date = cmp.Or(test.date, head.Policy.Date)
		kept.Header, err = json.Marshal(runs.Header{Plan: head, Saved: test.saved})
		require.NoError(t, err)
		kept.Order = []byte(`{"flags": {"policy": "/store/brings/this.yaml", "trust-policy": "` + test.of + `"}}`)
		n.app.ownPolicy = func(store.Run) (own run.Settings) {
			own.Policy = run.Setting[string]{Value: test.has, Given: test.has != ""}
			own.TrustPolicy = run.Setting[string]{Value: test.trust, Given: test.trust != ""}
			return own
		}
		met, err := n.app.meet(n.store, kept, at)
		if test.says != "" {
			assert.ErrorContains(t, err, test.says, name)
			continue
		}
		require.NoError(t, err, name)
		_, found := met.Run.Policy.Find(test.root)
		assert.True(t, found, name)
	}
}

// TestAWorkerSaysItselfWhichRootsItTrusts, by its own command line or its own jobs file, before it takes any device.
func TestAWorkerSaysItselfWhichRootsItTrusts(t *testing.T) {
	t.Parallel()
	policy, older := newOwnPolicy(t, "Teams", ofTeams), newOwnPolicy(t, "Teams", ofTeams)
	inventory := filepath.Join(filepath.Dir(policy.path), "inventory.yaml")
	text := "policy: policy.yaml\ndevices:\n  - {name: one, url: \"https://192.0.2.1\"}\n"
	require.NoError(t, os.WriteFile(inventory, []byte(text), 0o600))
	jobs := filepath.Join(filepath.Dir(policy.path), "jobs.yaml")
	text = "jobs:\n  - {name: one, action: apply, inventory: inventory.yaml}\n"
	require.NoError(t, os.WriteFile(jobs, []byte(text), 0o600))
	const trusts = "a worker needs a store that machines share" // its next question
	for name, test := range map[string]struct {
		arguments []string
		says      string
	}{
		"not":        {[]string{"-i", inventory}, "has roots that no built-in policy has: 1"},
		"an older":   {[]string{"-i", inventory, "--trust-policy", older.digest}, "--trust-policy is not the SHA-256"},
		"it":         {[]string{"-i", inventory, "--trust-policy", policy.digest}, trusts},
		"not by job": {[]string{"--jobs", jobs, "--trust-policy", policy.digest}, "--trust-policy is for a worker with -i"},
	} {
		o := newOperator(t, "")
		assert.Equal(t, exitUsage, o.app.run(append([]string{"worker"}, test.arguments...)), name)
		assert.Contains(t, o.stderr.String(), test.says, name)
	}
}

// TestAJobsFileTrustsARunsPolicy of the job that the run is of, and of no other.
func TestAJobsFileTrustsARunsPolicy(t *testing.T) {
	t.Parallel()
	n := newScheduled(t, "apply")
	policy := newOwnPolicy(t, "Teams", ofTeams)
	kept, err := n.store.Run(t.Context(), n.orphan(run.ActionApply, lastDue(time.Now())))
	require.NoError(t, err)
	head := n.app.planHead()
	head.Policy.ID, head.Policy.SHA256 = "provider-2027", policy.digest
	kept.Header, err = json.Marshal(runs.Header{Plan: head})
	require.NoError(t, err)
	for name, test := range map[string]struct{ trusting, digest, says string }{
		"its job":         {trusting: kept.Job, digest: policy.digest},
		"another job":     {trusting: "other", digest: policy.digest, says: "has roots that no built-in policy has: 1"},
		"an older policy": {trusting: kept.Job, digest: policy.root, says: "--trust-policy is not the SHA-256"},
	} {
		text := "jobs:\n"
		for _, job := range []string{kept.Job, "other"} {
			text += "  - {name: " + job + ", action: apply, inventory: inventory.yaml, policy: " + policy.path
			if job == test.trusting {
				text += ", trust_policy: " + test.digest
			}
			text += "}\n"
		}
		require.NoError(t, os.WriteFile(n.jobs, []byte(text), 0o600))
		file, err := n.app.readJobs(n.jobs)
		require.NoError(t, err)
		n.app.ownPolicy = file.policyOfRun
		met, err := n.app.meet(n.store, kept, file.inventoryOf)
		if test.says != "" {
			assert.ErrorContains(t, err, test.says, name)
			continue
		}
		require.NoError(t, err, name)
		assert.Equal(t, policy.digest, met.Run.Policy.SHA256)
	}
}
