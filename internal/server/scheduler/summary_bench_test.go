package scheduler_test

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/output/summary"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/scheduler"
	"github.com/acfix/acfix/remediate"
)

// BenchmarkSummaryOfTenThousandDevices measures the page for management, from the store to HTML. "×least" is its CPU
// time against the least that does the job, measured in the same run: read the devices and their verdicts once, and
// write them. Run it with -bench SummaryOfTenThousand -run '^$'.
func BenchmarkSummaryOfTenThousandDevices(b *testing.B) {
	const devices, weeks = 10_000, 2
	ledger, run := manySummarized(b, devices, weeks)
	source := scheduler.Summaries{Ledger: ledger, Now: evening}
	least := cpuTime(b, func() {
		outlines, err := ledger.Store.Outlines(b.Context(), run)
		require.NoError(b, err)
		var text strings.Builder
		for _, o := range outlines {
			fmt.Fprintf(&text, "%s %s\n", html.EscapeString(o.Target), o.Verdict)
		}
		_, err = io.WriteString(io.Discard, text.String())
		require.NoError(b, err)
	})
	for name, read := range map[string]func() (*summary.Sheet, error){
		"fleet": func() (*summary.Sheet, error) { return source.Fleet(b.Context(), nil) },
		"run": func() (*summary.Sheet, error) {
			kept, err := ledger.Store.Run(b.Context(), run)
			require.NoError(b, err)
			return source.Run(b.Context(), kept)
		},
	} {
		b.Run(name, func(b *testing.B) {
			took := cpuTime(b, func() {
				for b.Loop() {
					sheet, err := read()
					require.NoError(b, err)
					require.Equal(b, devices, sheet.Total())
					require.NoError(b, summary.HTML(io.Discard, sheet))
				}
			}).Seconds() / float64(b.N)
			b.ReportMetric(took, "cpu-s/op")
			b.ReportMetric(took/least.Seconds(), "×least")
		})
	}
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

// manySummarized is a store with a plan of all devices in each of some weeks, with documents as large as real ones.
func manySummarized(b *testing.B, devices, weeks int) (ledger report.Ledger, newest string) {
	b.Helper()
	opened, err := store.Open(b.Context(), "sqlite:"+filepath.Join(b.TempDir(), "runs.db"))
	require.NoError(b, err)
	b.Cleanup(func() { _ = opened.Close() })
	sample, err := os.ReadFile(filepath.Join("..", "webdata", "testdata", "plan.json"))
	require.NoError(b, err)
	rows := make([]store.Device, devices)
	for week := range weeks {
		newest = fmt.Sprintf("%016x", week+1)
		for i := range rows {
			rows[i] = summarizedRow(b, sample, i)
		}
		at := evening.AddDate(0, 0, 7*(week-weeks))
		require.NoError(b, opened.CreateRun(b.Context(), store.Run{ID: newest, Action: "plan", Created: at, Header: []byte(`{}`)}, rows))
		for i, row := range rows {
			sight := store.Sight{Position: i, Verdict: row.Verdict, Read: true}
			require.NoError(b, opened.PutPlan(b.Context(), newest, sight, row.Plan, at))
		}
		require.NoError(b, opened.EndRun(b.Context(), newest, store.RunDone, 0, "", at))
	}
	return report.Ledger{Store: opened, Lives: func(string) bool { return false }}, newest
}

// summarizedRow is one of many devices: of ten, seven change, two are in order and one is blocked.
func summarizedRow(b *testing.B, sample []byte, i int) store.Device {
	b.Helper()
	var plan remediate.DevicePlan
	require.NoError(b, json.Unmarshal(sample, &plan))
	plan.Target, plan.URL = fmt.Sprintf("sbc-%05d", i), fmt.Sprintf("https://sbc-%05d.example", i)
	plan.Verdict = []remediate.Verdict{remediate.Change, remediate.Compliant, remediate.Blocked}[max(0, i%10-7)]
	text, err := json.Marshal(plan)
	require.NoError(b, err)
	return store.Device{Position: i, Target: plan.Target, URL: plan.URL, Verdict: string(plan.Verdict), Plan: text}
}
