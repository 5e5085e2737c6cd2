package run

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestARunWhoseAnswerWasLostIsMade, and one that another scheduler was first with is not.
func TestARunWhoseAnswerWasLostIsMade(t *testing.T) {
	t.Parallel()
	opened, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "runs.db"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = opened.Close() })
	due := time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)
	require.NoError(t, opened.CreateRun(t.Context(), store.Run{ID: "first", Job: "nightly", Due: due}, nil))

	first, second := &Record{Store: opened, id: "first"}, &Record{Store: opened, id: "second"}
	lost := opened.CreateRun(t.Context(), store.Run{ID: "first", Job: "nightly", Due: due}, nil)
	assert.ErrorIs(t, lost, store.ErrExists)
	assert.NoError(t, first.unlessMade(t.Context(), lost))
	beaten := opened.CreateRun(t.Context(), store.Run{ID: "second", Job: "nightly", Due: due}, nil)
	assert.ErrorIs(t, beaten, store.ErrExists)
	assert.ErrorIs(t, second.unlessMade(t.Context(), beaten), store.ErrExists)

	require.NoError(t, opened.Close())
	assert.NotErrorIs(t, first.unlessMade(t.Context(), lost), store.ErrExists, "who can't tell asks again")
}

// TestAPlanWhoseMarksCannotBeReadFailsTheDevice: it is not stale, for a later try may succeed.
func TestAPlanWhoseMarksCannotBeReadFailsTheDevice(t *testing.T) {
	t.Parallel()
	assert.Equal(t, remediate.Failed, refusal(remediate.DevicePlan{}, remediate.ErrJournal).Status)
	assert.Equal(t, remediate.Stale, refusal(remediate.DevicePlan{}, remediate.ErrUsed).Status)
}
