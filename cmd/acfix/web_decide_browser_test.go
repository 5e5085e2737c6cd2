//go:build services

package main

import (
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/mockdevice"
)

// weekendJobs carry out approved plans on Saturdays, in a change window.
const weekendJobs = `jobs:
  - name: nightly-plan
    schedule: "0 3 * * *"
    time_zone: Europe/Berlin
    action: plan
    inventory: inventory.yaml
  - name: weekend-apply
    schedule: "0 22 * * 6"
    time_zone: Europe/Berlin
    action: apply
    inventory: inventory.yaml
    batch: "tag:canary,25%,100%"
    soak: 10m
    window: "Sat,Sun 22:00-04:00 Europe/Berlin"
    approval: required
    plan_job: nightly-plan
  - name: by-hand
    action: apply
    inventory: inventory.yaml
`

func startWeekend(t *testing.T, model mockdevice.FleetModel) *station {
	t.Helper()
	s := startPages(t, model)
	require.NoError(t, os.WriteFile(s.jobs, []byte(weekendJobs), 0o600))
	return s
}

// onPhone looks at a page as a telephone does, until the next examination.
func (b *browser) onPhone() {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(390, 844))
	call(b, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: true})
}

// TestAnApproverRejectsAPlanOnAPhone: what will happen after a yes stands first, then the devices, then the decision;
// and a no has its reason on record.
func TestAnApproverRejectsAPlanOnAPhone(t *testing.T) {
	t.Parallel()
	s := startWeekend(t, mockdevice.FleetModel{Size: 24, Seed: 1, Dead: 2})
	plan := s.runJob("nightly-plan", exitFailed)
	_, approver := s.serveWithTokens()
	b := openBrowser(t, s.base)
	b.open("/runs/" + plan + "#approve")
	b.login(approver)
	b.onPhone()

	effect := b.text(".approve .lead")
	for _, part := range []string{"Approving lets weekend-apply write to ", " devices: ", "switch", "imports", "saves", "next Sat ", " 22:00 Europe/Berlin", "old."} {
		assert.Contains(t, effect, part)
	}
	assert.True(t, b.above(".approve .lead", ".approve .decide"), "the effect stands before the devices")
	assert.True(t, b.above(".approve .decide", ".approve button.main"), "and these before the decision")
	text := b.text(".approve")
	for _, part := range []string{"Approval holds until", "every Saturday at 22:00 Europe/Berlin", "Sat,Sun 22:00-04:00 Europe/Berlin", "Not written to", "need a person first", "could not be read"} {
		assert.Contains(t, text, part)
	}
	b.examine("story-approver")
	b.onPhone()
	b.do(chromedp.Click(".approve .decide summary"))
	assert.Contains(t, b.text(".approve .decide details[open]"), "back up the device", "the steps of a device unfold")
	b.script(`document.querySelectorAll(".approve details").forEach((d) => d.open = true)`)
	b.examine("story-approver-open")
	b.onPhone()

	b.do(chromedp.SendKeys("#reason", "not before the trunk test"))
	b.click(`form[action$="/reject"] button`)
	assert.Zero(t, b.count(".approve"))
	assert.Contains(t, b.text("main"), "rejected by ada: not before the trunk test")
	b.examine("story-approver-rejected")
	b.open("/jobs/run?job=weekend-apply")
	assert.Contains(t, b.text("main"), "Nothing would be started")
	for i := range s.fleet.Len() {
		assert.Zero(t, s.counts(i).Writes)
	}
}

// above reports whether an element begins higher on the page than another.
func (b *browser) above(one, other string) bool {
	b.t.Helper()
	const top = `document.querySelector(%).getBoundingClientRect().top`
	of := func(selector string) string { return strings.Replace(top, "%", literal(selector), 1) }
	return ask(b, chromedp.Evaluate[bool](of(one)+" < "+of(other)))
}

// TestDevicesAndJobsSayWhatToDo: a device that can't be reached shows why and what was known, with the way to each
// explanation and the command to undo a change; a job says what it would do and then what it did.
func TestDevicesAndJobsSayWhatToDo(t *testing.T) {
	t.Parallel()
	s := startWeekend(t, mockdevice.FleetModel{Size: 4, Seed: 1, Uniform: "7.4.500"})
	s.acfix(exitDone, "apply", "-i", s.inventory, "--limit", "sbc-00001", "--yes")
	s.runJob("nightly-plan", exitDone)
	s.fault(1, "* * drop")
	plan := s.runJob("nightly-plan", exitFailed)
	s.serve()
	b := openBrowser(t, s.base)
	s.waitFor(func() bool { b.open("/"); return b.count("tbody tr") == 4 })

	b.open("/device?url=" + url.QueryEscape(s.server.URL(1)))
	assert.Contains(t, b.text(".todo"), "Below is its last known state.")
	assert.Contains(t, b.text("main"), "Last known state")
	assert.NotContains(t, b.text("main"), "None")
	b.examine("device-unreachable")
	b.click(".todo a[href^='/explain/']")
	assert.Contains(t, b.text("main"), "What to do")
	b.examine("explanation")
	b.click(".crumbs a")
	b.examine("explanations")
	b.open("/explain/tls_untrustet")
	assert.Contains(t, b.text("main"), "Did you mean")
	b.examine("unexplained")

	b.open("/device?url=" + url.QueryEscape(s.server.URL(0)))
	assert.Contains(t, b.text("#todo"), "Nothing to do")
	assert.Contains(t, b.text("main"), "acfix restore ")
	b.script(`document.querySelectorAll("details").forEach((d) => d.open = true)`)
	b.examine("device-restore")
	b.open("/device?url=" + url.QueryEscape(s.server.URL(2)))
	assert.Contains(t, b.text(".todo"), "look at it and decide")
	b.examine("device-planned")

	b.open("/jobs")
	assert.Contains(t, b.text("main"), "daily at 03:00 Europe/Berlin, next in ")
	assert.Contains(t, b.text("main"), "1 error, 2 change, 1 compliant")
	b.examine("jobs-plan-waits")
	b.open("/jobs/run?job=by-hand")
	b.examine("start-by-hand")
	b.open("/jobs/run?job=weekend-apply")
	b.examine("start-unapproved")
	b.open("/runs/" + plan)
	b.do(chromedp.SendKeys("#name", "R. Duty"), chromedp.SendKeys("#change", "CHG0042"))
	b.click(".approve button")
	b.examine("run-approved")
	b.open("/jobs/run?job=weekend-apply")
	b.examine("start-approved")
	b.click("main button.main")
	assert.Contains(t, b.text(".notice"), "weekend-apply")
	s.waitFor(func() bool { // the page loads itself again
		text, err := chromedp.Run(b.ctx, chromedp.Text(".notice"))
		return err == nil && strings.Contains(text, "What it did")
	})
	assert.Contains(t, b.text(".notice"), "2 skipped")
	assert.Contains(t, b.text("main"), "approved by R. Duty", "the closed window leaves the approval")
	b.requireLawful("/jobs")
	b.examine("jobs-did")
}
