package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/store"
)

// aRunByAnotherPolicy is no last known state: lists of devices leave it out, but for what it wrote.
func aRunByAnotherPolicy(t *testing.T, s *store.Store) {
	ctx := t.Context()
	for name, written := range map[string]bool{"read": false, "wrote": true} {
		url, later := "https://"+name+".example", noon.Add(time.Hour)
		devices := []store.Device{{Target: name, URL: url}}
		require.NoError(t, s.CreateRun(ctx, store.Run{ID: "fleet " + name, Action: "plan", Created: noon}, devices))
		require.NoError(t, s.PutPlan(ctx, "fleet "+name, store.Sight{Verdict: "change", Read: true}, document(`{}`), noon))
		other := store.Run{ID: "other " + name, Action: "apply", Created: later, OtherPolicy: true}
		require.NoError(t, s.CreateRun(ctx, other, devices))
		require.NoError(t, s.PutPlan(ctx, other.ID, store.Sight{Verdict: "compliant", Read: true}, document(`{}`), later))
		outcome := store.Outcome{Status: "applied", Known: "compliant", Written: written}
		require.NoError(t, s.PutResult(ctx, other.ID, 0, outcome, document(`{}`), later))
		at, err := s.At(ctx, url)
		require.NoError(t, err)
		assert.Equal(t, "change", at.Read.Known, name)
		assert.Equal(t, "fleet "+name, at.Read.Run, name)
		assert.Equal(t, map[bool]string{false: "fleet ", true: "other "}[written]+name, at.Ended.Run)
		kept, err := s.Run(ctx, other.ID)
		require.NoError(t, err)
		assert.True(t, kept.OtherPolicy)
	}
	deciding, err := s.Runs(ctx, store.Filter{Deciding: true})
	require.NoError(t, err)
	for _, run := range deciding {
		assert.False(t, run.OtherPolicy)
	}
	assert.Len(t, deciding, 2)
}
