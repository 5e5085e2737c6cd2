package run_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/run"
)

func TestWavesOfARun(t *testing.T) {
	t.Parallel()
	devices := []*access.Device{{Name: "a"}, {Name: "b", Tags: []string{"canary"}}, {Name: "c"}}
	for list, numbers := range map[string][]int{
		"": {1, 1, 1}, "1": {1, 2, 2}, "tag:canary": {2, 1, 2}, "tag:canary,2,100%": {2, 1, 3},
	} {
		found, err := run.Waves(list, devices)
		require.NoError(t, err, list)
		assert.Equal(t, numbers, found, list)
	}
	for _, list := range []string{"tag:canaries", "x"} {
		_, err := run.Waves(list, devices)
		assert.ErrorContains(t, err, "--batch: ", list)
	}
}

// TestManyDevicesGoInWaves of their own accord when they are written to.
func TestManyDevicesGoInWaves(t *testing.T) {
	t.Parallel()
	assert.Equal(t, run.DefaultBatch, run.Batches(run.ActionApply, "", 11))
	assert.Empty(t, run.Batches(run.ActionApply, "", 10))
	assert.Empty(t, run.Batches(run.ActionPlan, "", 11))
	assert.Equal(t, "5", run.Batches(run.ActionApply, "5", 11))
}
