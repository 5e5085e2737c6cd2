package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func bareDevices(count int) []*access.Device {
	devices := make([]*access.Device, count)
	for i := range devices {
		devices[i] = &access.Device{Name: fmt.Sprintf("sbc-%d", i), URL: fmt.Sprintf("https://192.0.2.%d", i)}
	}
	return devices
}

// plannedRun is a run of so many devices, each with a save to be carried out.
func plannedRun(t *testing.T, devices int) *fleetRun {
	t.Helper()
	a := &app{now: time.Now}
	planned := &fleetRun{app: a, Session: &run.Session{Run: run.New("3f2a", bareDevices(devices), a.process())}}
	planned.Book = run.NewMemoryBook(devices)
	for place := range planned.Devices {
		plan := remediate.DevicePlan{
			Target: planned.Devices[place].Name, Verdict: remediate.Change,
			Steps: []remediate.Step{{Kind: remediate.StepBackup}, {Kind: remediate.StepSave, Reason: "unsaved"}},
		}
		require.NoError(t, planned.Book.PutPlan(place, plan))
	}
	return planned
}

func planTextOf(t *testing.T, run *fleetRun) string {
	t.Helper()
	var text strings.Builder
	require.NoError(t, run.planText(&text, run.unfinished(), report.Style{}))
	return text.String()
}

func TestOneDeviceIsShownInFullAndSeveralAsATable(t *testing.T) {
	t.Parallel()
	assert.Contains(t, planTextOf(t, plannedRun(t, 1)), "because: unsaved\n")
	several := plannedRun(t, 2)
	assert.NotContains(t, planTextOf(t, several), "1. back up the device")
	assert.Contains(t, planTextOf(t, several), "sbc-1   -         change   2      not saved to flash\n")
	assert.Contains(t, planTextOf(t, several), "To be written to 2 devices\n")
	assert.Contains(t, planTextOf(t, several), "Details: run again with -v\n", "a run that is not kept can't be shown later")
	several.Record = &run.Record{}
	assert.Contains(t, planTextOf(t, several), "Details: acfix show 3f2a -v\n")
	several.app.flags.verbose = true
	assert.Contains(t, planTextOf(t, several), "1. back up the device")
}

// TestThePlanNamesTheWavesOfAnApply: which devices are the canaries must be known before anything is agreed to.
func TestThePlanNamesTheWavesOfAnApply(t *testing.T) {
	t.Parallel()
	assert.NotContains(t, planTextOf(t, plannedRun(t, 10)), "Waves")
	text := planTextOf(t, plannedRun(t, 11))
	assert.Contains(t, text, "\nWaves\n  1 of 3: 1 device, to be written to 1\n         sbc-0\n  2 of 3: 1 device, to be written to 1\n         sbc-1\n  3 of 3: 9 devices, to be written to 9\n")
	tagged := plannedRun(t, 4)
	tagged.Devices[2].Tags = []string{"canary"}
	tagged.Assignment.Order.Settings.Batch.Value = "tag:canary,100%"
	assert.Contains(t, planTextOf(t, tagged), "  1 of 2: 1 device, to be written to 1\n         sbc-2\n  2 of 2: 3 devices, to be written to 3\n         sbc-0, sbc-1, sbc-3\n")
}

// TestASummaryCountsNothingThatIsDone: a resumed run asks for what is left alone.
func TestASummaryCountsNothingThatIsDone(t *testing.T) {
	t.Parallel()
	run := plannedRun(t, 10)
	run.Done[3], run.Done[7] = true, true
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
	run.Done[3], run.Done[7] = true, true
	var text strings.Builder
	run.app.stdout = &text
	require.NoError(t, run.showPlan(remediate.Plan{}, run.Plans()))
	assert.Contains(t, text.String(), "10 devices: 10 change\n")
}
