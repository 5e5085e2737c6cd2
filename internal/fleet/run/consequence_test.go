package run_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/remediate"
)

func failed(code string, done ...remediate.StepKind) remediate.DeviceResult {
	result := remediate.DeviceResult{Status: remediate.Failed, Error: &remediate.Failure{Code: code}}
	for _, kind := range done {
		result.Steps = append(result.Steps, remediate.StepResult{Kind: kind, Status: remediate.StepDone})
	}
	return result
}

// TestWhatAResultMeansForTheRest: only what was written to counts against the budget of
// failures, and a refused password counts whenever it was refused.
func TestWhatAResultMeansForTheRest(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		result remediate.DeviceResult
		means  rollout.Outcome
	}{
		"applied":                     {remediate.DeviceResult{Status: remediate.Applied}, rollout.Changed},
		"nothing to do":               {remediate.DeviceResult{Status: remediate.Unchanged}, rollout.Well},
		"stopped on request":          {failed(remediate.CodeInterrupted, remediate.StepEnableBundle), rollout.Cut},
		"broken after a write":        {failed(remediate.CodeUnreachable, remediate.StepEnableBundle), rollout.Broken},
		"refused after a write":       {failed(remediate.CodeUnauthorized, remediate.StepEnableBundle), rollout.BrokenUnauthorized},
		"refused before any write":    {failed(remediate.CodeUnauthorized), rollout.Unauthorized},
		"not reached":                 {failed(remediate.CodeUnreachable), rollout.Unreadable},
		"a failure of its own, alone": {failed(remediate.CodeLocked), rollout.Untouched},
	} {
		assert.Equal(t, test.means, run.OfResult(test.result), name)
	}
	foreign := failed(remediate.CodeUnauthorized)
	foreign.Error.ForeignLogin = true
	assert.Equal(t, rollout.Unreadable, run.OfResult(foreign), "the password was not looked at")
	assert.Equal(t, rollout.Unreadable, run.OfPlan(remediate.DevicePlan{Error: foreign.Error}))
	foreign = failed(remediate.CodeUnauthorized, remediate.StepEnableBundle)
	foreign.Error.ForeignLogin = true
	assert.Equal(t, rollout.Broken, run.OfResult(foreign))
	assert.Equal(t, rollout.Well, run.OfCheck(remediate.DeviceResult{Status: remediate.Applied}), "it is so still")
	assert.Equal(t, rollout.Broken, run.OfCheck(failed(remediate.CodeNotVerified, remediate.StepEnableBundle)))
	assert.Equal(t, rollout.Unreadable, run.OfPlan(remediate.DevicePlan{Error: &remediate.Failure{Code: remediate.CodeUntrusted}}))
}

// TestEveryHaltIsExplained: a device that was not started says why, and what to do.
func TestEveryHaltIsExplained(t *testing.T) {
	t.Parallel()
	for _, halt := range []rollout.Halt{rollout.TooManyFailures, rollout.TooManyUnreadable, rollout.WindowClosed, rollout.Interrupted, rollout.Faulty} {
		why := run.OfHalt(halt)
		assert.NotEmpty(t, why.Code)
		assert.Contains(t, why.Message, "not started: ")
		assert.Contains(t, why.Hint, "--resume")
		plan := run.Unstarted(&access.Device{Name: "sbc", URL: "https://192.0.2.1"}, why)
		assert.Equal(t, "sbc", plan.Target)
		assert.True(t, plan.Skipped)
		left := run.Left(why)
		assert.NotContains(t, left.Message+left.Hint, "not started", "it was begun with")
		assert.NotContains(t, left.Hint, "Nothing was sent", "earlier something was")
		assert.Contains(t, left.Hint, "do not save there by hand")
	}
}

// TestSinceForgetsNothingThatWasWritten, and lets a later try that got further speak for itself.
func TestSinceForgetsNothingThatWasWritten(t *testing.T) {
	t.Parallel()
	step := func(status remediate.StepStatus) remediate.DeviceResult {
		return remediate.DeviceResult{Status: remediate.Failed, Error: &remediate.Failure{Code: "a"}, Steps: []remediate.StepResult{{Kind: remediate.StepImportRoot, Status: status}}}
	}
	written, untouched := step(remediate.StepDone), step(remediate.StepPending)
	written.Backup = "backup"
	unreachable := remediate.DeviceResult{Status: remediate.Failed, Error: &remediate.Failure{Code: remediate.CodeUnreachable}}
	applied := remediate.DeviceResult{Status: remediate.Applied}

	kept := run.Since(written, unreachable)
	assert.Equal(t, unreachable.Error, kept.Error)
	assert.Equal(t, []any{written.Steps, "backup"}, []any{kept.Steps, kept.Backup})
	for name, test := range map[string]struct{ earlier, later remediate.DeviceResult }{
		"it was not written to": {untouched, unreachable},
		"it was written again":  {written, step(remediate.StepFailed)},
		"it got done":           {written, applied},
	} {
		assert.Equal(t, test.later, run.Since(test.earlier, test.later), name)
	}
}

// TestAClosedWindowSaysWhenItOpens, in the window's zone, and how long that is.
func TestAClosedWindowSaysWhenItOpens(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	now := time.Date(2026, 6, 3, 10, 0, 30, 0, time.UTC)
	why := run.Closed(now, time.Date(2026, 6, 6, 22, 0, 0, 0, zone))
	assert.Equal(t, run.CodeWindow, why.Code)
	assert.Equal(t, "not started: the change window is closed; it opens Sat 2026-06-06 22:00 Europe/Berlin, in 3 days 10 hours", why.Message)
	assert.Contains(t, why.Hint, "--resume")
	why = run.Closed(now, time.Date(2026, 6, 6, 22, 0, 0, 0, time.Local))
	assert.NotContains(t, why.Message+why.Hint, "Local", "the zone of this machine")
	for _, unknown := range []time.Time{{}, now} { // it may have opened meanwhile
		assert.Equal(t, run.OfHalt(rollout.WindowClosed), run.Closed(now, unknown))
	}
}

// TestWhatWasNotReadHasNotFailed: an interrupted reading differs from work on a device that a run had started.
func TestWhatWasNotReadHasNotFailed(t *testing.T) {
	t.Parallel()
	plan := run.NotRead(remediate.ErrorPlan(remediate.ErrInterrupted))
	assert.True(t, plan.Skipped)
	assert.Equal(t, remediate.CodeInterrupted, plan.Error.Code)
	assert.Equal(t, remediate.Skipped, remediate.NewResult(plan).Status)
	assert.Equal(t, rollout.Cut, run.OfPlan(plan), "it ends the run all the same")
}
