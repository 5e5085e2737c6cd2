//go:build unix

package main

import (
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/mockdevice"
)

func TestRebootsOnSignal(t *testing.T) {
	model, err := mockdevice.Preset("7.2")
	require.NoError(t, err)
	device := mockdevice.New(model)
	stop := rebootOnSignal(device.Reboot)
	defer stop()
	device.AddRoot(1, mockdevice.SelfMadeRoot("A"))
	require.True(t, device.SaveNeeded())
	require.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGUSR1))
	assert.Eventually(t, func() bool { return !device.SaveNeeded() }, 30*time.Second, time.Millisecond)
}
