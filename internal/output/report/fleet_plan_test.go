package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/acfix/acfix/internal/output/columns"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fleetText is the plan of a fleet for a terminal of a width.
func fleetText(t *testing.T, devices []report.RunDevice, width int) string {
	t.Helper()
	var text bytes.Buffer
	require.NoError(t, report.FleetPlan(&text, runHead("plan"), listed(devices, nil), "acfix show 3f2a -v", report.Style{Width: width}))
	assertTidy(t, text.Bytes())
	return text.String()
}

// alikes are so many devices of each kind, the good ones first, so that their order is not that of the table.
func alikes(compliant, change, blocked, failed int) []report.RunDevice {
	var devices []report.RunDevice
	for _, kind := range []struct {
		name  string
		count int
		plan  func() remediate.DevicePlan
	}{{"good", compliant, compliantPlan}, {"change", change, changePlan}, {"blocked", blocked, blockedPlan}, {"failed", failed, errorPlan}} {
		for i := range kind.count {
			plan := kind.plan()
			name := fmt.Sprintf("%s-%04d", kind.name, i)
			plan.Target = name
			devices = append(devices, report.RunDevice{Position: len(devices), Target: name, Plan: &plan})
		}
	}
	return devices
}

// linesOf are the lines of a text that begin with a name of alikes.
func linesOf(text string) (names []string) {
	for line := range strings.Lines(text) {
		if name, _, _ := strings.Cut(line, " "); strings.Contains(name, "-0") {
			names = append(names, name)
		}
	}
	return names
}

func TestEachDeviceOfAFleetHasALineProblemsFirst(t *testing.T) {
	t.Parallel()
	text := fleetText(t, alikes(46, 2, 1, 1), 120)
	names := linesOf(text)
	require.Len(t, names, 50, "one each, and no more")
	assert.Equal(t, []string{"failed-0000", "blocked-0000", "change-0000", "change-0001", "good-0000"}, names[:5])
	for _, line := range []string{
		"failed-0000   -         error      -      read the status: connection refused [bad_answer]\n",
		"blocked-0000  7.4.500   blocked    -      TLS Context 1 \"Teams\" is also used by Proxy Set \"Carrier\". [shared_context]\n",
		"change-0000   7.4.500   change     5      bundle off, 2 roots missing\n",
		"good-0000     7.4.605   compliant  -\n",
		"       1 error: [bad_answer]\n", "       1 blocked: [shared_context]\n", "       2 change: bundle off, 2 roots missing\n",
		"\n50 devices: 46 compliant, 2 change, 1 blocked, 1 error\n",
	} {
		assert.Contains(t, text, line)
	}
	assert.NotContains(t, text, "not listed")
}

func TestOfManyDevicesOnlyThoseThatMatterHaveALine(t *testing.T) {
	t.Parallel()
	text := fleetText(t, alikes(47, 2, 1, 1), 120)
	assert.Equal(t, []string{"failed-0000", "blocked-0000", "change-0000", "change-0001"}, linesOf(text))
	assert.Contains(t, text, "\n47 more devices not listed: 47 in order\n")
	assert.Contains(t, text, "\nDetails: acfix show 3f2a -v\n", "how to see all")
	assert.Contains(t, text, "51 devices: 47 compliant, 2 change, 1 blocked, 1 error\n")
}

func TestATableIsNoLongerThanCanBeRead(t *testing.T) {
	t.Parallel()
	text := fleetText(t, alikes(10, 1000, 7, 0), 100)
	names := linesOf(text)
	assert.Len(t, names, 300)
	assert.Equal(t, "blocked-0006", names[6], "problems are never left out for changes")
	assert.Contains(t, text, "717 more devices not listed: 707 pending, 10 in order\n")
	assert.Contains(t, text, "To be written to 1000 devices\n")
	assert.Less(t, strings.Count(text, "\n"), 350)
}

// TestNoLineIsWiderThanTheTerminal: what a terminal wraps by itself breaks words and columns.
func TestNoLineIsWiderThanTheTerminal(t *testing.T) {
	t.Parallel()
	for _, width := range []int{60, 80, 132} {
		text, _, _ := strings.Cut(fleetText(t, plannedFleet(), width), "\n9 devices: ") // which stays one line, to look for
		for line := range strings.Lines(text) {
			assert.LessOrEqual(t, columns.Width(strings.TrimSuffix(line, "\n")), width, line)
		}
	}
}

func TestAHintIsFoldedToTheTerminal(t *testing.T) {
	t.Parallel()
	plan := errorPlan()
	plan.Error.Hint = strings.Repeat("look-there ", 20)
	var text bytes.Buffer
	require.NoError(t, report.PlanStream(&text, remediate.PolicyReference{}, listed([]remediate.DevicePlan{plan}, nil), report.Style{Width: 60}))
	assert.Greater(t, strings.Count(text.String(), "\n         look-there"), 2, "below each other, in line with the first")
	for line := range strings.Lines(text.String()) {
		assert.LessOrEqual(t, len(line), 61, line)
	}
	assert.Equal(t, 20, strings.Count(text.String(), "look-there"))
}

// TestWithoutATerminalADeviceHasOneLine, so that programs find a message whole; hints are for people everywhere.
func TestWithoutATerminalADeviceHasOneLine(t *testing.T) {
	t.Parallel()
	devices := alikes(1, 1, 1, 1)
	failed := devices[3].Plan
	failed.Error.Message = strings.TrimSpace(strings.Repeat("it is away ", 15))
	failed.Error.Hint = strings.TrimSpace(strings.Repeat("look-there ", 15))
	text := fleetText(t, devices, 0)
	assert.Contains(t, text, "  -      "+failed.Error.Message+" [bad_answer]\n")
	for line := range strings.Lines(text) {
		if strings.Contains(line, "look-there") {
			assert.LessOrEqual(t, columns.Width(line), 81, line)
		}
	}
	assert.Len(t, linesOf(text), 4)
}

// TestColumnsAreAlignedWhateverTheNames: a letter may take two cells of a terminal, or none.
func TestColumnsAreAlignedWhateverTheNames(t *testing.T) {
	t.Parallel()
	devices := alikes(0, 4, 0, 0)
	for i, name := range []string{"東京-1", "Mu\u0308nchen", "ams", "서울-sbc-2"} {
		devices[i].Target = name
	}
	found := 0
	for line := range strings.Lines(fleetText(t, devices, 100)) {
		if before, _, change := strings.Cut(line, "change  "); change && strings.Contains(line, "7.4.500") {
			assert.Equal(t, 10+len("  FIRMWARE  "), columns.Width(before), line)
			found++
		}
	}
	assert.Equal(t, 4, found)
}

// TestALongNameLeavesTheReasonBelow, and is never cut: two that are cut may look alike.
func TestALongNameLeavesTheReasonBelow(t *testing.T) {
	t.Parallel()
	devices := alikes(0, 1, 1, 0)
	devices[1].Target = strings.Repeat("branch-", 8) + "sbc.example.com"
	text := fleetText(t, devices, 80)
	assert.Contains(t, text, devices[1].Target+"  7.4.500   blocked  -\n    TLS Context 1")
}

func TestTheFleetsReasonsStandThereOnce(t *testing.T) {
	t.Parallel()
	text := fleetText(t, alikes(0, 9, 9, 9), 120)
	for _, once := range []string{
		"because: not in the store, and the default CA bundle of 7.4.500 lacks it\n" +
			"       9 import DigiCert TLS ECC P384 Root G5 into TLS Context 1\n" +
			"       9 import DigiCert TLS RSA4096 Root G5 into TLS Context 1\n",
		"because: \"Use default CA Bundle\" is off in TLS Context 1 \"Teams\"\n",
		"Give Teams a TLS Context of its own.", "Check address, port and route.",
	} {
		assert.Equal(t, 1, strings.Count(text, once), once)
	}
}

func TestWhoIsInWhichWave(t *testing.T) {
	t.Parallel()
	devices := alikes(2, 3, 1, 0)
	for i := range devices {
		devices[i].Wave = []int{2, 3, 1, 3, 3, 2}[i]
	}
	text := fleetText(t, devices, 100)
	assert.Contains(t, text, "DEVICE        WAVE  FIRMWARE  VERDICT    STEPS  REASON\n")
	assert.Contains(t, text, "change-0000   1     7.4.500   change     5      ")
	assert.Contains(t, text, `
Waves
  1 of 3: 1 device, to be written to 1
         change-0000
  2 of 3: 2 devices, to be written to 0
  3 of 3: 3 devices, to be written to 2
         change-0001, change-0002
`)
	for i := range devices {
		devices[i].Wave = 1
	}
	text = fleetText(t, devices, 100)
	assert.NotContains(t, text, "WAVE")
	assert.NotContains(t, text, "Waves")
}

// TestAPlanForARootThatIsNotKnownSaysSo: of a file without a store no root is known to be missing.
func TestAPlanForARootThatIsNotKnownSaysSo(t *testing.T) {
	t.Parallel()
	plan := changePlan()
	for i := range plan.Contexts[0].Roots {
		plan.Contexts[0].Roots[i].State = remediate.RootUnknown
	}
	for i, step := range plan.Steps {
		for _, root := range plan.Contexts[0].Roots {
			if root.Name == step.Root {
				plan.Steps[i].SHA256 = root.SHA256
			}
		}
	}
	saved := changePlan()
	saved.Steps = saved.Steps[4:]
	text := fleetText(t, []report.RunDevice{{Target: "a", Plan: &plan}, {Target: "b", Plan: &saved}}, 100)
	assert.Contains(t, text, "bundle off, 2 roots unknown\n")
	assert.Contains(t, text, "not saved to flash\n")
}

func TestForeignTextInAFleetIsHarmless(t *testing.T) {
	t.Parallel()
	for _, plan := range hostilePlans() {
		var devices []report.RunDevice
		for i := range plan.Devices {
			devices = append(devices, report.RunDevice{Target: hostile, URL: hostile, Wave: i, Plan: &plan.Devices[i]})
		}
		for _, style := range []report.Style{{}, {Color: true, Width: 50}} {
			for _, action := range []string{"plan", "dry_run"} {
				var text bytes.Buffer
				require.NoError(t, report.Overview(&text, runHead(action), listed(devices, nil), "", style))
				requireClean(t, text.Bytes(), style)
			}
		}
	}
}
