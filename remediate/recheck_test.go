package remediate_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// recheck reads the device again as a fleet does: from the documents alone.
func (r *rig) recheck(ctx context.Context, plan remediate.DevicePlan, result remediate.DeviceResult) remediate.DeviceResult {
	r.t.Helper()
	document, err := json.Marshal(result)
	require.NoError(r.t, err)
	result = remediate.DeviceResult{}
	require.NoError(r.t, json.Unmarshal(document, &result))
	client := r.client(true)
	defer client.Close()
	return remediate.Recheck(ctx, client, plan, result, r.terms(remediate.Choice{AllRoots: true}), r.clock.Now)
}

func alarms(descriptions ...string) func(*rig) {
	return func(r *rig) {
		var active []mockdevice.Alarm
		for i, description := range descriptions {
			active = append(active, mockdevice.Alarm{ID: string(rune('1' + i)), Description: description})
		}
		r.device.SetAlarms(active)
	}
}

func fault(path string, status int) func(*rig) {
	return func(r *rig) {
		r.device.AddFault(mockdevice.Fault{Path: path, Do: mockdevice.Status, Status: status})
	}
}

// saved changes the device and saves that, as a restart with older files would.
func saved(change func(*mockdevice.Device)) func(*rig) {
	return func(r *rig) { change(r.device); r.save() }
}

// TestRecheck: what may happen to a device between its apply and the end of the soak, and what acfix reports then.
func TestRecheck(t *testing.T) {
	for name, row := range map[string]struct {
		before, meanwhile func(*rig)
		code, message     string // "" is still applied
		left              int
	}{
		"nothing":                         {},
		"a restart":                       {meanwhile: func(r *rig) { r.device.Reboot() }},
		"an alarm that was there before":  {meanwhile: alarms("fan")},
		"all alarms gone":                 {meanwhile: alarms()},
		"another parameter, saved":        {meanwhile: saved(param("MaxDigits", "30"))},
		"the switch was taken back":       {meanwhile: saved(set("TLSContexts", 1, "UseDefaultCABundle", "0")), code: remediate.CodeNotVerified, message: "enable_bundle"},
		"a root was taken out":            {meanwhile: saved(func(d *mockdevice.Device) { d.RemoveRoot(1, certs.Required()[4].SHA256) }), code: remediate.CodeNotVerified, message: "import_root DigiCert TLS RSA4096 Root G5"},
		"taken back in RAM":               {meanwhile: func(r *rig) { set("TLSContexts", 1, "UseDefaultCABundle", "0")(r.device) }, code: remediate.CodeNotVerified, message: "unsaved changes that acfix did not make"},
		"somebody left something unsaved": {meanwhile: func(r *rig) { r.device.SetParam("MaxDigits", "30") }, code: remediate.CodeNotVerified, message: "waits unsaved"},
		"the context is shared now":       {meanwhile: saved(set("IPGroup", 0, "DTLSContext", "Teams")), code: remediate.CodeNotVerified, message: "IPGroup 0"},
		"the other unit answers":          {meanwhile: func(r *rig) { r.device.SetSerial("4711") }, code: remediate.CodeNotVerified, message: `is "4711"`},
		"no serial number any more":       {meanwhile: func(r *rig) { r.device.SetSerial("") }, code: remediate.CodeNotVerified, message: `is ""`},
		"a new alarm":                     {meanwhile: alarms("fan", "Proxy Set lost"), code: remediate.CodeNotVerified, message: "a new alarm is active: Proxy Set lost", left: 3},
		"many new alarms":                 {meanwhile: alarms("1", "2", "3", "4", "5", "6", "7", "8"), code: remediate.CodeNotVerified, message: "5; 6; and 2 more", left: 3},
		"an alarm raised by the run itself": {
			before: func(r *rig) { r.once("/ini/incremental", func() { alarms("fan", "Proxy Set lost")(r) }) },
			code:   remediate.CodeNotVerified, message: "Proxy Set lost", left: 3,
		},
		"alarms can't be read any more": {meanwhile: fault("/alarms/active", http.StatusNotFound), code: remediate.CodeUnsupported, message: "alarms"},
		"alarms never could be read":    {before: fault("/alarms/active", http.StatusNotFound)},
		"alarms can be read now": {
			before:    fault("/alarms/active", http.StatusNotFound),
			meanwhile: func(r *rig) { r.device.ClearFaults() },
		},
		"no answer":        {meanwhile: func(r *rig) { r.url = "http://127.0.0.1:1" }, code: remediate.CodeUnreachable},
		"another password": {meanwhile: fault("/status", http.StatusUnauthorized), code: remediate.CodeUnauthorized},
		"busy for long":    {meanwhile: fault("/status", http.StatusServiceUnavailable), code: remediate.CodeBusy},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, preset(t, "7.4.500"))
			alarms("fan")(r)
			if row.before != nil {
				row.before(r)
			}
			plan := r.plan(remediate.Choice{})
			applied := r.carryOut(t.Context(), plan, remediate.Choice{})
			require.Equal(t, remediate.Applied, applied.Status, "%+v", applied.Error)
			r.device.OnRequest(nil)
			if row.meanwhile != nil {
				row.meanwhile(r)
			}
			r.device.ResetLog()
			result := r.recheck(t.Context(), plan, applied)
			assert.Zero(t, r.device.Writes())
			assert.Len(t, result.LeftOnDevice, row.left)
			assert.Equal(t, applied.Backup, result.Backup)
			if row.code == "" {
				require.NotEmpty(t, result.ReadAgain)
				result.ReadAgain = ""
				require.Equal(t, applied, result)
				return
			}
			require.Equal(t, remediate.Failed, result.Status)
			assert.Empty(t, result.ReadAgain)
			assert.Equal(t, row.code, result.Error.Code, result.Error.Message)
			assert.Contains(t, result.Error.Message, row.message)
			assert.Contains(t, result.Error.Hint, "When the run ended, the change was there, verified and saved.")
		})
	}
}

// TestASaveThatWasNoneIsFoundLater: the device reports nothing unsaved, but did not save.
func TestASaveThatWasNoneIsFoundLater(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	r.device.AddFault(mockdevice.Fault{Path: "/actions/saveConfiguration", Do: mockdevice.Ignore})
	honest := r.url
	r.url = rewriting(t, r, "/status", func(body string) string {
		return strings.NewReplacer(`"saveNeeded": true`, `"saveNeeded": false`, `"saveNeeded":true`, `"saveNeeded":false`).Replace(body)
	})
	plan := r.plan(remediate.Choice{})
	applied := r.carryOut(t.Context(), plan, remediate.Choice{})
	require.Equal(t, remediate.Applied, applied.Status, "%+v", applied.Error)
	r.url = honest
	r.device.Reboot()
	result := r.recheck(t.Context(), plan, applied)
	require.Equal(t, remediate.Failed, result.Status)
	assert.Contains(t, result.Error.Message, "enable_bundle")
}

// TestRecheckKeepsOtherResults: acfix reads no device again that was not applied.
func TestRecheckKeepsOtherResults(t *testing.T) {
	t.Parallel()
	for _, status := range remediate.Statuses() {
		if status == remediate.Applied {
			continue
		}
		result := remediate.DeviceResult{Status: status}
		assert.Equal(t, result, remediate.Recheck(t.Context(), nil, remediate.DevicePlan{}, result, remediate.Terms{}, nil), status)
	}
}

func TestARecheckThatIsBrokenOffIsCalledSo(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	plan := r.plan(remediate.Choice{})
	applied := r.carryOut(t.Context(), plan, remediate.Choice{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	result := r.recheck(ctx, plan, applied)
	assert.Equal(t, remediate.Failed, result.Status)
	assert.Equal(t, remediate.CodeInterrupted, result.Error.Code)
}
