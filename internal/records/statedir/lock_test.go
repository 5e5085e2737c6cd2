package statedir_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/acfix/acfix/internal/records/statedir"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func TestASecondRunIsKeptOff(t *testing.T) {
	t.Parallel()
	directory := statedir.Locks(filepath.Join(t.TempDir(), "locks"))
	first, err := directory.Take(t.Context(), "serial-1", "address-1")
	require.NoError(t, err)
	assert.False(t, first.Waited)
	for _, names := range [][]string{{"serial-1", "address-2"}, {"serial-2", "address-1"}} {
		_, err = directory.Take(ended(), names...)
		require.ErrorIs(t, err, statedir.ErrHeld, "%v", names)
	}
	other, err := directory.Take(ended(), "serial-2", "address-2")
	require.NoError(t, err, "what was taken in vain was given back")
	require.NoError(t, other.Release())
	require.NoError(t, first.Release())
	second, err := directory.Take(ended(), "serial-1", "address-1")
	require.NoError(t, err)
	require.NoError(t, second.Release())
}

func TestRunsNeverInterleaveAndNeverWaitForEachOther(t *testing.T) {
	t.Parallel()
	directory := statedir.Locks(t.TempDir())
	var inside, most atomic.Int32
	var runs sync.WaitGroup
	for i := range 8 {
		names := []string{"serial-1", "address-1"}
		if i%2 == 0 {
			names = []string{"address-1", "serial-1", "serial-1"}
		}
		runs.Go(func() {
			held, err := directory.Take(t.Context(), names...)
			if !assert.NoError(t, err) {
				return
			}
			most.Store(max(most.Load(), inside.Add(1)))
			inside.Add(-1)
			assert.NoError(t, held.Release())
		})
	}
	runs.Wait()
	assert.EqualValues(t, 1, most.Load())
}

func TestWaitingIsTold(t *testing.T) {
	t.Parallel()
	directory := statedir.Locks(t.TempDir())
	first, err := directory.Take(t.Context(), "serial-1")
	require.NoError(t, err)
	done := make(chan *statedir.Held)
	go func() {
		held, err := directory.Take(t.Context(), "serial-1")
		assert.NoError(t, err)
		done <- held
	}()
	// Whether the second run comes before or after the release, it gets the lock; it says
	// that it waited only if it did.
	require.NoError(t, first.Release())
	require.NoError(t, (<-done).Release())
}

func TestADirectoryThatCannotBeMadeIsAnError(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	_, err := statedir.Locks(path).Take(t.Context(), "serial-1")
	require.Error(t, err)
	assert.NotErrorIs(t, err, statedir.ErrHeld)
}
