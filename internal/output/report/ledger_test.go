package report_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// keptRun is a ledger with one run of two devices, the first of which is planned.
func keptRun(t *testing.T, living ...string) report.Ledger {
	t.Helper()
	opened, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "runs.db"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = opened.Close() })
	run := store.Run{ID: "run1", Action: "plan", Job: "nightly", Acfix: "1.0", Host: "here", Created: noon, Header: []byte(`{"plan":{"policy":{"id":"rule-7"}}}`)}
	devices := []store.Device{{Position: 0, Target: "a", URL: "https://a"}, {Position: 1, Target: "b", URL: "https://b", Wave: 1}}
	require.NoError(t, opened.CreateRun(t.Context(), run, devices))
	require.NoError(t, opened.PutPlan(t.Context(), "run1", store.Sight{Serial: "1", Verdict: "change"}, []byte(`{"verdict":"change"}`), noon.Add(time.Minute)))
	return report.Ledger{Store: opened, Lives: func(run string) bool { return slices.Contains(living, run) }}
}

func TestARunWhoseProcessDiedIsInterrupted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		living []string
		end    store.RunState
		state  string
		reason string
	}{
		"goes on": {living: []string{"run1"}, state: "running"},
		"died":    {state: "interrupted", reason: "its process has ended; continue with --resume run1"},
		"ended":   {end: store.RunStopped, state: "stopped", reason: "enough"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kept := keptRun(t, test.living...)
			if test.end != "" {
				require.NoError(t, kept.Store.EndRun(t.Context(), "run1", test.end, 5, "enough", noon.Add(time.Hour)))
			}
			heads, err := kept.Heads(t.Context(), store.Filter{})
			require.NoError(t, err)
			require.Len(t, heads, 1)
			assert.Equal(t, test.state, heads[0].State)
			assert.Equal(t, test.reason, heads[0].Reason)
		})
	}
}

func TestAHeadHasAllThatTheStoreKeeps(t *testing.T) {
	t.Parallel()
	exit := 3
	given := store.Approval{Name: "R. Duty", Change: "CHG0042", Time: noon}
	head, err := report.HeadOf(store.Run{
		ID: "run1", Action: "apply", Job: "weekend", State: store.RunDone, Acfix: "1.0", Host: "here", Reason: "why", PlanRun: "run0",
		Created: noon, Ended: noon.Add(2), Due: noon.Add(1), Exit: &exit, Approval: &given, Header: []byte(`{"plan":{"policy":{"id":"rule-7"}},"saved":true}`),
	})
	require.NoError(t, err)
	assert.Equal(t, report.RunHead{
		ID: "run1", Action: "apply", Job: "weekend", State: "done", Acfix: "1.0", Policy: remediate.PolicyReference{ID: "rule-7"}, Host: "here", Reason: "why", PlanRun: "run0",
		Created: noon, Ended: noon.Add(2), Due: noon.Add(1), Exit: &exit, Approval: &store.Approval{Name: "R. Duty", Change: "CHG0042", Time: noon},
	}, head)
}

func TestDevicesComeWithTheirDocuments(t *testing.T) {
	t.Parallel()
	kept := keptRun(t)
	var devices []report.RunDevice
	for device, err := range kept.Devices(t.Context(), "run1") {
		require.NoError(t, err)
		devices = append(devices, device)
	}
	require.Len(t, devices, 2)
	require.NotNil(t, devices[0].Plan)
	assert.Equal(t, remediate.Change, devices[0].Plan.Verdict)
	assert.Equal(t, report.RunDevice{Position: 1, Wave: 1, Target: "b", URL: "https://b", Waiting: true}, devices[1])
}

// TestWhatCantBeReadIsAnError: a document that is damaged must not pass for an empty one.
func TestWhatCantBeReadIsAnError(t *testing.T) {
	t.Parallel()
	kept := keptRun(t)
	require.NoError(t, kept.Store.PutPlan(t.Context(), "run1", store.Sight{Serial: "1", Verdict: "change"}, []byte(`{"verdict":7}`), noon))
	var last error
	met := 0
	for _, err := range kept.Devices(t.Context(), "run1") {
		last, met = err, met+1
	}
	assert.ErrorContains(t, last, "read the store: ")
	assert.Equal(t, 1, met, "nothing comes after an error")
	_, err := report.HeadOf(store.Run{Header: []byte(`[]`)})
	assert.ErrorContains(t, err, "read the store: ")
	_, err = report.DeviceOf(store.Device{Result: []byte(`{`)})
	assert.ErrorContains(t, err, "read the store: ")
	require.NoError(t, kept.Store.Close())
	_, err = kept.Heads(t.Context(), store.Filter{})
	assert.Error(t, err)
}

// TestATallyHasTheWordsOfTheReport: whoever goes from the history to a report must find the same numbers.
func TestATallyHasTheWordsOfTheReport(t *testing.T) {
	t.Parallel()
	for action, want := range map[string]string{
		"plan":    "6: 3 change, 1 error, 1 skipped, 1 compliant",
		"dry_run": "6: 3 planned, 1 failed, 1 skipped, 1 unchanged",
		"apply":   "6: 2 failed, 2 applied, 1 skipped, 1 unchanged",
	} {
		opened, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "runs.db"))
		require.NoError(t, err)
		t.Cleanup(func() { _ = opened.Close() })
		devices := make([]store.Device, 6)
		for i := range devices {
			devices[i] = store.Device{Position: i, Target: string(rune('a' + i)), URL: "https://a"}
		}
		require.NoError(t, opened.CreateRun(t.Context(), store.Run{ID: "run1", Action: action, Created: noon, Header: []byte(`{}`)}, devices))
		for i, document := range []string{
			`{"verdict":"change"}`, `{"verdict":"change"}`, `{"verdict":"change"}`, `{"verdict":"compliant"}`,
			`{"verdict":"error","error":{"code":"timeout"}}`, `{"verdict":"error","skipped":true,"error":{"code":"interrupted"}}`,
		} {
			verdict := []string{"change", "change", "change", "compliant", "error", "error"}[i]
			require.NoError(t, opened.PutPlan(t.Context(), "run1", store.Sight{Position: i, Verdict: verdict}, []byte(document), noon))
		}
		if action == "apply" {
			for i, status := range []string{"applied", "applied", "failed"} {
				require.NoError(t, opened.PutResult(t.Context(), "run1", i, store.Outcome{Status: status}, []byte(`{"status":"`+status+`"}`), noon))
			}
		}
		require.NoError(t, opened.EndRun(t.Context(), "run1", store.RunDone, 0, "", noon.Add(time.Hour)))
		kept := report.Ledger{Store: opened, Lives: func(string) bool { return false }}
		heads, err := kept.Heads(t.Context(), store.Filter{})
		require.NoError(t, err)
		tally, err := kept.Tally(t.Context(), heads[0])
		require.NoError(t, err)
		assert.Equal(t, want, tally, action)
		words := map[string]int{}
		for word, err := range report.RunWords(heads[0], kept.Devices(t.Context(), "run1")) {
			require.NoError(t, err)
			words[word.Word]++
		}
		for word, n := range words {
			assert.Contains(t, tally, fmt.Sprintf("%d %s", n, word), action)
		}
	}
}

func TestATallyCountsWhatWasDeleted(t *testing.T) {
	t.Parallel()
	kept := keptRun(t, "run1")
	heads, err := kept.Heads(t.Context(), store.Filter{})
	require.NoError(t, err)
	tally, err := kept.Tally(t.Context(), heads[0])
	require.NoError(t, err)
	assert.Equal(t, "2: 1 change, 1 waiting", tally)
	heads[0].Pruned, heads[0].ID = 7, "another"
	tally, err = kept.Tally(t.Context(), heads[0])
	require.NoError(t, err)
	assert.Equal(t, "7: 7 deleted", tally)
	heads[0].Pruned = 0
	tally, err = kept.Tally(t.Context(), heads[0])
	require.NoError(t, err)
	assert.Empty(t, tally)
	require.NoError(t, kept.Store.Close())
	_, err = kept.Tally(t.Context(), heads[0])
	assert.Error(t, err)
}
