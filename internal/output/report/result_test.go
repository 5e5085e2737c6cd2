package report_test

import (
	"bytes"
	"testing"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func stepResults(statuses ...remediate.StepStatus) []remediate.StepResult {
	steps := []remediate.StepResult{
		{Kind: remediate.StepBackup},
		{Kind: remediate.StepEnableBundle, Context: new(1)},
		{Kind: remediate.StepImportRoot, Context: new(1), Root: eccG5},
		{Kind: remediate.StepImportRoot, Context: new(1), Root: rsaG5},
		{Kind: remediate.StepSave},
	}
	for i := range steps {
		steps[i].Status = statuses[min(i, len(statuses)-1)]
	}
	return steps
}

func appliedResult() remediate.DeviceResult {
	return remediate.DeviceResult{
		Target: "sbc1.example.com", URL: "https://sbc1.example.com", Status: remediate.Applied,
		Steps: stepResults(remediate.StepDone), Backup: "/var/backups/sbc1_1234567_20261122T121415Z",
		BeforeAfter: &remediate.BeforeAfter{
			ProxySets: []remediate.ProxySetAlarms{{Index: 1, Name: "Teams", Before: remediate.AlarmNone, After: remediate.AlarmNone, ActiveBefore: []string{}, ActiveAfter: []string{}}},
			Text: []string{
				"Teams Proxy Set: no alarm before, no alarm after",
				"Teams IP Group (before → after the soak): abnormally terminated in: 76 → 76",
			},
		},
	}
}

func failedResult() remediate.DeviceResult {
	result := appliedResult()
	result.Status = remediate.Failed
	result.Steps = stepResults(remediate.StepDone, remediate.StepDone, remediate.StepDone, remediate.StepFailed, remediate.StepPending)
	result.LeftOnDevice = result.Steps[1:4]
	result.Error = &remediate.Failure{Code: remediate.CodeTimeout, Message: "add a trusted root to TLS Context 1: no answer", Hint: "Give the device more time with --timeout."}
	return result
}

func rolledBackResult() remediate.DeviceResult {
	result := appliedResult()
	result.Status = remediate.RolledBack
	result.Steps = stepResults(remediate.StepDone, remediate.StepFailed, remediate.StepPending)
	result.Error = &remediate.Failure{Code: remediate.CodeNotVerified, Message: "the device changed more than the one cell"}
	return result
}

func staleResult() remediate.DeviceResult {
	return remediate.DeviceResult{
		Target: "sbc3", URL: "https://192.0.2.3", Status: remediate.Stale, Steps: stepResults(remediate.StepPending),
		Error: &remediate.Failure{Code: remediate.CodeDrift, Message: "the device changed since the plan was made", Hint: "Plan again and look at what is different."},
	}
}

func declinedResult() remediate.DeviceResult {
	return remediate.DeviceResult{
		Target: "sbc4", URL: "https://192.0.2.4", Status: remediate.Skipped, Steps: stepResults(remediate.StepPending),
		Error: &remediate.Failure{Code: remediate.CodeDeclined, Message: "not confirmed"},
	}
}

// unfit is a device that a saved plan was not carried out on.
func unfit(code, message string) remediate.DeviceResult {
	result := staleResult()
	result.Error = &remediate.Failure{Code: code, Message: message, Hint: "Plan again."}
	return result
}

func stoppedResult() remediate.DeviceResult {
	result := declinedResult()
	result.Steps, result.Error = nil, &remediate.Failure{Code: remediate.CodeInterrupted, Message: "not read: stopped on request", Hint: "Go on with --resume."}
	return result
}

func blockedResult() remediate.DeviceResult {
	return remediate.DeviceResult{
		Target: "sbc5", URL: "https://192.0.2.5", Status: remediate.StatusBlocked, Findings: blockedPlan().Findings,
	}
}

func withStatus(target string, status remediate.Status) remediate.DeviceResult {
	return remediate.DeviceResult{Target: target, Status: status, Findings: blockedPlan().Findings}
}

func resultOf(devices ...remediate.DeviceResult) remediate.Result {
	result := remediate.Result{Schema: remediate.ResultSchema, Devices: devices}
	result.Summarize()
	return result
}

func TestResult(t *testing.T) {
	t.Parallel()
	several := resultOf(appliedResult(), failedResult(), rolledBackResult(), staleResult(), declinedResult(), blockedResult(),
		withStatus("sbc6", remediate.Unchanged), withStatus("sbc7", remediate.StatusNotApplicable), withStatus("sbc8", remediate.Planned))
	tests := map[string]struct {
		result remediate.Result
		style  report.Style
	}{
		"result-applied":     {result: resultOf(appliedResult())},
		"result-failed":      {result: resultOf(failedResult())},
		"result-rolled-back": {result: resultOf(rolledBackResult())},
		"result-stale":       {result: resultOf(staleResult())},
		"result-declined":    {result: resultOf(declinedResult())},
		"result-blocked":     {result: resultOf(blockedResult())},
		"result-unfit": {result: resultOf(
			unfit(remediate.CodePlanUsed, "the plan was already carried out on this device"), stoppedResult(), stoppedResult(),
			unfit(remediate.CodePlanExpired, "the plan is too old: it was made 7 days 1 minute ago, and at most 7 days may have passed"))},
		"result-several":       {result: several},
		"result-several-color": {result: several, style: report.Style{Color: true}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var text bytes.Buffer
			require.NoError(t, report.ResultStream(&text, listed(test.result.Devices, nil), test.style))
			assertGolden(t, name, text.Bytes())
			assertTidy(t, text.Bytes())
		})
	}
}

func TestEveryStatusHasItsWords(t *testing.T) {
	t.Parallel()
	seen := map[string]remediate.Status{}
	for _, status := range remediate.Statuses() {
		var text bytes.Buffer
		require.NoError(t, report.ResultStream(&text, listed(resultOf(withStatus("sbc", status)).Devices, nil), report.Style{}))
		sentence := text.String()
		assert.NotContains(t, seen, sentence, status)
		assert.NotContains(t, sentence, string(status)+"\n", "%s has no sentence", status)
		seen[sentence] = status
	}
}

func TestAStatusOfALaterVersionIsShownAsItIs(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	require.NoError(t, report.ResultStream(&text, listed(resultOf(withStatus("sbc", "postponed")).Devices, nil), report.Style{}))
	assert.Equal(t, "sbc\n  postponed\n", text.String())
}
