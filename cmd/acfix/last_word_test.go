package main

import (
	"net/http"
	"sync"
	"testing"

	"github.com/acfix/acfix/internal/records/known"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTheLastReadingStaysWhenARunFails: metrics must say that the run after could not read a device, and go on saying
// what was read of it.
func TestTheLastReadingStaysWhenARunFails(t *testing.T) {
	t.Parallel()
	d := newDepot(t, alike(2))
	d.apply(exitDone)
	d.fault(0, "GET * status=400")
	d.apply(exitFailed)
	opened, err := d.app.openStore()
	require.NoError(t, err)
	defer func() { require.NoError(t, opened.Close()) }()
	devices, err := known.Devices(t.Context(), opened, nil)
	require.NoError(t, err)
	words := map[string]string{}
	for _, device := range devices {
		words[device.Name] = device.Verdict + ", " + device.Result
	}
	assert.Equal(t, map[string]string{"sbc-00001": "compliant, error", "sbc-00002": "compliant, compliant"}, words)
}

// TestAResumeThatIsCutOffForgetsNothing: while a device that was written to is read again, the
// store has it as begun with, for the run may die there.
func TestAResumeThatIsCutOffForgetsNothing(t *testing.T) {
	t.Parallel()
	d := newDepot(t, alike(2))
	d.fault(1, "PUT /files/tls/1/trustedRoot/incremental skip=1 count=1 status=400")
	result := d.apply(exitFailed)
	require.Equal(t, "failed", result.status("sbc-00002"))
	opened, err := d.app.openStore()
	require.NoError(t, err)
	defer func() { require.NoError(t, opened.Close()) }()
	var once sync.Once
	var state store.DeviceState
	d.device(1).OnRequest(func(int, *http.Request) {
		once.Do(func() {
			device, _ := opened.Device(t.Context(), result.run, 1)
			state = device.State
		})
	})
	d.acfix(exitDone, "apply", "--yes", "--resume", result.run)
	assert.Equal(t, store.DeviceRunning, state)
}
