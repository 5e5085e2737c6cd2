package report

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// TestCountsHaveTheWordsOfTheViews: a page that counts without documents must not contradict the one that reads them.
func TestCountsHaveTheWordsOfTheViews(t *testing.T) {
	t.Parallel()
	ended := time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	verdicts := append([]remediate.Verdict{""}, remediate.Verdicts()...)
	statuses := append([]remediate.Status{""}, remediate.Statuses()...)
	for _, head := range []RunHead{
		{State: "running"}, {State: "done", Ended: ended}, {State: "interrupted"}, {State: "stopped", Ended: ended},
	} {
		for _, action := range []string{"plan", "apply", "dry_run"} {
			head.Action = action
			for _, verdict := range verdicts {
				for _, status := range statuses {
					for _, state := range []store.DeviceState{store.DeviceWaiting, store.DeviceRunning, store.DeviceDone} {
						for _, skipped := range []bool{false, true} {
							if impossible(action, string(verdict), string(status), skipped) {
								continue
							}
							tally := store.Tally{State: state, Verdict: string(verdict), Status: string(status), Skipped: skipped, Count: 2}
							counts := head.Counts([]store.Tally{tally})
							shown := head.Show(deviceAsTallied(tally))
							want := WordCount{Word: shown.Word, Tone: shown.Tone(), Count: 2, gravity: shown.Gravity()}
							assert.Equal(t, []WordCount{want}, counts, "%+v %+v", head, tally)
						}
					}
				}
			}
		}
	}
}

// impossible are the combinations that no run makes.
func impossible(action, verdict, status string, skipped bool) bool {
	return action == "plan" && status != "" || verdict == "" && status != "" ||
		skipped && (verdict != string(remediate.Errored) || status != "")
}

func deviceAsTallied(tally store.Tally) RunDevice {
	device := RunDevice{Waiting: tally.State == store.DeviceWaiting, Again: tally.State == store.DeviceDone && tally.Status == ""}
	if tally.Verdict != "" {
		device.Plan = &remediate.DevicePlan{Verdict: remediate.Verdict(tally.Verdict), Skipped: tally.Skipped}
	}
	if tally.Status != "" {
		device.Result = &remediate.DeviceResult{Status: remediate.Status(tally.Status)}
	}
	return device
}
