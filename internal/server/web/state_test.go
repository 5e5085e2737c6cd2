package web_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/remediate"
)

// TestSkippedDevicesAreNotDone: a run that was stopped has not done those that it never started.
func TestSkippedDevicesAreNotDone(t *testing.T) {
	t.Parallel()
	data := runningShelf()
	data.run.Head.State, data.run.Head.Ended = "interrupted", evening
	data.run.Devices = []web.RunRow{
		{Position: 0, Wave: 1, Word: "applied", Tone: "good", Gravity: 4}, {Position: 1, Wave: 2, Word: "applied", Tone: "good", Gravity: 4},
		{Position: 2, Wave: 2, Word: "skipped", Tone: "idle", Gravity: 3}, {Position: 3, Wave: 3, Word: "skipped", Tone: "idle", Gravity: 3},
	}
	data.detail = append(data.detail, data.detail...)
	s := newSite(t, data, false)
	text := s.page("/runs/run")
	for _, part := range []string{
		"2 of 4 done, 0 in progress, 2 skipped", "Wave 1 done 1 1 of 1 done, 0 failed", "Wave 2 not finished 1 1 of 2 done, 0 failed, 1 skipped",
		"Wave 3 left 0 0 of 1 done, 0 failed, 1 skipped",
	} {
		assert.Contains(t, text, part)
	}
}

// TestTheFactsAreThoseAfterTheWrites of a run that verified them; those before other writes are called so.
func TestTheFactsAreThoseAfterTheWrites(t *testing.T) {
	t.Parallel()
	data := fleetShelf()
	device := data.devices["https://192.0.2.1"]
	off, one, root := false, 1, certs.Required()[0]
	plan := *device.Reading.Plan
	plan.Contexts = []remediate.ContextPlan{{ID: 1, Name: "Teams", UseDefaultCABundle: &off, Roots: []remediate.RootStatus{
		{Name: root.Name, SHA256: root.SHA256, State: remediate.RootMissing},
	}}}
	plan.Steps = []remediate.Step{{Kind: remediate.StepEnableBundle, Context: &one}, {Kind: remediate.StepImportRoot, Context: &one, Root: root.Name, SHA256: root.SHA256}}
	plan.Findings = []remediate.Finding{{Code: remediate.UnsavedChanges, Level: remediate.Warning, Message: "it waits"}}
	reading := *device.Reading
	reading.Plan, reading.Result = &plan, &remediate.DeviceResult{Status: remediate.Applied, Findings: plan.Findings}
	device.Known.Verdict, device.Reading, device.Device, device.Head.Action = "compliant", &reading, reading, "apply"
	put := func() string {
		data.devices["https://192.0.2.1"] = device
		return newSite(t, data, false).page(devicePage)
	}
	text := put()
	assert.Contains(t, text, "Default CA bundle on")
	assert.Contains(t, text, root.Name+" imported")
	assert.Contains(t, text, "Findings before the run")
	assert.NotContains(t, text, "from before the writes")

	before := reading
	before.Result = nil
	device.Reading, device.BeforeWrites = &before, "aa00bb11cc22dd33"
	text = put()
	assert.Contains(t, text, "These facts are from before the writes of run aa00bb11cc22dd33 .")
	assert.Contains(t, text, "Default CA bundle off")
	assert.Contains(t, text, root.Name+" missing")
}
