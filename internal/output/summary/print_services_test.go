//go:build services

package summary_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/output/summary"
	"github.com/acfix/acfix/internal/records/known"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// crowded is a sheet of so many devices that has as much of everything as fits no page: reasons, long words and names.
func crowded(devices int, name string) *summary.Sheet {
	var all []known.Device
	codes := []string{
		"shared_context", "default_context", "management_client_certificates", "unsaved_changes", "server_verify", "dangling_reference",
		"ambiguous_name", "named_teams_only", "unrecognised_pstnhub", strings.Repeat("long_", 60),
	}
	for i := range devices {
		d := blockedBy(i, codes[i%len(codes)])
		switch i % 12 {
		case 0:
			d = device(i, remediate.Compliant)
		case 1:
			d = device(i, remediate.Change)
		case 2:
			d = since(device(i, remediate.Compliant), "error", "unreachable")
		case 3:
			d = device(i, remediate.NotApplicable)
		case 4:
			d = unread(i, "unauthorized")
		}
		d.Name, d.Listed = fmt.Sprintf("%s%d", name, i), i != 5
		d.Read = d.Read.AddDate(0, 0, -i%90)
		all = append(all, d)
	}
	s := summary.Fleet(all, []string{name}, noon)
	times := summary.WeeksBefore(noon)
	past := map[string][]store.PastReading{}
	for _, d := range all {
		past[d.URL] = make([]store.PastReading, len(times))
		for i, at := range times {
			past[d.URL][i] = store.PastReading{Verdict: "compliant", At: at}
		}
	}
	s.AddTrend(past, times)
	s.Deadline = summary.Deadline{Day: noon.AddDate(0, 0, 9), Of: name}
	for range 30 {
		s.Decisions = append(s.Decisions, summary.Decision{Who: name, What: strings.Repeat(name+" ", 9), At: noon})
	}
	return s
}

// The page for management is one sheet of A4, whatever the fleet.
func TestTheSummaryPrintsOnOnePage(t *testing.T) {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	tab, closeTab := chromedp.NewContext(allocator)
	t.Cleanup(closeTab)
	ctx, cancel := context.WithTimeout(tab, 5*time.Minute)
	t.Cleanup(cancel)
	shots := os.Getenv("ACFIX_TEST_SCREENSHOTS")
	sheets := map[string]*summary.Sheet{"mixed": mixed(), "nothing": summary.Fleet(nil, nil, noon)}
	for _, devices := range []int{3, 34, 10_000} {
		sheets[fmt.Sprintf("%d", devices)] = crowded(devices, "sbc-")
		sheets[fmt.Sprintf("%d, long names", devices)] = crowded(devices, strings.Repeat("sbc-at-a-very-long-site.", 8))
		sheets[fmt.Sprintf("%d, one long word", devices)] = crowded(devices, strings.Repeat("W", 300))
		sheets[fmt.Sprintf("%d, wide letters", devices)] = crowded(devices, strings.Repeat("\u754c", 300))
	}
	for name, sheet := range sheets {
		path := filepath.Join(t.TempDir(), "summary.html")
		require.NoError(t, os.WriteFile(path, []byte(written(t, "html", sheet)), 0o600))
		require.NoError(t, chromedp.Do(ctx, chromedp.Navigate("file://"+path)))
		printed := printedPage(t, ctx)
		pages := regexp.MustCompile(`/Type\s*/Page\b`).FindAll(printed, -1)
		assert.Len(t, pages, 1, "%s", name)
		assert.Contains(t, string(printed), "/MediaBox [0 0 594", "%s: A4", name)
		if shots != "" {
			require.NoError(t, os.WriteFile(filepath.Join(shots, "summary-"+name+".pdf"), printed, 0o600))
		}
	}
}

// printedPage is the page as the browser prints it, without any choice of a person.
func printedPage(t *testing.T, ctx context.Context) []byte {
	t.Helper()
	answer, err := chromedp.Run(ctx, func(ctx context.Context, target *chromedp.Target) (page.PrintToPDFResult, error) {
		return cdp.Call(ctx, target, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: new(true)})
	})
	require.NoError(t, err)
	return answer.Data
}
