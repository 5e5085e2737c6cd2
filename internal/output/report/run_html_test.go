package report_test

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/remediate"
)

// manyOf are so many devices with plans made by one function.
func manyOf(n int, plan func(i int) remediate.DevicePlan) []report.RunDevice {
	var plans []*remediate.DevicePlan
	for i := range n {
		plans = append(plans, new(plan(i)))
	}
	return planned(plans...)
}

// article is what the page has of a device, by its position.
func article(t *testing.T, text []byte, position int) string {
	t.Helper()
	_, from, found := strings.Cut(string(text), fmt.Sprintf(`<article id="d%d" `, position))
	require.True(t, found, "device %d is on the page", position)
	one, _, found := strings.Cut(from, "</article>")
	require.True(t, found)
	return html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(one, ""))
}

const firstStep = "back up the device"

// Up to a hundred devices the page has every list in place. After them, equal lists are written once.
func TestAListOfManyDevicesStandsOnce(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		plan      func(i int) remediate.DevicePlan
		steps     string // of the 150th device
		notThere  string
		wantedNow int // how often the first step stands on the page
	}{
		"equal":   {func(int) remediate.DevicePlan { return changePlan() }, "Steps (5): as for sbc-01\n", firstStep, 100},
		"reasons": {withReason, "because: the 150th", "Steps (5)", 150},
		"context": {inContext, "Steps (5): as for sbc-10\n", firstStep, 100},
		"order":   {inOrder, "Steps (5): as for sbc-02\n", firstStep, 100},
		"no list": {func(int) remediate.DevicePlan { return compliantPlan() }, "Compliant", "Steps", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := viewed(t, "html", runHead("plan"), manyOf(150, test.plan))
			for _, position := range []int{1, 100} {
				assert.NotContains(t, article(t, text, position), "as for", "device %d", position)
			}
			last := article(t, text, 150)
			assert.Contains(t, last, test.steps)
			assert.NotContains(t, last, test.notThere)
			assert.Equal(t, test.wantedNow, strings.Count(string(text), firstStep))
		})
	}
}

func withReason(i int) remediate.DevicePlan {
	plan := changePlan()
	plan.Steps[0].Reason = fmt.Sprintf("the %dth", i+1)
	return plan
}

// inContext has ten different lists; the 150th device has that of the tenth.
func inContext(i int) remediate.DevicePlan {
	plan := changePlan()
	plan.Steps[1].Context = new(i % 10)
	return plan
}

func inOrder(i int) remediate.DevicePlan {
	plan := changePlan()
	if i%2 == 1 {
		plan.Steps[2], plan.Steps[3] = plan.Steps[3], plan.Steps[2]
	}
	return plan
}

// An operator who repairs a failed or blocked device needs all of it there, however many there are.
func TestFailedAndBlockedDevicesStandInFull(t *testing.T) {
	t.Parallel()
	blocked := viewed(t, "html", runHead("plan"), manyOf(150, func(int) remediate.DevicePlan { return blockedPlan() }))
	assert.NotContains(t, string(blocked), "as for <a")
	assert.Contains(t, article(t, blocked, 150), "Give Teams a TLS Context of its own.")
	devices := manyOf(150, func(int) remediate.DevicePlan { return changePlan() })
	for i := range devices {
		devices[i].Result = new(failedResult())
	}
	failed := viewed(t, "html", approvedHead(), devices)
	assert.NotContains(t, string(failed), "as for <a")
	assert.Contains(t, article(t, failed, 150), firstStep)
	assert.Contains(t, article(t, failed, 150), "Left on the device")
}

// A device never names one whose list reads differently on the page: what differs alone decides.
func TestDifferentListsStandApart(t *testing.T) {
	t.Parallel()
	finding := remediate.Finding{Code: "c", Level: remediate.Info, Message: "m", Hint: "h"}
	waived := finding
	waived.Waived = &remediate.Waiver{Until: "2027-01-31", Owner: "ops", Reason: "r"}
	for name, change := range map[string]func(*remediate.DevicePlan){
		"code":    func(p *remediate.DevicePlan) { p.Findings[0].Code = "d" },
		"level":   func(p *remediate.DevicePlan) { p.Findings[0].Level = remediate.Warning },
		"message": func(p *remediate.DevicePlan) { p.Findings[0].Message = "n" },
		"hint":    func(p *remediate.DevicePlan) { p.Findings[0].Hint = "" },
		"shifted": func(p *remediate.DevicePlan) { p.Findings[0].Message, p.Findings[0].Code = "m1:c", "" },
		"waived":  func(p *remediate.DevicePlan) { p.Findings[0] = waived },
		"one more": func(p *remediate.DevicePlan) {
			p.Findings = append(p.Findings, finding)
		},
		"another grade": func(p *remediate.DevicePlan) { p.Verdict = remediate.NotApplicable },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := viewed(t, "html", runHead("plan"), manyOf(150, func(i int) remediate.DevicePlan {
				plan := compliantPlan()
				plan.Findings = []remediate.Finding{finding}
				if i == 149 {
					change(&plan)
				}
				return plan
			}))
			assert.Contains(t, article(t, text, 149), "Findings (1): as for sbc-01\n")
			assert.NotContains(t, article(t, text, 150), "as for")
		})
	}
}

// Links from one device to another hold foreign names, too.
func TestForeignTextIsHarmlessWhereListsAreFolded(t *testing.T) {
	t.Parallel()
	skeleton := regexp.MustCompile(`<[^>]*>`)
	folded := func(text string) []byte {
		head, devices := foreignRun("plan", text)
		var many []report.RunDevice
		for i := range 300 {
			device := devices[i%len(devices)]
			device.Position = i
			many = append(many, device)
		}
		return viewed(t, "html", head, many)
	}
	wanted := skeleton.FindAllString(string(folded("harmless")), -1)
	require.Contains(t, string(folded("harmless")), "as for <a")
	for _, attack := range attacks {
		text := folded(attack)
		requireTerminalSafe(t, text)
		require.Equal(t, wanted, skeleton.FindAllString(string(text), -1), "%q", attack)
	}
}

// Every device has its row and its article, in whichever section, and every link its target.
func TestThePageOfManyDevicesIsWhole(t *testing.T) {
	t.Parallel()
	kinds := []func() remediate.DevicePlan{changePlan, compliantPlan, blockedPlan, errorPlan, notApplicablePlan}
	text := string(viewed(t, "html", runHead("plan"), manyOf(1000, func(i int) remediate.DevicePlan { return kinds[i%5]() })))
	assert.Equal(t, 1000, strings.Count(text, "<article "))
	assert.Equal(t, 1000, strings.Count(text, "</article>"))
	assert.Equal(t, 1000, strings.Count(text, `<tr><th scope="row">`))
	for _, title := range []string{"Failed", "Blocked", "Pending", "In order", "Not concerned"} {
		assert.Contains(t, text, "<h2>"+title+" (200)</h2>")
	}
	targets := map[string]bool{}
	for _, id := range regexp.MustCompile(`\bid="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		assert.False(t, targets[id[1]], "%s stands once", id[1])
		targets[id[1]] = true
	}
	for _, link := range regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(text, -1) {
		assert.True(t, targets[link[1]], link[1])
	}
}

// A page is made from one reading: totals, sections and matrix of a run in progress agree.
func TestAPageReadsTheRunOnce(t *testing.T) {
	t.Parallel()
	readings := 0
	var devices report.RunDevices = func(yield func(report.RunDevice, error) bool) {
		readings++
		listed(appliedFleet(), nil)(yield)
	}
	var text bytes.Buffer
	require.NoError(t, report.RunHTML(&text, approvedHead(), devices))
	assert.Equal(t, 1, readings)
	text.Reset()
	require.ErrorIs(t, report.RunHTML(&text, approvedHead(), listed(appliedFleet(), errLost)), errLost)
	assert.Empty(t, text.String(), "a part must not pass for the whole")
}

// A reader that goes away ends the page, wherever it is then.
func TestAPageEndsWithItsReader(t *testing.T) {
	t.Parallel()
	whole := viewed(t, "html", approvedHead(), appliedFleet())
	for most := 0; most < len(whole); most += 97 {
		err := report.RunHTML(&narrow{most: most}, approvedHead(), listed(appliedFleet(), nil))
		require.ErrorIs(t, err, errGone, "after %d bytes", most)
	}
}

var errGone = errors.New("the reader is gone")

// narrow takes so many bytes.
type narrow struct{ most int }

func (n *narrow) Write(text []byte) (int, error) {
	if len(text) > n.most {
		return n.most, errGone
	}
	n.most -= len(text)
	return len(text), nil
}

// TestThePageShowsTheRootsOfThePolicy, be it built in or a file.
func TestThePageShowsTheRootsOfThePolicy(t *testing.T) {
	t.Parallel()
	g2 := certs.Required()[1]
	context := remediate.ContextPlan{ID: 1, Roots: []remediate.RootStatus{
		{Name: g2.Name, SHA256: g2.SHA256, State: remediate.RootMissing}, {Name: "Own <Root>", SHA256: "ab", State: remediate.RootPresent},
	}}
	device := report.RunDevice{Target: "one", Plan: &remediate.DevicePlan{Target: "one", Contexts: []remediate.ContextPlan{context}}}
	for name, test := range map[string]struct {
		policy     remediate.PolicyReference
		has, lacks []string
	}{
		"of 2023":  {remediate.ReferenceTo(certs.BuiltIn()[1]), []string{`<th scope="col">` + g2.Name, "2023-10-03"}, []string{certs.Required()[0].Name}},
		"a file":   {remediate.PolicyReference{ID: "own", Date: "2026-11-30", SHA256: "cd"}, []string{"Required roots", g2.Name + ": missing", "Own &lt;Root&gt;: present", "SHA-256 cd"}, []string{certs.Required()[0].Name, "Own <Root>"}},
		"an older": {remediate.PolicyReference{ID: "rule", Date: "2026-01-01"}, []string{certs.Required()[0].Name}, []string{"Required roots"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var text strings.Builder
			devices := func(yield func(report.RunDevice, error) bool) { yield(device, nil) }
			require.NoError(t, report.RunHTML(&text, report.RunHead{ID: "1", Action: "plan", Policy: test.policy}, devices))
			for _, part := range test.has {
				assert.Contains(t, text.String(), part)
			}
			for _, part := range test.lacks {
				assert.NotContains(t, text.String(), part)
			}
		})
	}
}
