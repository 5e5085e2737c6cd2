package web_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/known"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rootCase is a root in a TLS Context, and the word that people read of it everywhere.
type rootCase struct {
	state   remediate.RootState
	bundle  *bool
	applied bool
	word    string
}

// TestOneWordForTheStateOfARoot: the terminal, the report and the page of one device never contradict each other.
func TestOneWordForTheStateOfARoot(t *testing.T) {
	t.Parallel()
	on, off := true, false
	for _, test := range []rootCase{
		{remediate.RootPresent, &on, false, "present"}, {remediate.RootPresent, nil, true, "present"},
		{remediate.RootMissing, &on, false, "missing"}, {remediate.RootMissing, &off, true, "missing"},
		{remediate.RootUnknown, nil, false, "unknown"},
		{remediate.RootBundled, &on, false, "bundled"}, {remediate.RootBundled, &on, true, "bundled"},
		{remediate.RootBundled, &off, false, "bundle off"}, {remediate.RootBundled, nil, false, "bundle off"},
		{remediate.RootBundled, &off, true, "bundled"}, // the run has switched it on
	} {
		name := fmt.Sprintf("%+v", test)
		head, device := test.device()
		cells := web.FleetRowOf(known.Device{Name: "sbc-1", Verdict: string(device.Plan.Verdict)}, &device).Roots
		require.Len(t, cells, len(certs.Required()))
		for _, cell := range cells {
			assert.Equal(t, test.word, cell.Word, "page: %s", name)
		}
		devices := func(yield func(report.RunDevice, error) bool) { yield(device, nil) }
		var page bytes.Buffer
		require.NoError(t, report.RunHTML(&page, head, devices))
		found := regexp.MustCompile(`<td class="(\w+)">`+test.word).FindAllStringSubmatch(page.String(), -1)
		require.Len(t, found, len(cells), "report: %s", name)
		assert.Equal(t, cells[0].Tone, found[0][1], "the same tone: %s", name)
		if test.applied {
			continue // what the terminal shows of a plan is how it was before
		}
		var text bytes.Buffer
		plans := func(yield func(remediate.DevicePlan, error) bool) { yield(*device.Plan, nil) }
		require.NoError(t, report.PlanStream(&text, remediate.PolicyReference{}, plans, report.Style{}))
		for _, root := range certs.Required() {
			assert.Regexp(t, regexp.QuoteMeta(root.Name)+" +"+test.word+"( +in | +its |\n)", text.String(), "terminal: %s", name)
		}
	}
}

func (c rootCase) device() (report.RunHead, report.RunDevice) {
	var roots []remediate.RootStatus
	for _, root := range certs.Required() {
		roots = append(roots, remediate.RootStatus{Name: root.Name, SHA256: root.SHA256, State: c.state})
	}
	plan := remediate.DevicePlan{
		Target: "sbc-1", URL: "https://192.0.2.1", Verdict: remediate.Change,
		Contexts: []remediate.ContextPlan{{ID: 1, Name: "Teams", UseDefaultCABundle: c.bundle, Roots: roots}},
	}
	head := report.RunHead{ID: "3f2a", Action: "plan", State: "done", Ended: time.Now()}
	device := report.RunDevice{Target: "sbc-1", URL: plan.URL, Plan: &plan}
	if c.applied {
		head.Action = "apply"
		device.Result = &remediate.DeviceResult{Status: remediate.Applied}
	}
	return head, device
}

// TestOneWordForAnOutcome: every verdict and every status has the same word and tone wherever it is shown.
func TestOneWordForAnOutcome(t *testing.T) {
	t.Parallel()
	words := map[string]report.RunDevice{}
	for _, verdict := range remediate.Verdicts() {
		words[string(verdict)] = report.RunDevice{Plan: &remediate.DevicePlan{Verdict: verdict}}
	}
	for _, status := range remediate.Statuses() {
		words[string(status)+" of an apply"] = report.RunDevice{Plan: &remediate.DevicePlan{Verdict: remediate.Change}, Result: &remediate.DeviceResult{Status: status}}
	}
	for name, device := range words {
		head := report.RunHead{ID: "3f2a", Action: "plan", State: "done", Ended: time.Now()}
		if device.Result != nil {
			head.Action = "apply"
		}
		shown := head.Show(device)
		word, _, _ := strings.Cut(name, " of ")
		assert.Equal(t, word, shown.Word)
		tone, gravity := report.ToneOf(shown.Word)
		assert.Equal(t, [2]any{shown.Tone(), shown.Gravity()}, [2]any{tone, gravity}, name)
		row := web.FleetRowOf(known.Device{Name: "a", Verdict: shown.Word, Result: shown.Word}, nil)
		assert.Equal(t, tone, row.ResultTone, name)
		devices := func(yield func(report.RunDevice, error) bool) { yield(device, nil) }
		for view, write := range map[string]func(*bytes.Buffer) error{
			"page":     func(b *bytes.Buffer) error { return report.RunHTML(b, head, devices) },
			"text":     func(b *bytes.Buffer) error { return report.RunText(b, head, devices, report.Style{Verbose: true}) },
			"overview": func(b *bytes.Buffer) error { return report.Overview(b, head, devices, "", report.Style{}) },
			"full":     func(b *bytes.Buffer) error { return report.RunFull(b, head, devices, report.Style{}) },
		} {
			var text bytes.Buffer
			require.NoError(t, write(&text), name)
			assert.Contains(t, strings.ToLower(text.String()), report.Spaced(word), "%s: %s", view, name)
		}
	}
}
