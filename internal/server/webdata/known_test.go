package webdata_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	fleetrun "github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/known"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/remediate"
)

// oneRun is a run of one device at an address.
func (d *testProvider) oneRun(id, action, url string) {
	d.t.Helper()
	d.now = d.now.Add(24 * time.Hour)
	run := store.Run{ID: id, Action: action, Created: d.now, Header: []byte(`{}`), Inventory: "/fleet.yaml"}
	require.NoError(d.t, d.store.CreateRun(d.t.Context(), run, []store.Device{{Target: "ams-1", URL: url}}))
}

func (d *testProvider) failed(run string, status remediate.Status, written bool) {
	d.t.Helper()
	result := remediate.DeviceResult{Status: status}
	if written {
		result.Steps = []remediate.StepResult{{Kind: remediate.StepSave, Status: remediate.StepFailed}}
	}
	require.NoError(d.t, d.store.PutResult(d.t.Context(), run, 0, fleetrun.OutcomeOf(result), d.json(result), d.now))
}

// TestNoRunHidesWhatWasRead goes through the life of one device. After each run the fleet page, a store that was opened
// anew and the device's own page say the same.
func TestNoRunHidesWhatWasRead(t *testing.T) {
	t.Parallel()
	const first, second = "https://192.0.2.1", "https://192.0.2.2"
	d := newTestProvider(t)
	d.lives = true
	for _, step := range []struct {
		name            string
		do              func()
		url             string
		verdict, result string
		readBy          string
	}{
		{"never reached", func() {
			d.oneRun("dead", "plan", first)
			d.plan("dead", 0, "", remediate.Errored)
			d.end("dead", store.RunDone)
		}, first, "not_read", "error", ""},
		{"needs a change", func() {
			d.oneRun("plan", "plan", first)
			d.plan("plan", 0, "7", remediate.Change)
			d.end("plan", store.RunDone)
		}, first, "change", "change", "plan"},
		{"locked", func() {
			d.oneRun("locked", "apply", first)
			d.plan("locked", 0, "7", remediate.Change)
			d.failed("locked", remediate.Failed, false)
			d.end("locked", store.RunDone)
		}, first, "change", "failed", "locked"},
		{"unreachable", func() {
			d.oneRun("away", "plan", first)
			d.plan("away", 0, "", remediate.Errored)
			d.end("away", store.RunDone)
		}, first, "change", "error", "locked"},
		{"skipped", func() {
			d.oneRun("skipped", "apply", first)
			d.plan("skipped", 0, "", remediate.Errored)
			d.failed("skipped", remediate.Skipped, false)
			d.end("skipped", store.RunStopped)
		}, first, "change", "skipped", "locked"},
		{"interrupted after its reading", func() {
			d.oneRun("cut", "apply", first)
			d.plan("cut", 0, "7", remediate.Change)
			d.end("cut", store.RunInterrupted)
		}, first, "change", "skipped", "cut"},
		{"applied", func() {
			d.oneRun("apply", "apply", first)
			d.plan("apply", 0, "7", remediate.Change)
			d.failed("apply", remediate.Applied, true)
			d.end("apply", store.RunDone)
		}, first, "compliant", "applied", "apply"},
		{"lost it again, in the soak", func() {
			d.now = d.now.Add(time.Hour)
			d.failed("apply", remediate.Failed, true)
			d.end("apply", store.RunDone)
		}, first, "change", "failed", "apply"},
		{"moved, and not reached yet", func() {
			d.oneRun("moved", "plan", second)
			d.plan("moved", 0, "", remediate.Errored)
			d.end("moved", store.RunDone)
		}, second, "change", "error", "apply"},
		{"moved", func() {
			d.oneRun("there", "plan", second)
			d.plan("there", 0, "7", remediate.Compliant)
			d.end("there", store.RunDone)
		}, second, "compliant", "compliant", "there"},
		{"its old address is tried", func() {
			d.oneRun("old", "plan", first)
			d.plan("old", 0, "", remediate.Errored)
			d.end("old", store.RunDone)
		}, second, "compliant", "error", "there"},
	} {
		step.do()
		d.Keep(t.Context())
		rows := d.Fleet().Rows
		require.Len(t, rows, 1, step.name)
		assert.Equal(t, [3]string{step.url, step.verdict, step.result}, [3]string{rows[0].URL, rows[0].Verdict, rows[0].Result}, step.name)
		again, err := known.Devices(t.Context(), d.store, nil)
		require.NoError(t, err)
		require.Len(t, again, 1, step.name)
		fresh := web.FleetRowOf(again[0], nil)
		assert.Equal(t, [3]string{step.url, step.verdict, step.result}, [3]string{fresh.URL, fresh.Verdict, fresh.Result}, step.name)
		device, err := d.Device(t.Context(), first)
		require.NoError(t, err, step.name)
		assert.Equal(t, [3]string{step.url, step.readBy, step.result}, [3]string{device.Known.URL, device.Known.ReadRun, device.Known.Result}, step.name)
		assert.Equal(t, step.readBy != "", device.Reading != nil, step.name)
	}
	forgotten := d.Fleet().Rows[0].Addresses
	assert.Equal(t, []string{second, first}, forgotten)
	_, err := d.store.Forget(t.Context(), d.now, forgotten...)
	require.NoError(t, err)
	d.Keep(t.Context())
	assert.Empty(t, d.Fleet().Rows, "without waiting for the hour")
	_, err = d.Device(t.Context(), second)
	assert.ErrorIs(t, err, web.ErrUnknown)
}

func TestADeviceThatWasOnlyReadHasAPage(t *testing.T) {
	t.Parallel()
	d := newTestProvider(t)
	d.oneRun("cut", "apply", "https://192.0.2.1")
	d.plan("cut", 0, "7", remediate.Change)
	d.end("cut", store.RunInterrupted)
	device, err := d.Device(t.Context(), "https://192.0.2.1")
	require.NoError(t, err)
	assert.Equal(t, "change", device.Known.Verdict)
	assert.Equal(t, "cut", device.Head.ID)
	assert.Empty(t, device.History)
}

func TestOnlyInventoriesHaveTheFleet(t *testing.T) {
	t.Parallel()
	d := newTestProvider(t)
	listed := known.NewListed()
	listed.Add("ams-1", "https://192.0.2.1")
	listed.Add("new", "https://192.0.2.4")
	d.listed = listed
	d.oneRun("one", "plan", "https://192.0.2.1")
	d.plan("one", 0, "1", remediate.Change)
	d.run(store.Run{ID: "typed", Action: "plan"}, 1)
	d.plan("typed", 0, "2", remediate.Change)
	d.Keep(t.Context())
	shown := map[string]bool{}
	for _, row := range d.Fleet().Rows {
		shown[row.Name] = row.Listed
	}
	assert.Equal(t, map[string]bool{"ams-1": true, "new": true, "0": false}, shown)
	unmet := d.Fleet().Rows[slices.IndexFunc(d.Fleet().Rows, func(row web.FleetRow) bool { return row.Name == "new" })]
	assert.Equal(t, "not_read", unmet.Verdict, "no run has met it")
	assert.Equal(t, "needs_you", unmet.Group)
	assert.False(t, unmet.Met(), "it has no page")
}
