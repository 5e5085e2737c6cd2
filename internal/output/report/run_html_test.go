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

// articles are the texts of the page's articles, in its order.
func articles(t *testing.T, text []byte) []string {
	t.Helper()
	var all []string
	for _, part := range strings.Split(string(text), "<article ")[1:] {
		one, _, found := strings.Cut(part, "</article>")
		require.True(t, found)
		all = append(all, html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString("<"+one, "")))
	}
	return all
}

const firstStep = "back up the device"

// Devices that read alike share an article: the same sentence never stands fourteen times.
func TestDevicesThatReadAlikeShareAnArticle(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		plan   func(i int) remediate.DevicePlan
		groups int
	}{
		"equal":   {func(int) remediate.DevicePlan { return changePlan() }, 1},
		"reasons": {withReason, 24},
		"context": {inContext, 10},
		"order":   {inOrder, 2},
		"no list": {func(int) remediate.DevicePlan { return compliantPlan() }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := viewed(t, "html", runHead("plan"), manyOf(24, test.plan))
			all := articles(t, text)
			require.Len(t, all, test.groups)
			if name != "no list" {
				assert.Equal(t, test.groups, strings.Count(string(text), firstStep))
			}
			if test.groups == 1 {
				assert.Contains(t, all[0], "24 devices")
			}
			for i := range 24 {
				assert.Equal(t, 1, strings.Count(string(text), fmt.Sprintf(`<li id="d%d">`, i+1)))
				assert.Equal(t, 1, strings.Count(string(text), fmt.Sprintf(`href="#d%d"`, i+1)), "the matrix leads there")
			}
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

// An operator who repairs a failed or blocked device has all of it in the article with its name.
func TestFailedAndBlockedDevicesStandInFull(t *testing.T) {
	t.Parallel()
	blocked := articles(t, viewed(t, "html", runHead("plan"), manyOf(14, func(int) remediate.DevicePlan { return blockedPlan() })))
	require.Len(t, blocked, 1)
	assert.Contains(t, blocked[0], "Give Teams a TLS Context of its own.")
	assert.Contains(t, blocked[0], "sbc-14")
	devices := manyOf(14, func(int) remediate.DevicePlan { return changePlan() })
	for i := range devices {
		devices[i].Result = new(failedResult())
		devices[i].Result.Backup = fmt.Sprintf("/backups/%d", i)
	}
	alike := articles(t, viewed(t, "html", approvedHead(), devices))
	require.Len(t, alike, 1)
	for wanted, times := range map[string]int{
		"Left on the device": 1, "no answer": 1, "Give the device more time": 1, firstStep: 1, "/backups/": 14, "sbc-": 14,
	} {
		assert.Equal(t, times, strings.Count(alike[0], wanted), wanted)
	}
	for i := range devices {
		devices[i].Result.Error.Message = fmt.Sprintf("dial 192.0.2.%d", i)
	}
	differ := articles(t, viewed(t, "html", approvedHead(), devices))
	require.Len(t, differ, 1)
	assert.Equal(t, 14, strings.Count(differ[0], "dial 192.0.2."), "each at its device")
	assert.Equal(t, 1, strings.Count(differ[0], "Give the device more time"))
}

// Beyond a thousand different texts the page still has every device.
func TestManyDifferentDevices(t *testing.T) {
	t.Parallel()
	text := viewed(t, "html", runHead("plan"), manyOf(1200, withReason))
	assert.Len(t, articles(t, text), 1200)
	assert.Equal(t, 1200, strings.Count(string(text), `<li id="d`))
}

// Devices whose lists read differently never share an article.
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
			text := viewed(t, "html", runHead("plan"), manyOf(15, func(i int) remediate.DevicePlan {
				plan := compliantPlan()
				plan.Findings = []remediate.Finding{finding}
				if i == 14 {
					change(&plan)
				}
				return plan
			}))
			all := articles(t, text)
			require.Len(t, all, 2)
			assert.Contains(t, all[0], "14 devices")
			assert.Contains(t, all[1], "sbc-15")
		})
	}
}

// Articles of many devices hold foreign names, too.
func TestForeignTextIsHarmlessWhereDevicesShareAnArticle(t *testing.T) {
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
	require.Regexp(t, `[0-9]+ devices</h3>`, string(folded("harmless")))
	for _, attack := range attacks {
		text := folded(attack)
		requireTerminalSafe(t, text)
		require.Equal(t, wanted, skeleton.FindAllString(string(text), -1), "%q", attack)
	}
}

// Every device has its row and its place in an article, in whichever section, and every link its target.
func TestThePageOfManyDevicesIsWhole(t *testing.T) {
	t.Parallel()
	kinds := []func() remediate.DevicePlan{changePlan, compliantPlan, blockedPlan, errorPlan, notApplicablePlan}
	text := string(viewed(t, "html", runHead("plan"), manyOf(1000, func(i int) remediate.DevicePlan { return kinds[i%5]() })))
	assert.Equal(t, 5, strings.Count(text, "<article "))
	assert.Equal(t, 5, strings.Count(text, "</article>"))
	assert.Equal(t, 1000, strings.Count(text, `<li id="d`))
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
