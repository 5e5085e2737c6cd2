package report_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func restorePlan() remediate.RestorePlan {
	return remediate.RestorePlan{
		Target: "sbc1.example.com", URL: "https://sbc1.example.com", Backup: "/var/backups/sbc1_1234567_20261122T121415Z",
		Taken: time.Date(2026, 11, 22, 12, 14, 15, 0, time.UTC), Verdict: remediate.Change,
		Device: remediate.Identity{Product: "Mediant VE SBC", Serial: "1234567", Firmware: "7.40A.500.357"},
		Steps: []remediate.Step{
			{Kind: remediate.StepBackup, Reason: "before anything is written"},
			{Kind: remediate.StepRemoveRoot, Context: new(1), Root: eccG5, Reason: "that run imported it, and it was not in the store before"},
			{Kind: remediate.StepDisableBundle, Context: new(1), Reason: "that run switched it on"},
			{Kind: remediate.StepSave, Reason: "until then the changes are in RAM only"},
		},
		Replaces: []int{1},
		ByHand:   []string{"TLS Context 2 \"Other\": the store would end empty. Remove by hand: " + rsaG5 + "."},
		Findings: []remediate.Finding{{
			Code: remediate.ReplacesStore, Level: remediate.Warning,
			Message: "Taking roots away replaces the trusted-root store of TLS Context 1 \"Teams\", which ends the live TLS connections of this context.",
			Hint:    "Do it in a quiet hour.",
		}},
	}
}

func TestRestorePlans(t *testing.T) {
	t.Parallel()
	nothing, blocked := restorePlan(), restorePlan()
	nothing.Verdict, nothing.Steps, nothing.ByHand, nothing.Findings = remediate.Compliant, nil, nil, nil
	blocked.Verdict, blocked.Steps, blocked.Findings = remediate.Blocked, nil, nil
	failed := remediate.ErrorRestorePlan(&remediate.Failure{Code: remediate.CodeBackupDamaged, Message: "the backup is damaged", Hint: "Use another."})
	failed.Target = "backups/sbc1"
	for name, plan := range map[string]remediate.RestorePlan{
		"restore-change": restorePlan(), "restore-nothing": nothing, "restore-blocked": blocked, "restore-failed": failed,
	} {
		var text bytes.Buffer
		require.NoError(t, report.Restore(&text, plan, report.Style{}))
		assertTidy(t, text.Bytes())
		assertGolden(t, name, text.Bytes())
	}
}

func TestRestorePlansAreClean(t *testing.T) {
	t.Parallel()
	const evil = "\x1b[2Jx\r\u202e"
	plan := restorePlan()
	plan.Target, plan.URL, plan.Backup = evil, evil, evil
	plan.Device = remediate.Identity{Product: evil, Serial: evil, Firmware: evil}
	plan.Steps[1].Root, plan.Steps[1].Reason = evil, evil
	plan.ByHand = []string{evil}
	var text bytes.Buffer
	require.NoError(t, report.Restore(&text, plan, report.Style{}))
	for _, forbidden := range []string{"\x1b", "\r", "\u202e"} {
		assert.NotContains(t, text.String(), forbidden)
	}
}
