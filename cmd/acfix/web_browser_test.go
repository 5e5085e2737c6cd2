//go:build services

package main

import (
	"context"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/mockdevice"
)

// browser is Chromium in front of the pages of a service.
type browser struct {
	t     *testing.T
	ctx   context.Context
	base  string
	shots string // folder of screenshots
	axe   string // source of axe-core
}

// openBrowser needs what scripts/test-services installs.
func openBrowser(t *testing.T, base string) *browser {
	t.Helper()
	path := os.Getenv("ACFIX_TEST_AXE")
	require.NotEmpty(t, path, "scripts/test-services sets ACFIX_TEST_AXE to axe.min.js")
	axe, err := os.ReadFile(path)
	require.NoError(t, err)
	shots := os.Getenv("ACFIX_TEST_SCREENSHOTS")
	if shots == "" {
		shots = t.TempDir()
	}
	require.NoError(t, os.MkdirAll(shots, 0o700))
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.Flag("ignore-certificate-errors", true))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, closeTab := chromedp.NewContext(allocator)
	t.Cleanup(closeTab)
	require.NoError(t, chromedp.Listen(ctx, func(event any) {
		if thrown, ok := event.(*runtime.EventExceptionThrown); ok {
			t.Errorf("the page's script failed: %+v", thrown.ExceptionDetails)
		}
	}))
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	t.Cleanup(cancel)
	b := &browser{t: t, ctx: ctx, base: base, shots: shots, axe: string(axe)}
	call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: countViolations + holdEnd})
	return b
}

// countViolations counts what the policy of the pages forbade.
const countViolations = `window.violations = [];
document.addEventListener("securitypolicyviolation", (e) => window.violations.push(e.violatedDirective + " " + e.blockedURI + " " + e.sample));`

// holdEnd keeps a live page from loading itself again while sessionStorage.hold is set: a page
// that goes away can't be examined.
const holdEnd = `
const listen = EventSource.prototype.addEventListener;
EventSource.prototype.addEventListener = function (kind, then) {
	const patient = (event) => sessionStorage.hold ? setTimeout(patient, 50, event) : then(event);
	listen.call(this, kind, kind === "end" ? patient : then);
};`

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	require.NoError(b.t, chromedp.Do(b.ctx, actions...))
}

// ask does what has an answer.
func ask[T any](b *browser, action chromedp.Action[T]) T {
	b.t.Helper()
	answer, err := chromedp.Run(b.ctx, action)
	require.NoError(b.t, err)
	return answer
}

// call sends a command of the browser's protocol.
func call[P, R any](b *browser, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	return ask(b, func(ctx context.Context, target *chromedp.Target) (R, error) {
		return cdp.Call(ctx, target, command, params)
	})
}

// open loads a page and wants nothing on it to have been against the policy.
func (b *browser) open(path string) {
	b.t.Helper()
	response := ask(b, chromedp.NavigateResponse(b.base+path))
	require.NotNil(b.t, response, path)
	require.Less(b.t, response.Status, int64(500), path)
	b.do(chromedp.WaitVisible("main"))
	b.requireLawful(path)
}

func (b *browser) requireLawful(path string) {
	b.t.Helper()
	require.Empty(b.t, ask(b, chromedp.Evaluate[[]string]("window.violations")), "violations of the policy on %s", path)
}

func (b *browser) text(selector string) string {
	b.t.Helper()
	return strings.TrimSpace(ask(b, chromedp.Text(selector)))
}

func (b *browser) count(selector string) int {
	b.t.Helper()
	return ask(b, chromedp.Evaluate[int](`document.querySelectorAll(`+literal(selector)+`).length`))
}

func literal(text string) string {
	written, _ := json.Marshal(text)
	return string(written)
}

// click follows a link or sends a form, and waits for the page that comes of it.
func (b *browser) click(selector string) {
	b.t.Helper()
	response, err := chromedp.RunResponse(b.ctx, chromedp.Click(selector))
	require.NoError(b.t, err)
	require.NotNil(b.t, response)
	b.do(chromedp.WaitVisible("main"))
	b.requireLawful(ask(b, chromedp.Location()))
}

// looks are the ways a page is looked at.
var looks = []struct {
	name   string
	width  int64
	scheme string
}{{"wide-light", 1280, "light"}, {"wide-dark", 1280, "dark"}, {"phone-light", 390, "light"}, {"phone-dark", 390, "dark"}}

// examine looks at the page in every way: no serious fault of accessibility, nothing beyond
// the edge; and takes a picture.
func (b *browser) examine(name string) {
	b.t.Helper()
	began := time.Now()
	defer func() { b.t.Logf("examined %s in %s", name, time.Since(began)) }()
	for _, look := range looks {
		b.do(chromedp.EmulateViewport(look.width, 900))
		call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: look.scheme}}})
		beyond := ask(b, chromedp.Evaluate[int](`document.documentElement.scrollWidth - window.innerWidth`))
		assert.LessOrEqual(b.t, beyond, 0, "%s is too wide for %s", name, look.name)
		b.requireAccessible(name + " " + look.name)
		picture := ask(b, chromedp.FullScreenshot(90))
		require.NoError(b.t, os.WriteFile(filepath.Join(b.shots, name+"-"+look.name+".jpg"), picture, 0o600))
	}
	b.do(chromedp.EmulateViewport(looks[0].width, 900))
}

// inaccessible is what axe-core found.
type inaccessible struct {
	ID     string   `json:"id"`
	Impact string   `json:"impact"`
	Help   string   `json:"help"`
	Nodes  []string `json:"nodes"`
}

// script runs on the page and is worth nothing.
func (b *browser) script(text string) {
	b.t.Helper()
	ask(b, chromedp.Evaluate[int](text+";0"))
}

// requireAccessible runs axe-core.
func (b *browser) requireAccessible(name string) {
	b.t.Helper()
	b.script(b.axe)
	found := ask(b, chromedp.Evaluate[[]inaccessible](`axe.run().then((r) => r.violations.map((v) =>
		({id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.slice(0, 3).map((n) => n.html)})))`,
		func(p *runtime.EvaluateParams) { p.AwaitPromise = new(true) }))
	for _, fault := range found {
		b.t.Logf("%s: %s: %s (%s) %q", name, fault.Impact, fault.Help, fault.ID, fault.Nodes)
		assert.NotContains(b.t, []string{"serious", "critical"}, fault.Impact, "%s: %s: %q", name, fault.Help, fault.Nodes)
	}
}

func TestEveryPageInABrowser(t *testing.T) {
	t.Parallel()
	s := startPages(t, mockdevice.FleetModel{Size: 70, Seed: 1, Dead: 2})
	plan := s.runJob("nightly-plan", exitFailed)
	s.acfix(exitDone, "apply", "-i", s.inventory, "--limit", "sbc-00001", "--yes")
	s.serve()
	b := openBrowser(t, s.base)
	device := "/device?url=" + url.QueryEscape(s.server.URL(0))
	b.open("/")
	s.waitFor(func() bool { b.open("/"); return b.count("tbody tr") == 50 })
	for _, shown := range []struct{ name, path, holds string }{
		{"fleet", "/", "sbc-"}, {"fleet-roots", "/?view=roots&sort=name&page=2", "DigiCert"}, {"fleet-empty", "/?q=nobody", "No device matches"},
		{"device", device, "Default CA bundle"}, {"runs", "/runs", "waits for approval"}, {"run", "/runs/" + plan, "Approve"},
		{"run-word", "/runs/" + plan + "?word=blocked", "Devices that are blocked"}, {"jobs", "/jobs", "weekend-apply"},
		{"start", "/jobs/run?job=weekend-apply", "starts writing at once"}, {"record", "/record", "No actions yet"}, {"unknown", "/nowhere", "no such page"},
	} {
		b.open(shown.path)
		assert.Contains(t, b.text("main"), shown.holds)
		b.examine(shown.name)
	}
	b.open(device)
	b.script(`document.querySelectorAll("details").forEach((d) => d.open = true)`)
	b.examine("device-open")
}

func TestFilterApproveAndALiveRunInABrowser(t *testing.T) {
	t.Parallel()
	s := startPages(t, mockdevice.FleetModel{Size: 24, Seed: 2, Uniform: "7.4.500", Latency: 30 * time.Millisecond})
	plan := s.runJob("nightly-plan", exitDone)
	s.serve()
	b := openBrowser(t, s.base)
	s.waitFor(func() bool { b.open("/"); return b.count("tbody tr") == 24 })

	b.do(chromedp.SendKeys("#q", "sbc-00007"))
	b.click(".filter button")
	assert.Equal(t, 1, b.count("tbody tr"))
	assert.Contains(t, b.text("tbody"), "sbc-00007")
	b.click(".filter a") // show all
	b.click(`th[aria-sort] a[href*="sort=name"]`)
	b.click(`th[aria-sort] a[href*="sort=name"]`)
	assert.Contains(t, b.text("tbody tr"), "sbc-00024", "the other way around")

	b.open("/jobs/run?job=weekend-apply")
	b.click("main button.main")
	assert.Contains(t, b.text("main"), "No plan is approved")

	b.open("/runs/" + plan)
	b.do(chromedp.SendKeys("#name", "R. Duty"), chromedp.SendKeys("#change", "CHG0042"))
	b.click(".approve button")
	assert.Contains(t, b.text("main"), "by R. Duty, under change CHG0042")
	assert.Zero(t, b.count("#approve"))

	b.open("/jobs/run?job=weekend-apply")
	b.click("main button.main")
	assert.Contains(t, b.text(".notice"), "weekend-apply")
	s.waitFor(func() bool {
		b.open("/runs?job=weekend-apply")
		return b.count("tbody th a") == 1
	})
	run := ask(b, chromedp.AttributeValue("tbody th a", "href")).Value
	b.script(`sessionStorage.hold = "1"`)
	b.open(run)
	b.script(`window.steps = new Set(); new MutationObserver(() => {
		sessionStorage.steps = Array.from(window.steps.add(document.querySelector('[data-live="settled"]').textContent)).join(" ");
		for (const one of document.querySelectorAll("article")) {
			if (one.querySelector(".word").textContent === "applied" && /Waiting|No result/.test(one.textContent)) sessionStorage.stale = one.textContent;
		}
	}).observe(document.querySelector("main"), {subtree: true, childList: true, characterData: true})`)
	b.examine("run-live")
	b.script(`sessionStorage.hold = ""`)
	s.waitFor(func() bool {
		state, err := chromedp.Run(b.ctx, chromedp.Text(`[data-live="state"]`))
		return err == nil && state == "done" // the page loaded itself again
	})
	steps := ask(b, chromedp.Evaluate[string]("sessionStorage.steps"))
	assert.Greater(t, len(strings.Fields(steps)), 1, "the page counted while the run went on: %q", steps)
	assert.Empty(t, ask(b, chromedp.Evaluate[string](`sessionStorage.stale || ""`)), "the sentence below a live badge contradicts it")
	assert.Contains(t, b.text(".totals"), "24\napplied")
	b.requireLawful(run)
	b.examine("run-done")
	b.open("/record")
	assert.Contains(t, b.text("tbody"), "CHG0042")
	b.examine("record-full")

	// Without JavaScript everything is there but live updates.
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.do(chromedp.Navigate(s.base+run), chromedp.WaitVisible("main article"))
	b.do(chromedp.Navigate(s.base+"/?q=sbc-00003"), chromedp.WaitVisible("tbody tr"))
}

// TestTheEngineerFindsWhyADeviceIsBlocked plays the story of the fleet page: in two clicks from there a telephony
// engineer knows why a device is blocked and what to do.
func TestTheEngineerFindsWhyADeviceIsBlocked(t *testing.T) {
	t.Parallel()
	s := startPages(t, mockdevice.FleetModel{Size: 70, Seed: 1, Dead: 2})
	s.runJob("nightly-plan", exitFailed)
	s.serve()
	b := openBrowser(t, s.base)
	s.waitFor(func() bool { b.open("/"); return b.count("tbody tr") == 50 })
	assert.Regexp(t, `\d+ of \d+ compliant, \d+ %`, b.text("#share"))
	row := `//tr[td[@data-label="Why"]//*[contains(., "shared context")]]`
	assert.Contains(t, ask(b, chromedp.Text(row)), "is also used by", "the reason stands in the row")

	b.click(`.reasons a[href*="reason=shared_context"]`)
	for range b.count("tbody tr") {
		assert.Contains(t, b.text("tbody tr td.why"), "shared context")
	}
	b.examine("story-fleet-reason")
	b.click("tbody tr th a")
	text := b.text("main")
	assert.Contains(t, text, "is also used by")
	assert.Contains(t, text, "Give Teams a TLS Context of its own", "what to do")
	b.examine("story-device")

	// Times are the visitor's own, with UTC to hover over; a filter is a link; and a phone has cards.
	b.open("/?group=needs_you&tag=shared-context")
	shown := ask(b, chromedp.Evaluate[string](`(() => { const t = document.querySelector("tbody time.moment"); return t ? t.title + "|" + t.textContent : "" })()`))
	assert.Regexp(t, `^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\|\d.*(ago|just now)$`, shown)
	assert.Contains(t, ask(b, chromedp.AttributeValue(".keep a", "href")).Value, "group=needs_you")
	b.do(chromedp.EmulateViewport(390, 900))
	assert.Equal(t, "grid", ask(b, chromedp.Evaluate[string](`getComputedStyle(document.querySelector("table.cards tr:last-child")).display`)))
	b.do(chromedp.EmulateViewport(1280, 900))
	b.open("/runs")
	assert.Regexp(t, `plan · 70 devices · nightly-plan · .*\d+ blocked.* · .*@`, b.text("th.story"))
}

func TestLoginInABrowser(t *testing.T) {
	t.Parallel()
	s := startPages(t, mockdevice.FleetModel{Size: 2, Seed: 3, Uniform: "7.4.500"})
	plan := s.runJob("nightly-plan", exitDone)
	viewer, approver := s.serveWithTokens()
	b := openBrowser(t, s.base)
	b.open("/runs/" + plan)
	assert.Equal(t, "Log in", b.text("h1"), "an anonymous visitor sees nothing")
	b.examine("login")
	b.login("acfix_wrong")
	assert.Contains(t, b.text(".error"), "Unknown token.")
	b.examine("login-failed")
	b.login(viewer)
	assert.Contains(t, b.text(".runid"), plan, "back at the page that was asked for")
	assert.Contains(t, b.text(".approve"), "needs the role approver")
	b.examine("run-viewer")

	cookies := call(b, network.GetCookies, network.GetCookiesParams{}).Cookies
	require.Len(t, cookies, 1)
	assert.True(t, cookies[0].HTTPOnly && cookies[0].Secure && cookies[0].SameSite == network.CookieSameSiteStrict, "%+v", cookies[0])

	b.click(".who button")
	assert.Equal(t, "Log in", b.text("h1"))
	b.open("/runs/" + plan)
	b.login(approver)
	b.do(chromedp.SendKeys("#change", "CHG0043"))
	b.click(".approve button")
	assert.Contains(t, b.text("main"), "by ada, under change CHG0043", "the name is the token's")
}

func (b *browser) login(token string) {
	b.t.Helper()
	b.do(chromedp.SendKeys("#token", token))
	b.click("main button")
}
