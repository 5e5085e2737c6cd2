package remediate_test

import (
	"context"
	"testing"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestEachKindOfDriftMakesAPlanStale changes one thing that a plan was made from.
func TestEachKindOfDriftMakesAPlanStale(t *testing.T) {
	for name, drift := range map[string]func(*mockdevice.Device){
		"another serial number":                  func(d *mockdevice.Device) { d.SetSerial("4711") },
		"a cell of the Teams TLS Context":        set("TLSContexts", 1, "TLSVersion", "8"),
		"a cell of another TLS Context":          set("TLSContexts", 0, "TLSVersion", "8"),
		"the switch is on already":               set("TLSContexts", 1, "UseDefaultCABundle", "1"),
		"a new TLS Context":                      withContext(3, "New"),
		"a cell of the Teams Proxy Set":          set("ProxySet", 1, "DNSResolveMethod", "0"),
		"another Proxy Set":                      func(d *mockdevice.Device) { d.AddRow("ProxySet", 7, map[string]string{"ProxyName": "New"}) },
		"a Proxy address":                        set("ProxyIp", 1, "IpAddress", "sip.pstnhub.gov.teams.microsoft.us"),
		"a Proxy address went":                   func(d *mockdevice.Device) { d.DeleteRow("ProxyIp", 3) },
		"mutual TLS at the SIP Interface":        set("SIPInterface", 1, "TLSMutualAuthentication", "-1"),
		"the port of the SIP Interface":          set("SIPInterface", 1, "TLSPort", "5062"),
		"the global client certificate":          param("SIPSRequireClientCertificate", "1"),
		"the global server verification":         unverified,
		"a root that was missing is there":       root(3),
		"a root that was not asked for":          root(0),
		"a stranger's root":                      strangers(1),
		"somebody else uses the TLS Context":     set("IPGroup", 0, "DTLSContext", "Teams"),
		"a parameter that names the TLS Context": param("QoETLSContextName", "'Teams'"),
		"the global way to ask DNS":              param("ProxyDNSQueryType", "2"),
		"client certificates of administrators":  param("HTTPSRequireClientCertificate", "1"),
		"a root that was there went":             func(d *mockdevice.Device) { d.RemoveRoot(1, d.Running().Roots[1][0]) },
		"the same root a second time is none":    nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, preset(t, "7.4.500"))
			plan := r.plan(remediate.Choice{})
			require.Equal(t, remediate.Change, plan.Verdict)
			want := remediate.Stale
			if drift == nil {
				held := mockdevice.SelfMadeRoot("Teams Root 1")
				drift, want = func(d *mockdevice.Device) { d.AddRoot(1, held); d.RemoveRoot(1, fingerprint(held)) }, remediate.Applied
			}
			drift(r.device)
			r.save()
			result := r.carryOut(context.Background(), plan, remediate.Choice{})
			require.Equal(t, want, result.Status, "%+v", result.Error)
			if want == remediate.Stale {
				assert.Equal(t, remediate.CodeDrift, result.Error.Code)
				assert.Zero(t, r.device.Writes())
				assert.Empty(t, result.Backup)
			}
		})
	}
}

// TestWhatChangesByItselfIsNoDrift changes one thing that a plan was not made from.
func TestWhatChangesByItselfIsNoDrift(t *testing.T) {
	for name, change := range map[string]struct {
		variant string
		do      func(*rig)
	}{
		"secrets":              {variant: "secrets-rotate"},
		"the order of rows":    {variant: "rows-shuffled"},
		"the order of columns": {variant: "columns-shuffled"},
		"the order of roots":   {variant: "store-shuffled"},
		"an hour":              {do: func(r *rig) { r.clock.now = r.clock.now.Add(time.Hour) }},
		"a parameter":          {do: func(r *rig) { r.device.SetParam("MaxDigits", "30") }},
		"another table":        {do: func(r *rig) { r.device.SetCell("IP2IPRouting", 0, "RouteName", "other") }},
		"another column of a table that names TLS Contexts": {do: func(r *rig) { r.device.SetCell("IPGroup", 0, "SIPGroupName", "other") }},
		"alarms": {do: func(r *rig) { r.device.SetAlarms([]mockdevice.Alarm{{ID: "1", Description: "fan"}}) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			model := preset(t, "7.4.500")
			if change.variant != "" {
				variant, ok := mockdevice.FindVariant(change.variant)
				require.True(t, ok)
				variant.Set(&model.Dialect)
			}
			r := newRig(t, model)
			plan := r.plan(remediate.Choice{})
			if change.do != nil {
				change.do(r)
				r.save()
			}
			result := r.carryOut(context.Background(), plan, remediate.Choice{})
			require.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
		})
	}
}

func TestAnotherPinnedCertificateIsDrift(t *testing.T) {
	t.Parallel()
	model := preset(t, "7.4.500")
	model.Dialect.TLS12Only = true // so that the rig speaks TLS
	one, two := newRig(t, model), newRig(t, model)
	pins := append(one.trust.Pins, two.trust.Pins...)
	one.trust, two.trust = audiocodes.Trust{Pins: pins}, audiocodes.Trust{Pins: pins}
	plan := one.plan(remediate.Choice{})
	result := two.carryOut(context.Background(), plan, remediate.Choice{})
	assert.Equal(t, remediate.Stale, result.Status)
	assert.Zero(t, two.device.Writes())
	assert.Equal(t, remediate.Applied, one.carryOut(context.Background(), plan, remediate.Choice{}).Status)
}
