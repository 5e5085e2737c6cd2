package main

import (
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
	"github.com/acfix/acfix/remediate"
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
		of, has string // the digest that the run has, and the file that the worker's jobs name
		root    string
		says    string
	}{
		"built in":       {of: certs.BuiltIn()[1].SHA256, root: certs.Required()[1].SHA256},
		"its own":        {of: own.digest, has: own.path, root: own.root},
		"none":           {of: own.digest, says: "which is no built-in one"},
		"another":        {of: own.digest, has: other.path, says: "is another"},
		"of no one":      {of: strings.Repeat("ab", 32), has: own.path, says: "is another"},
		"an older acfix": {root: certs.Required()[1].SHA256},
	} {
		head := n.app.planHead()
		head.Policy = remediate.PolicyReference{ID: "provider-2027", SHA256: test.of}
		kept.Header, err = json.Marshal(runs.Header{Plan: head})
		require.NoError(t, err)
		kept.Order = []byte(`{"flags": {"policy": "/store/brings/this.yaml", "trust-policy": "` + test.of + `"}}`)
		n.app.jobsPolicy = func(store.Run) string { return test.has }
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
