package main

import (
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// twice is a testApp in front of one device that is reached at two addresses.
func twice(t *testing.T, edit func(*mockdevice.Model)) (d *testApp, writers func() []string) {
	t.Helper()
	model, err := mockdevice.Preset("7.4.500")
	require.NoError(t, err)
	edit(&model)
	d = newTestAppFor(t, model, "")
	second, err := mockdevice.Start(d.device)
	require.NoError(t, err)
	t.Cleanup(second.Close)
	d.target = append(d.target, second.URL(), "--pin", second.Fingerprint())
	var mutex sync.Mutex
	var hosts []string
	d.device.OnRequest(func(_ int, request *http.Request) {
		if request.Method != http.MethodGet {
			mutex.Lock()
			defer mutex.Unlock()
			hosts = append(hosts, request.Host)
		}
	})
	return d, func() []string {
		mutex.Lock()
		defer mutex.Unlock()
		return slices.Compact(slices.Clone(hosts))
	}
}

// TestADeviceThatTellsNothingHasOneWriter: two addresses, neither serial number nor MAC address. It may be two
// devices with one certificate, so nothing is refused, and one address has its turn after the other.
func TestADeviceThatTellsNothingHasOneWriter(t *testing.T) {
	t.Parallel()
	d, writers := twice(t, func(model *mockdevice.Model) { model.Serial, model.MAC = "", "" })
	assert.Equal(t, exitDone, d.run("apply", "--yes", "--lock-timeout", "1ns"), "%s", d.stdout.String())
	assert.Contains(t, d.stdout.String(), "2 devices: 1 applied, 1 unchanged")
	assert.Len(t, writers(), 1)
	assert.Equal(t, 4, d.device.Writes())
	assert.Equal(t, d.device.Running(), d.device.Flash())
}

// TestADeviceIsKnownByItsMACAddress where it tells no serial number, in the status or in the INI file.
func TestADeviceIsKnownByItsMACAddress(t *testing.T) {
	t.Parallel()
	d, writers := twice(t, func(model *mockdevice.Model) { model.Serial = "" })
	assert.Equal(t, exitFailed, d.run("apply", "--yes"), "%s", d.stdout.String())
	assert.Contains(t, d.stdout.String(), "MAC address 00908f000001 already answered as ")
	assert.Contains(t, d.stdout.String(), "2 devices: 1 applied, 1 failed")
	assert.Len(t, writers(), 1)
}

// TestAnInterruptedRunIsFoundByAnotherName: what a run left unsaved is its own, whether the device tells a serial
// number since then, or tells none any more.
func TestAnInterruptedRunIsFoundByAnotherName(t *testing.T) {
	for name, test := range map[string]struct{ then, now string }{
		"a serial number at last": {"", "5740500"},
		"none any more":           {"5740500", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			model, err := mockdevice.Preset("7.4.500")
			require.NoError(t, err)
			model.Serial, model.MAC = test.then, ""
			d := newTestAppFor(t, model, "")
			d.device.AddFault(mockdevice.Fault{Method: "PUT", Path: "files/tls/1/trustedRoot/incremental", Skip: 1, Do: mockdevice.Status, Status: http.StatusBadRequest})
			require.Equal(t, exitFailed, d.run("apply", "--yes"), "%s", d.stdout.String())
			require.True(t, d.device.SaveNeeded())
			d.device.ClearFaults()
			d.device.SetSerial(test.now)
			assert.Equal(t, exitDone, d.run("apply", "--yes"), "%s", d.stdout.String())
			assert.Contains(t, d.stderr.String(), "[unsaved_own_changes]")
			assert.Equal(t, d.device.Running(), d.device.Flash())
		})
	}
}
