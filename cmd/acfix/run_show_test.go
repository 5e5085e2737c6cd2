package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/report"
	"github.com/acfix/acfix/target"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// plannedRun is a run of so many devices, each with a save to be carried out.
func plannedRun(t *testing.T, devices int) *fleetRun {
	t.Helper()
	run := &fleetRun{
		app: &app{now: time.Now}, id: "3f2a", targets: make([]target.Target, devices),
		book: newMemoryBook(devices), done: make([]bool, devices),
	}
	for place := range run.targets {
		run.targets[place] = target.Target{Name: fmt.Sprintf("sbc-%d", place), URL: fmt.Sprintf("https://192.0.2.%d", place)}
		plan := remediate.DevicePlan{
			Target: run.targets[place].Name, Verdict: remediate.Change,
			Steps: []remediate.Step{{Kind: remediate.StepBackup}, {Kind: remediate.StepSave, Reason: "unsaved"}},
		}
		require.NoError(t, run.book.putPlan(place, plan))
	}
	return run
}

func planTextOf(t *testing.T, run *fleetRun) string {
	t.Helper()
	var text strings.Builder
	require.NoError(t, run.planText(&text, run.left(), report.Style{}))
	return text.String()
}

func TestFiveDevicesAreShownInFullAndSixAsASummary(t *testing.T) {
	t.Parallel()
	assert.Contains(t, planTextOf(t, plannedRun(t, inFull)), "because: unsaved")
	six := plannedRun(t, inFull+1)
	assert.NotContains(t, planTextOf(t, six), "because: unsaved")
	assert.Contains(t, planTextOf(t, six), "To be written to 6 devices\n")
	assert.Contains(t, planTextOf(t, six), "Details: run again with -v\n", "a run that is not kept can't be shown later")
	six.record = &record{}
	assert.Contains(t, planTextOf(t, six), "Details: acfix show 3f2a\n")
	six.flags.verbose = true
	assert.Contains(t, planTextOf(t, six), "because: unsaved")
}

// TestASummaryCountsNothingThatIsDone: a resumed run asks for what is left alone.
func TestASummaryCountsNothingThatIsDone(t *testing.T) {
	t.Parallel()
	run := plannedRun(t, 10)
	run.done[3], run.done[7] = true, true
	text := planTextOf(t, run)
	assert.Contains(t, text, "8 devices: 8 change\n")
	assert.Contains(t, text, "       8 saves to flash\n")
	assert.NotContains(t, text, "sbc-3")
	assert.Contains(t, text, "sbc-4")
}

// TestAResumedPlanIsShownWhole: what was read before the resume is of the plan too.
func TestAResumedPlanIsShownWhole(t *testing.T) {
	t.Parallel()
	run := plannedRun(t, 10)
	run.done[3], run.done[7] = true, true
	var text strings.Builder
	run.stdout = &text
	require.NoError(t, run.showPlan(remediate.Plan{}, run.plans()))
	assert.Contains(t, text.String(), "10 devices: 10 change\n")
}
