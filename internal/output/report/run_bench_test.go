package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// BenchmarkReportsOfTenThousandDevices measures each report of a kept run. "×least" is its CPU time against the least
// that does the job, measured in the same run: read the devices once, escape the text of all of them and write it.
// Run it with -bench ReportsOfTenThousand -run '^$'.
func BenchmarkReportsOfTenThousandDevices(b *testing.B) {
	for _, action := range []string{"plan", "apply"} {
		kept, head := manyKept(b, action, 10_000), runHead(action)
		var text bytes.Buffer
		require.NoError(b, report.RunFull(&text, head, kept.Devices(b.Context(), head.ID), report.Style{}))
		least := cpuTime(b, func() {
			for _, err := range kept.Devices(b.Context(), head.ID) {
				require.NoError(b, err)
			}
			_, err := io.WriteString(io.Discard, html.EscapeString(text.String()))
			require.NoError(b, err)
		})
		for _, view := range []string{"html", "csv", "junit.xml", "txt", "json"} {
			b.Run(action+"/"+view, func(b *testing.B) {
				var written counter
				took := cpuTime(b, func() {
					for b.Loop() {
						written = 0
						require.NoError(b, views[view](&written, head, kept.Devices(b.Context(), head.ID)))
					}
				})
				b.ReportMetric(float64(written)/(1<<20), "MiB")
				b.ReportMetric(took.Seconds()/float64(b.N), "cpu-s/op")
				b.ReportMetric(took.Seconds()/float64(b.N)/least.Seconds(), "×least")
			})
		}
	}
}

type counter int

func (c *counter) Write(piece []byte) (int, error) {
	*c += counter(len(piece))
	return len(piece), nil
}

// cpuTime is what this process uses for some work, the garbage collector's part included.
func cpuTime(b *testing.B, work func()) time.Duration {
	b.Helper()
	var before, after syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &before))
	work()
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &after))
	return time.Duration(after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano())
}

// manyKept is a ledger with one run, with a document of each device as large as real ones.
func manyKept(tb testing.TB, action string, number int) report.Ledger {
	tb.Helper()
	opened, err := store.Open(tb.Context(), "sqlite:"+filepath.Join(tb.TempDir(), "runs.db"))
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = opened.Close() })
	sample, err := os.ReadFile(filepath.Join("..", "..", "server", "webdata", "testdata", "plan.json"))
	require.NoError(tb, err)
	devices := make([]store.Device, number)
	for i := range devices {
		plan := manyPlan(tb, sample, i)
		devices[i] = store.Device{Position: i, Wave: i / 100, Target: plan.Target, URL: plan.URL, Verdict: string(plan.Verdict)}
		devices[i].Plan, err = json.Marshal(plan)
		require.NoError(tb, err)
	}
	run := runHead(action).ID
	require.NoError(tb, opened.CreateRun(tb.Context(), store.Run{ID: run, Action: action, Created: noon, Header: []byte(`{}`)}, devices))
	for _, device := range devices {
		if action == "apply" {
			putManyResult(tb, opened, run, device)
		}
	}
	require.NoError(tb, opened.EndRun(tb.Context(), run, store.RunDone, 0, "", noon))
	return report.Ledger{Store: opened, Lives: func(string) bool { return false }}
}

// manyPlan is the plan of one of many devices: of ten, seven change, two are in order and one is blocked.
func manyPlan(tb testing.TB, sample []byte, i int) remediate.DevicePlan {
	tb.Helper()
	var plan remediate.DevicePlan
	sample = bytes.ReplaceAll(sample, []byte("7.4.500"), fmt.Appendf(nil, "7.4.%d", 500+i%37))
	require.NoError(tb, json.Unmarshal(sample, &plan))
	plan.Target, plan.URL = fmt.Sprintf("sbc-%05d", i), fmt.Sprintf("https://sbc-%05d.example", i)
	plan.Device.Serial = fmt.Sprint(5_000_000 + i)
	switch i % 10 {
	case 3, 6:
		plan.Verdict, plan.Steps = remediate.Compliant, nil
	case 9:
		plan.Verdict, plan.Steps = remediate.Blocked, nil
		plan.Findings = slices.Concat(blockedPlan().Findings, plan.Findings)
	}
	return plan
}

// putManyResult keeps a device's result: of the changes one in fifty failed.
func putManyResult(tb testing.TB, opened *store.Store, run string, device store.Device) {
	tb.Helper()
	var plan remediate.DevicePlan
	require.NoError(tb, json.Unmarshal(device.Plan, &plan))
	result := remediate.NewResult(plan)
	if plan.Verdict == remediate.Change {
		result = appliedResult()
		if device.Position%50 == 0 {
			result = failedResult()
		}
		result.Target, result.URL, result.Findings = plan.Target, plan.URL, plan.Findings
		result.Backup = fmt.Sprintf("/var/backups/%s_%s_20261122T121415Z", plan.Target, plan.Device.Serial)
	}
	text, err := json.Marshal(result)
	require.NoError(tb, err)
	require.NoError(tb, opened.PutResult(tb.Context(), run, device.Position, store.Outcome{Status: string(result.Status)}, text, noon))
}
