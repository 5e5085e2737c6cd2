package report_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// roots gives the required roots their states; those that are not named are present.
func roots(states map[string]remediate.RootState) []remediate.RootStatus {
	var list []remediate.RootStatus
	for _, root := range certs.Required() {
		state, ok := states[root.Name]
		if !ok {
			state = remediate.RootPresent
		}
		list = append(list, remediate.RootStatus{Name: root.Name, SHA256: root.SHA256, State: state})
	}
	return list
}

func allRoots(state remediate.RootState) []remediate.RootStatus {
	list := roots(nil)
	for i := range list {
		list[i].State = state
	}
	return list
}

const (
	eccG5 = "DigiCert TLS ECC P384 Root G5"
	rsaG5 = "DigiCert TLS RSA4096 Root G5"
)

func changePlan() remediate.DevicePlan {
	states := map[string]remediate.RootState{
		"DigiCert Global Root G3": remediate.RootBundled, eccG5: remediate.RootMissing, rsaG5: remediate.RootMissing,
	}
	return remediate.DevicePlan{
		Target: "sbc1.example.com", URL: "https://sbc1.example.com", Verdict: remediate.Change,
		Device: remediate.Identity{Product: "Mediant VE SBC", Serial: "1234567", Firmware: "7.40A.500.357", Release: "7.4.500"},
		Teams:  []remediate.TeamsLeg{{ProxySet: "Teams", SIPInterface: "SIPInterface_Teams", MutualTLS: remediate.MutualOn}},
		Contexts: []remediate.ContextPlan{
			{ID: 1, Name: "Teams", UseDefaultCABundle: new(false), Roots: roots(states)},
		},
		Steps: []remediate.Step{
			{Kind: remediate.StepBackup, Reason: "configuration and every TLS Context's roots and certificate, before anything is written"},
			{Kind: remediate.StepEnableBundle, Context: new(1), Reason: `"Use default CA Bundle" is off in TLS Context 1 "Teams"`},
			{Kind: remediate.StepImportRoot, Context: new(1), Root: eccG5, Reason: "not in the store, and the default CA bundle of 7.4.500 lacks it"},
			{Kind: remediate.StepImportRoot, Context: new(1), Root: rsaG5, Reason: "not in the store, and the default CA bundle of 7.4.500 lacks it"},
			{Kind: remediate.StepSave, Reason: "until then the changes are in RAM only"},
		},
		Findings: []remediate.Finding{{
			Code: remediate.BundleNotVerifiable, Level: remediate.Info,
			Message: `TLS Context 1 "Teams": 1 of the required roots is counted as present because AudioCodes says so.`,
			Hint:    "To rely on nothing but what can be seen, plan with --all-roots.",
		}},
	}
}

func compliantPlan() remediate.DevicePlan {
	plan := changePlan()
	plan.Target, plan.URL = "sbc2", "https://192.0.2.2"
	plan.Verdict, plan.Steps, plan.Findings = remediate.Compliant, nil, nil
	plan.Device.Firmware, plan.Device.Release = "7.40A.605.092", "7.4.605"
	plan.Contexts[0].UseDefaultCABundle = new(true)
	plan.Contexts[0].Roots = allRoots(remediate.RootBundled)
	return plan
}

func blockedPlan() remediate.DevicePlan {
	plan := changePlan()
	plan.Target, plan.URL = "https://192.0.2.3", "https://192.0.2.3"
	plan.Verdict, plan.Steps = remediate.Blocked, nil
	plan.Teams[0].MutualTLS = remediate.MutualUnknown
	plan.Findings = []remediate.Finding{
		{Code: remediate.SharedContext, Level: remediate.Problem, Message: `TLS Context 1 "Teams" is also used by Proxy Set "Carrier".`, Hint: "Give Teams a TLS Context of its own."},
		{Code: remediate.UnsavedChanges, Level: remediate.Warning, Message: "Changes that wait unsaved on this device are saved too.", Hint: "If they are not yours, ask who made them first."},
		{Code: remediate.UnlistedFQDN, Level: remediate.Info, Message: "An address is none of the published names."},
	}
	return plan
}

func notApplicablePlan() remediate.DevicePlan {
	return remediate.DevicePlan{
		Target: "sbc4", URL: "https://192.0.2.4", Verdict: remediate.NotApplicable,
		Device:   remediate.Identity{Firmware: "weird"},
		Findings: []remediate.Finding{{Code: remediate.NoTeamsLeg, Level: remediate.Info, Message: "No Proxy Set leads to Teams Direct Routing.", Hint: "Nothing to do."}},
	}
}

func errorPlan() remediate.DevicePlan {
	plan := remediate.ErrorPlan(errors.New("read the status: connection refused"))
	plan.Target, plan.URL = "sbc5", "https://192.0.2.5"
	plan.Error.Hint = "Check address, port and route."
	return plan
}

// twoContextsPlan is a leg whose directions use one TLS Context each.
func twoContextsPlan() remediate.DevicePlan {
	plan := changePlan()
	plan.Teams = append(plan.Teams, remediate.TeamsLeg{ProxySet: "Teams", MutualTLS: remediate.MutualUnknown})
	plan.Contexts[0].UseDefaultCABundle = new(true)
	plan.Contexts[0].Roots = roots(map[string]remediate.RootState{eccG5: remediate.RootMissing})
	plan.Contexts = append(plan.Contexts, remediate.ContextPlan{
		ID: 2, UseDefaultCABundle: new(true), Roots: roots(map[string]remediate.RootState{rsaG5: remediate.RootMissing}),
	})
	backup, save := plan.Steps[0], plan.Steps[4]
	plan.Steps = []remediate.Step{
		backup,
		{Kind: remediate.StepImportRoot, Context: new(1), Root: eccG5, Reason: "not in the store; all required roots were asked for"},
		{Kind: remediate.StepImportRoot, Context: new(2), Root: rsaG5, Reason: "not in the store; all required roots were asked for"},
		save,
	}
	plan.Findings = nil
	return plan
}

// noSwitchPlan is a firmware without the column UseDefaultCABundle.
func noSwitchPlan() remediate.DevicePlan {
	plan := changePlan()
	plan.Device = remediate.Identity{Product: "Mediant 1000", Serial: "0000000", Firmware: "7.20A.258.459", Release: "7.2.258"}
	plan.Contexts[0].UseDefaultCABundle = nil
	plan.Contexts[0].Roots = allRoots(remediate.RootMissing)
	backup, save := plan.Steps[0], plan.Steps[4]
	plan.Steps = []remediate.Step{backup}
	for _, root := range certs.Required() {
		plan.Steps = append(plan.Steps, remediate.Step{
			Kind: remediate.StepImportRoot, Context: new(1), Root: root.Name,
			Reason: "not in the store, and this context can't use the default CA bundle",
		})
	}
	plan.Steps = append(plan.Steps, save)
	plan.Findings = []remediate.Finding{{
		Code: remediate.BundleSwitchMissing, Level: remediate.Warning,
		Message: `Firmware 7.20A.258.459 has no "Use default CA Bundle" in TLS Context 1 "Teams"; all required roots are imported instead.`,
		Hint:    "Consider an update to the current 7.4 LTS firmware.",
	}}
	return plan
}

// savePlan has nothing left but to save.
func savePlan() remediate.DevicePlan {
	plan := changePlan()
	plan.Contexts[0].UseDefaultCABundle = new(true)
	plan.Contexts[0].Roots = allRoots(remediate.RootPresent)
	plan.Steps = []remediate.Step{{Kind: remediate.StepSave, Reason: "everything is in place, but only in RAM: a restart would lose it"}}
	plan.Findings = nil
	return plan
}

func planOf(devices ...remediate.DevicePlan) remediate.Plan {
	plan := remediate.Plan{Schema: remediate.PlanSchema, Devices: devices}
	plan.Summarize()
	return plan
}

func planText(t *testing.T, plan remediate.Plan, style report.Style) []byte {
	t.Helper()
	var text bytes.Buffer
	require.NoError(t, report.PlanStream(&text, remediate.PolicyReference{}, listed(plan.Devices, nil), style))
	return text.Bytes()
}

func TestPlan(t *testing.T) {
	t.Parallel()
	several := planOf(changePlan(), compliantPlan(), blockedPlan(), compliantPlan(), notApplicablePlan(), errorPlan())
	tests := map[string]struct {
		plan  remediate.Plan
		style report.Style
	}{
		"plan-change":         {plan: planOf(changePlan())},
		"plan-compliant":      {plan: planOf(compliantPlan())},
		"plan-blocked":        {plan: planOf(blockedPlan())},
		"plan-not-applicable": {plan: planOf(notApplicablePlan())},
		"plan-error":          {plan: planOf(errorPlan())},
		"plan-two-contexts":   {plan: planOf(twoContextsPlan())},
		"plan-no-switch":      {plan: planOf(noSwitchPlan())},
		"plan-save-only":      {plan: planOf(savePlan())},
		"plan-several":        {plan: several},
		"plan-several-color":  {plan: several, style: report.Style{Color: true}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := planText(t, test.plan, test.style)
			assertGolden(t, name, text)
			assertTidy(t, text)
		})
	}
}

func TestPlanWithoutDevicesIsEmpty(t *testing.T) {
	t.Parallel()
	assert.Empty(t, planText(t, planOf(), report.Style{}))
}

func TestWordsOfALaterVersionAreShownAsTheyAre(t *testing.T) {
	t.Parallel()
	plan := changePlan()
	plan.Verdict, plan.Contexts[0].Roots[0].State, plan.Steps[0].Kind = "postponed", "revoked", "defragment"
	plan.Findings[0].Level = "notice"
	for _, style := range []report.Style{{}, {Color: true}} {
		text := string(planText(t, planOf(plan), style))
		for _, word := range []string{"postponed", "revoked", "1. defragment", "notice"} {
			assert.Contains(t, text, word)
		}
		assert.NotContains(t, text, "\x1b[m")
	}
}

// brokenWriter stands for a closed pipe.
type brokenWriter struct{}

var errPipe = errors.New("broken pipe")

func (brokenWriter) Write([]byte) (int, error) { return 0, errPipe }

func TestAWriterThatFails(t *testing.T) {
	t.Parallel()
	require.ErrorIs(t, report.PlanStream(brokenWriter{}, remediate.PolicyReference{}, listed(planOf(changePlan()).Devices, nil), report.Style{}), errPipe)
	require.ErrorIs(t, report.ResultStream(brokenWriter{}, listed(resultOf(appliedResult()).Devices, nil), report.Style{}), errPipe)
}
