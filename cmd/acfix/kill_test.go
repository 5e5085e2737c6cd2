//go:build !windows

package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/require"
)

// TestASignalAtEveryRequest sends a signal to the real program at each request of a run in
// turn. Whatever stood then, flash holds the state before or the state after, and the next
// run ends where an undisturbed one does.
func TestASignalAtEveryRequest(t *testing.T) {
	undisturbed := newVictim(t, mockdevice.Dialect{})
	start := undisturbed.device.Flash()
	require.Zero(t, undisturbed.run(t, 0, nil))
	end, requests := undisturbed.device.Flash(), len(undisturbed.device.Requests())
	var cases atomic.Int64
	t.Cleanup(func() { t.Logf("%d cases", cases.Load()) })
	dialects := harmlessDialects()
	for i, signal := range []os.Signal{syscall.SIGKILL, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		for n := range requests {
			dialect := dialects[(i*requests+n)%len(dialects)] // they take turns
			t.Run(fmt.Sprintf("%s at request %d", signal, n+1), func(t *testing.T) {
				t.Parallel()
				cases.Add(1)
				v := newVictim(t, dialect)
				code := v.run(t, n+1, signal)
				if signal != syscall.SIGKILL && v.device.Flash().Configuration != end.Configuration {
					require.Equal(t, exitInterrupted, code)
				}
				flash := v.device.Flash()
				require.Contains(t, []string{start.Configuration, end.Configuration}, flash.Configuration, "something half-done was saved")
				require.Contains(t, []string{fmt.Sprint(start.Roots), fmt.Sprint(end.Roots)}, fmt.Sprint(flash.Roots), "something half-done was saved")
				require.Zero(t, v.run(t, 0, nil), "the next run")
				require.Equal(t, end, v.device.Running())
				require.Equal(t, end, v.device.Flash())
				requireEachRootOnce(t, v.device)
			})
		}
	}
}

// victim is a device, and the program that runs against it as a process of its own.
type victim struct {
	device      *mockdevice.Device
	environment []string
	arguments   []string
}

// harmlessDialects are the dialects in which a load loses nothing, the plain one first.
func harmlessDialects() []mockdevice.Dialect {
	dialects := []mockdevice.Dialect{{}}
	for _, variant := range mockdevice.Variants() {
		var dialect mockdevice.Dialect
		if variant.Set(&dialect); dialect.LoadDrops == mockdevice.DropsNothing {
			dialects = append(dialects, dialect)
		}
	}
	return dialects
}

func newVictim(t *testing.T, dialect mockdevice.Dialect) *victim {
	t.Helper()
	model, err := mockdevice.Preset("7.4.500")
	require.NoError(t, err)
	model.Dialect = dialect
	device := mockdevice.New(model)
	server, err := mockdevice.Start(device)
	require.NoError(t, err)
	t.Cleanup(server.Close)
	return &victim{
		device:      device,
		environment: append(os.Environ(), asProgram+"=1", "ACFIX_USERNAME=Admin", "ACFIX_PASSWORD=Admin", "XDG_STATE_HOME="+t.TempDir()),
		arguments:   []string{"apply", "--yes", server.URL(), "--pin", server.Fingerprint(), "--retry-for", "5s"},
	}
}

// run applies, with a signal at the n-th request, and returns the exit code; -1 for a
// process that was killed.
func (v *victim) run(t *testing.T, n int, signal os.Signal) int {
	t.Helper()
	var seen atomic.Int64
	return v.runUntil(t, func(*http.Request) bool { return seen.Add(1) == int64(n) }, signal)
}

// runUntil does the same, with a signal at the request for which at reports true.
func (v *victim) runUntil(t *testing.T, at func(*http.Request) bool, signal os.Signal) int {
	t.Helper()
	program, err := os.Executable()
	require.NoError(t, err)
	command := exec.Command(program, v.arguments...)
	command.Env = v.environment
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	v.device.ResetLog()
	started := make(chan *os.Process, 1)
	v.device.OnRequest(func(_ int, r *http.Request) {
		if at(r) {
			_ = (<-started).Signal(signal)
		}
	})
	defer v.device.OnRequest(nil)
	require.NoError(t, command.Start())
	started <- command.Process
	err = command.Wait()
	if signal == nil {
		require.NoError(t, err, "%s", output.String())
	}
	return command.ProcessState.ExitCode()
}
