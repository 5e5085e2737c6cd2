package store_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/store"
)

func oneTakesTheRetention(t *testing.T, s *store.Store) {
	ctx := t.Context()
	none, err := s.RetentionTaken(ctx)
	require.NoError(t, err)
	assert.True(t, none.IsZero())
	for day := range 3 {
		planned := noon.AddDate(0, 0, day)
		var taken atomic.Int32
		var schedulers sync.WaitGroup
		for range 8 {
			schedulers.Go(func() {
				mine, err := s.TakeRetention(ctx, planned, planned.Add(time.Second))
				assert.NoError(t, err)
				if mine {
					taken.Add(1)
				}
			})
		}
		schedulers.Wait()
		assert.EqualValues(t, 1, taken.Load(), "day %d", day)
		last, err := s.RetentionTaken(ctx)
		require.NoError(t, err)
		assert.True(t, last.Equal(planned))
	}
	late, err := s.TakeRetention(ctx, noon, noon.Add(time.Hour))
	require.NoError(t, err)
	assert.True(t, late, "what is on record is still to come: a clock was wrong")
	_, err = s.Prune(ctx, time.Now().AddDate(1, 0, 0))
	require.NoError(t, err)
	again, err := s.TakeRetention(ctx, noon, noon.Add(time.Hour))
	require.NoError(t, err)
	assert.False(t, again, "a prune does not forget it")
}

func anArtifactIsDeleted(t *testing.T, s *store.Store) {
	ctx := t.Context()
	lease, err := s.Acquire(ctx, "serial-1", "one", "", time.Hour)
	require.NoError(t, err)
	var kept []store.Artifact
	for range 2 {
		one, err := s.PutArtifact(ctx, store.Artifact{Run: "r", Device: "serial-1", Kind: "backup", Created: noon}, []byte("x"), nil)
		require.NoError(t, err)
		kept = append(kept, one)
	}
	other := lease
	other.Epoch++
	require.ErrorIs(t, s.DeleteArtifact(ctx, kept[0].ID, other), store.ErrFenced)
	require.NoError(t, s.DeleteArtifact(ctx, kept[0].ID, lease))
	left, err := s.Artifacts(ctx, "backup")
	require.NoError(t, err)
	assert.Equal(t, kept[1:], left)
	none, err := s.Artifacts(ctx, "other")
	require.NoError(t, err)
	assert.Empty(t, none)
}
