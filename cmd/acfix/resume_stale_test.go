package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAResumedSavedPlanStillHasToFit: a resume does not carry out what a saved plan was refused
// for, nor a plan that no run has started.
func TestAResumedSavedPlanStillHasToFit(t *testing.T) {
	t.Parallel()
	d := newDepot(t, alike(2))
	file := filepath.Join(t.TempDir(), "plan.json")
	d.acfix(exitDone, "plan", "-i", d.inventory, "--save-unsaved", "--out", file)
	drift := func(index int) {
		d.device(index).SetCell("TLSContexts", 1, "TLSVersion", "4")
	}
	drift(0)
	d.fault(1, "GET * count=1 status=400")
	result := d.outcome(d.acfix(exitStale, "apply", file, "-i", d.inventory, "--yes", "-o", "json"))
	require.Equal(t, "stale", result.status("sbc-00001"))
	require.Equal(t, "failed", result.status("sbc-00002"))
	require.Zero(t, d.fleet.Counts().Writes)
	drift(1)

	resumed := d.outcome(d.acfix(exitStale, "apply", "--yes", "-o", "json", "--resume", result.run))
	assert.Equal(t, 2, resumed.count("stale"))
	assert.Zero(t, d.fleet.Counts().Writes)
}
