package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestAUsedPlanProvesNoPassword: a device that is refused before it is asked tells nothing of
// the password, so it must not let loose a wrong one on all the others.
func TestAUsedPlanProvesNoPassword(t *testing.T) {
	t.Parallel()
	d := newDepot(t, alike(8))
	file := filepath.Join(t.TempDir(), "plan.json")
	d.acfix(exitDone, "plan", "-i", d.inventory, "--out", file)
	d.fault(1, broken)
	begun := d.outcome(d.acfix(exitHalted, "apply", file, "-i", d.inventory, "--yes", "-o", "json", "--parallel", "1", "--max-failures", "0"))
	assert.Equal(t, 1, begun.count("applied"))

	d.app.readSecret = func() ([]byte, error) { return []byte("of last month"), nil }
	result := d.outcome(d.acfix(exitStale, "apply", file, "-i", d.inventory, "--yes", "-o", "json"))
	assert.Equal(t, "plan_used", result.code(d.fleet.Member(0).Name))
	assert.Equal(t, 2, d.fleet.Counts().FailedLogins)
	assert.Equal(t, 2, result.count("failed"))
	assert.Equal(t, 4, result.count("skipped"))
}
