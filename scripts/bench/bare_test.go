package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/mockdevice"
)

// yard is a fleet as a measurement has it, in this process.
type yard struct {
	t        *testing.T
	model    *mockdevice.Fleet
	server   *mockdevice.FleetServer
	devices  int
	fleet    fleet
	requests string
}

func newYard(t *testing.T, task string) *yard {
	t.Helper()
	y := &yard{t: t, devices: 5, requests: filepath.Join(t.TempDir(), "requests")}
	made := filepath.Join(t.TempDir(), "identities")
	require.NoError(t, run(t.Context(), []string{
		"identities", "-algorithm", mockdevice.IdentityP384, "-devices", "5", "-out", made,
	}, io.Discard, io.Discard))
	text, err := os.ReadFile(made)
	require.NoError(t, err)
	identities, err := mockdevice.ReadIdentities(text)
	require.NoError(t, err)
	y.model, err = mockdevice.NewFleet(mockdevice.FleetModel{Size: y.devices, Uniform: preset, Identities: identities})
	require.NoError(t, err)
	y.server, err = mockdevice.StartFleet(y.model)
	require.NoError(t, err)
	t.Cleanup(y.server.Close)
	y.fleet = fleet{inventory: filepath.Join(t.TempDir(), "inventory"), targets: filepath.Join(t.TempDir(), "targets")}
	require.NoError(t, os.WriteFile(y.fleet.inventory, y.server.Inventory(), 0o600))
	require.NoError(t, y.fleet.listTargets())
	requests, err := leastRequests(task)
	require.NoError(t, err)
	require.NoError(t, writeRequests(y.requests, requests))
	return y
}

func (y *yard) bare(arguments ...string) error {
	return run(y.t.Context(), append([]string{
		"bare", "-requests", y.requests, "-devices", y.fleet.targets, "-parallel", "4",
	}, arguments...), io.Discard, io.Discard)
}

func TestTheLeastForAPlan(t *testing.T) {
	y := newYard(t, "plan")
	require.NoError(t, y.bare())
	want := mockdevice.Counts{Requests: 3 * y.devices, Rounds: 3 * y.devices, Handshakes: y.devices}
	assert.Equal(t, want, y.model.Counts())
}

// What the least leaves out must not be the job: the devices are repaired and saved, and only as much as is needed.
func TestTheLeastForAnApply(t *testing.T) {
	y := newYard(t, "apply")
	before := map[int]mockdevice.Snapshot{}
	for i := range y.devices {
		device, err := y.model.Device(i)
		require.NoError(t, err)
		before[i] = device.Flash()
	}
	backups := t.TempDir()
	require.NoError(t, y.bare("-backups", backups))
	want := mockdevice.Counts{Requests: 16 * y.devices, Rounds: 16 * y.devices, Handshakes: y.devices,
		Writes: 4 * y.devices, Done: 4 * y.devices}
	assert.Equal(t, want, y.model.Counts())
	for i := range y.devices {
		device, err := y.model.Device(i)
		require.NoError(t, err)
		assert.False(t, device.SaveNeeded())
		assert.Equal(t, "1", device.Flash().Cell("TLSContexts", 1, "UseDefaultCABundle"))
		assert.Equal(t, before[i].Cell("TLSContexts", 1, "Name"), device.Flash().Cell("TLSContexts", 1, "Name"))
		assert.Equal(t, before[i].Cell("TLSContexts", 1, "KeyExchangeGroups"),
			device.Flash().Cell("TLSContexts", 1, "KeyExchangeGroups"))
		assert.Len(t, device.Flash().Roots[1], len(before[i].Roots[1])+2)
		y.requireBackup(filepath.Join(backups, plainNames.Replace(y.server.URL(i))))
	}
}

// requireBackup holds a backup to what the first six requests read.
func (y *yard) requireBackup(folder string) {
	y.t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "manifest.json"))
	require.NoError(y.t, err)
	var manifest map[string]string
	require.NoError(y.t, json.Unmarshal(text, &manifest))
	var names []string
	for name := range manifest {
		names = append(names, name)
		content, err := os.ReadFile(filepath.Join(folder, name))
		require.NoError(y.t, err)
		assert.NotEmpty(y.t, content, name)
	}
	assert.ElementsMatch(y.t, []string{
		"_api_v1_status", "_api_v1_files_ini", "_api_v1_files_tls_0_trustedRoot", "_api_v1_files_tls_0_certificate",
		"_api_v1_files_tls_1_trustedRoot", "_api_v1_files_tls_1_certificate",
	}, names)
	old, err := os.ReadFile(filepath.Join(folder, "_api_v1_files_ini"))
	require.NoError(y.t, err)
	assert.False(y.t, bytes.Contains(old, []byte("2560, 0, 1, 2048")), "before the switch")
}

func TestTheBareLoopChecksEachPin(t *testing.T) {
	y := newYard(t, "plan")
	first, err := os.ReadFile(y.fleet.targets)
	require.NoError(t, err)
	assert.Len(t, strings.Split(strings.TrimSpace(string(first)), "\n"), y.devices)
	exchanged := strings.Replace(string(first), y.server.Pin(1), y.server.Pin(0), 1)
	require.NoError(t, os.WriteFile(y.fleet.targets, []byte(exchanged), 0o600))
	require.ErrorContains(t, y.bare(), "pinned")
	assert.Equal(t, 3*(y.devices-1), y.model.Counts().Requests)
}

// Any refusal ends the loop with an error: a yardstick that gave up would be fast.
func TestTheBareLoopDoesNotPassOverARefusal(t *testing.T) {
	y := newYard(t, "plan")
	fault, err := mockdevice.ParseFault("GET files/ini count=1 status=400")
	require.NoError(t, err)
	y.model.AddFault(2, fault)
	require.ErrorContains(t, y.bare(), "400")
}
