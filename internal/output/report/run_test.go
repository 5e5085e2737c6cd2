package report_test

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var evening = time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)

func runHead(action string) report.RunHead {
	return report.RunHead{
		ID: "3f2a9c01b2c3d4e5", Action: action, State: "stopped", Acfix: "1.3.0", Host: "jump-1", Exit: new(1),
		Reason: "more than 3 devices failed", Created: evening, Ended: evening.Add(19*time.Minute + 5*time.Second),
		Policy: remediate.PolicyReference{ID: "teams-direct-routing-mtls", Date: "2026-11-22", Source: "eGroup", RootSet: "2026-11-22"},
	}
}

func approvedHead() report.RunHead {
	head := runHead("apply")
	head.Job, head.Due, head.PlanRun = "sunday-apply", evening, "aa00bb11cc22dd33"
	head.Approval = &store.Approval{Name: "R. Duty", Change: "CHG0042", Time: evening.Add(-time.Hour)}
	return head
}

// planned are devices with a plan, in waves of three; nil is one that was never started.
func planned(plans ...*remediate.DevicePlan) []report.RunDevice {
	var devices []report.RunDevice
	for i, plan := range plans {
		device := report.RunDevice{Position: i + 1, Wave: i/3 + 1, Target: fmt.Sprintf("sbc-%02d", i+1), URL: fmt.Sprintf("https://192.0.2.%d", i+1), Plan: plan}
		if plan != nil {
			plan.Target, plan.URL, plan.Digest = device.Target, device.URL, ""
			device.Ended = evening.Add(time.Duration(i) * time.Minute)
			if plan.Verdict != remediate.Errored {
				plan.Digest = "sha256:" + fmt.Sprintf("%064d", i)
			}
		}
		devices = append(devices, device)
	}
	return devices
}

func plannedFleet() []report.RunDevice {
	two := twoContextsPlan()
	refused := errorPlan()
	refused.Skipped, refused.Error = true, &remediate.Failure{Code: remediate.CodeUnauthorized, Message: "not started: two devices refused the same user name and password", Hint: "Check them."}
	return planned(new(compliantPlan()), new(changePlan()), new(errorPlan()), new(blockedPlan()), &two, new(notApplicablePlan()), new(waivedPlan()), nil, &refused)
}

func waivedPlan() remediate.DevicePlan {
	plan := blockedPlan()
	plan.Findings = remediate.Waive(plan.Findings, []remediate.Waiver{{Finding: remediate.SharedContext, Reason: "carrier agrees", Owner: "ops", Until: "2027-01-31"}}, evening)
	return plan
}

func appliedFleet() []report.RunDevice {
	devices := planned(new(changePlan()), new(changePlan()), new(changePlan()), new(changePlan()), new(blockedPlan()), new(compliantPlan()), new(notApplicablePlan()), new(changePlan()), new(changePlan()), nil, nil, nil)
	results := []remediate.DeviceResult{appliedResult(), failedResult(), rolledBackResult(), staleResult(), blockedResult(), {}, {}}
	results[1].ByHand = []string{"Look at the device."}
	for i := range results {
		results[i].Target, results[i].URL = devices[i].Target, devices[i].URL
		devices[i].Result = &results[i]
	}
	devices[5].Result, devices[6].Result = nil, nil // their plans say it all
	devices[7].Ended, devices[8].Ended = time.Time{}, time.Time{}
	devices[8].Waiting = true // and of the one before nothing is known
	return devices
}

// views are the views of runs by the name of their golden file.
var views = map[string]func(io.Writer, report.RunHead, report.RunDevices) error{
	"txt": func(w io.Writer, head report.RunHead, devices report.RunDevices) error {
		return report.RunText(w, head, devices, report.Style{})
	},
	"verbose.txt": func(w io.Writer, head report.RunHead, devices report.RunDevices) error {
		return report.RunText(w, head, devices, report.Style{Color: true, Verbose: true})
	},
	"json": report.RunJSON, "csv": report.RunCSV, "html": report.RunHTML, "junit.xml": report.RunJUnit,
}

func viewed(t *testing.T, view string, head report.RunHead, devices []report.RunDevice) []byte {
	t.Helper()
	var text bytes.Buffer
	require.NoError(t, views[view](&text, head, listed(devices, nil)))
	return text.Bytes()
}

func TestRuns(t *testing.T) {
	t.Parallel()
	running := approvedHead()
	running.State, running.Ended, running.Exit, running.Reason = "running", time.Time{}, nil, ""
	for name, run := range map[string]struct {
		head    report.RunHead
		devices []report.RunDevice
	}{
		"run-plan":    {runHead("plan"), plannedFleet()},
		"run-apply":   {approvedHead(), appliedFleet()},
		"run-running": {running, appliedFleet()},
		"run-dry-run": {runHead("dry_run"), plannedFleet()},
		"run-empty":   {runHead("plan"), nil},
	} {
		for view := range views {
			t.Run(name+"/"+view, func(t *testing.T) {
				t.Parallel()
				text := viewed(t, view, run.head, run.devices)
				assertGolden(t, name+"."+view, text)
				if view != "csv" {
					assertTidy(t, text)
				}
			})
		}
	}
}

// A run of many devices stays readable: what is wrong is named, the rest is counted.
func TestManyDevices(t *testing.T) {
	t.Parallel()
	var devices iter.Seq2[report.RunDevice, error] = func(yield func(report.RunDevice, error) bool) {
		for i := range 5000 {
			device := report.RunDevice{Position: i + 1, Target: fmt.Sprintf("sbc-%04d", i+1)}
			switch {
			case i < 4:
				device.Result = new(failedResult())
			case i < 100:
				device.Result = new(appliedResult())
			}
			if !yield(device, nil) {
				return
			}
		}
	}
	var text bytes.Buffer
	require.NoError(t, report.RunText(&text, runHead("apply"), devices, report.Style{}))
	assertGolden(t, "run-many.txt", text.Bytes())
}

// Hints that are all different (a fingerprint may be in them) are not listed without end.
func TestManyHints(t *testing.T) {
	t.Parallel()
	var devices []report.RunDevice
	for i := range 60 {
		result := failedResult()
		result.Error.Hint = fmt.Sprintf("pin it: %d.", i)
		devices = append(devices, report.RunDevice{Target: "sbc", Result: &result})
	}
	text := string(viewed(t, "txt", runHead("apply"), devices))
	assert.Contains(t, text, "pin it: 49.\n      10 more; -o json has them all\n")
	assert.NotContains(t, text, "pin it: 50.")
}

func TestAListThatBreaksOffEndsEveryView(t *testing.T) {
	t.Parallel()
	for name, view := range views {
		for _, head := range []report.RunHead{runHead("plan"), runHead("apply")} {
			require.ErrorIs(t, view(io.Discard, head, listed(plannedFleet(), errLost)), errLost, name)
			require.ErrorIs(t, view(brokenWriter{}, head, listed(plannedFleet(), nil)), errPipe, name)
		}
	}
}

// The second reading of the devices may fail although the first did not.
func TestAListThatBreaksOffLater(t *testing.T) {
	t.Parallel()
	for name, view := range views {
		for good := 1; good < 4; good++ {
			readings := 0
			var devices report.RunDevices = func(yield func(report.RunDevice, error) bool) {
				readings++
				last := error(nil)
				if readings > good {
					last = errLost
				}
				listed(appliedFleet(), last)(yield)
			}
			err := view(io.Discard, runHead("apply"), devices)
			if readings > good {
				require.ErrorIs(t, err, errLost, "%s, reading %d", name, readings)
			} else {
				require.NoError(t, err, name)
			}
		}
	}
}

func TestHistory(t *testing.T) {
	t.Parallel()
	running := report.RunHead{ID: "00ff", Action: "dry_run", State: "running", Created: evening}
	strange := report.RunHead{ID: "a-name-longer-than-its-column", Action: "x\x1b[2J", State: "postponed\u202e", Job: "\r", Reason: "\n"}
	counted := runHead("apply")
	counted.Tally, counted.Inventory = "24: 14 applied, 5 blocked, 1 failed", "/etc/acfix/fleet\x1b[2J.yaml"
	for name, runs := range map[string][]report.RunHead{
		"history": {approvedHead(), counted, runHead("plan"), running, strange}, "history-empty": nil,
	} {
		for _, style := range []report.Style{{}, {Color: true}} {
			var text bytes.Buffer
			require.NoError(t, report.History(&text, runs, style))
			requireTerminalSafe(t, text.Bytes())
			assertGolden(t, fmt.Sprintf("%s-%t.txt", name, style.Color), text.Bytes())
		}
		var text bytes.Buffer
		require.NoError(t, report.HistoryJSON(&text, runs))
		assertGolden(t, name+".json", text.Bytes())
		assertFits(t, "history", text.Bytes())
	}
	assert.ErrorIs(t, report.History(brokenWriter{}, nil, report.Style{}), errPipe)
	assert.ErrorIs(t, report.HistoryJSON(brokenWriter{}, nil), errPipe)
}
