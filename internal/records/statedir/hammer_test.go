package statedir_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/records/statedir"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hammered is the environment variable that makes the test binary one of several processes of the test below.
const hammered = "ACFIX_TEST_HAMMERED"

// TestNoTwoProcessesHoldOneName: lock files come and go, and several processes want the same two names at once.
func TestNoTwoProcessesHoldOneName(t *testing.T) {
	if folder := os.Getenv(hammered); folder != "" {
		hammer(t, folder)
		return
	}
	t.Parallel()
	folder := t.TempDir()
	program, err := os.Executable()
	require.NoError(t, err)
	var processes sync.WaitGroup
	for range 4 {
		processes.Go(func() {
			process := exec.Command(program, "-test.run=^TestNoTwoProcessesHoldOneName$")
			process.Env = append(os.Environ(), hammered+"="+folder, "GORACE=atexit_sleep_ms=50")
			said, err := process.CombinedOutput()
			assert.NoError(t, err, "%s", said)
		})
	}
	processes.Wait()
	require.NoError(t, statedir.Locks(filepath.Join(folder, "locks")).RemoveFree(time.Now().Add(time.Hour)))
	requireNoLocks(t, folder)
}

func hammer(t *testing.T, folder string) {
	t.Helper()
	locks := statedir.Locks(filepath.Join(folder, "locks"))
	for i := range 150 {
		names := []string{"serial-1", fmt.Sprintf("address-%d", i%2)}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		var held *statedir.Held
		for err := statedir.ErrHeld; err != nil; { // polls, so that it gets its turn soon
			attempt, done := context.WithTimeout(ctx, time.Millisecond)
			held, err = locks.Take(attempt, names...)
			done()
			if err != nil {
				require.ErrorIs(t, err, statedir.ErrHeld)
				require.NoError(t, ctx.Err())
				runtime.Gosched()
			}
		}
		cancel()
		for _, name := range names {
			file, err := os.OpenFile(filepath.Join(folder, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
			require.NoError(t, err, "another process is at %s", name)
			require.NoError(t, file.Close())
		}
		for _, name := range names {
			require.NoError(t, os.Remove(filepath.Join(folder, name)))
		}
		leave := []func() error{held.Release, held.Remove, func() error {
			return errors.Join(held.Release(), locks.RemoveFree(time.Now().Add(time.Hour)))
		}}[i%3]
		require.NoError(t, leave())
	}
}

// requireNoLocks wants no lock file to be left behind, where the system can remove files that are open.
func requireNoLocks(t *testing.T, folder string) {
	t.Helper()
	left, err := os.ReadDir(filepath.Join(folder, "locks"))
	require.NoError(t, err)
	if runtime.GOOS != "windows" {
		assert.Empty(t, left)
	}
}

// TestALockOnARemovedFileIsNone: whoever waited for a lock whose file was removed locks the new file of that name.
func TestALockOnARemovedFileIsNone(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		return // files stay there
	}
	folder := t.TempDir()
	locks := statedir.Locks(filepath.Join(folder, "locks"))
	for range 20 {
		first, err := locks.Take(t.Context(), "serial-1")
		require.NoError(t, err)
		waiter := make(chan *statedir.Held)
		go func() {
			held, err := locks.Take(t.Context(), "serial-1")
			assert.NoError(t, err)
			waiter <- held
		}()
		require.NoError(t, first.Remove())
		second := <-waiter
		_, err = locks.Take(ended(), "serial-1")
		require.ErrorIs(t, err, statedir.ErrHeld)
		require.NoError(t, second.Remove())
	}
	requireNoLocks(t, folder)
}

// TestOnlyFreeOldLocksAreRemoved: a run holds one lock, another lock is young, and another file is no lock.
func TestOnlyFreeOldLocksAreRemoved(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	locks := statedir.Locks(filepath.Join(folder, "locks"))
	held, err := locks.Take(t.Context(), "serial-1")
	require.NoError(t, err)
	for _, name := range []string{"serial-2", "serial-3"} {
		free, err := locks.Take(t.Context(), name)
		require.NoError(t, err)
		require.NoError(t, free.Release())
	}
	at := func(name string) string { return filepath.Join(string(locks), name) }
	require.NoError(t, os.WriteFile(at("notes.txt"), nil, 0o600))
	for _, name := range []string{"serial-1.lock", "serial-2.lock", "notes.txt"} {
		require.NoError(t, os.Chtimes(at(name), time.Time{}, time.Now().Add(-2*time.Hour)))
	}
	require.NoError(t, locks.RemoveFree(time.Now().Add(-time.Hour)))
	if runtime.GOOS != "windows" { // files stay there
		assert.NoFileExists(t, at("serial-2.lock"))
	}
	for _, name := range []string{"serial-1.lock", "serial-3.lock", "notes.txt"} {
		assert.FileExists(t, at(name))
	}
	_, err = locks.Take(ended(), "serial-1")
	require.ErrorIs(t, err, statedir.ErrHeld)
	require.NoError(t, held.Release())
	require.NoError(t, statedir.Locks(filepath.Join(folder, "none")).RemoveFree(time.Now()))
}
