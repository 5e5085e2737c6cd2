package run

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/statedir"
)

// TestASavedPlanIsCarriedOutOnce on each device, whoever tries.
func TestASavedPlanIsCarriedOutOnce(t *testing.T) {
	t.Parallel()
	state := statedir.Directory(t.TempDir())
	now := time.Now()
	saved := SavedPlan{
		Head:   remediate.Plan{ID: "plan1", Created: now.Format(time.RFC3339), Policy: PolicyReference()},
		MaxAge: time.Hour, State: func() (statedir.Directory, error) { return state, nil },
	}
	first, second := remediate.DevicePlan{URL: "https://192.0.2.1"}, remediate.DevicePlan{URL: "https://192.0.2.2"}
	assert.NoError(t, saved.claim(first)())
	assert.ErrorIs(t, saved.claim(first)(), remediate.ErrUsed)
	assert.ErrorIs(t, saved.Fits(first, now), remediate.ErrUsed)
	assert.NoError(t, saved.Fits(second, now))
	saved.Head.ID = "plan2"
	assert.NoError(t, saved.Fits(first, now), "another plan")
}
