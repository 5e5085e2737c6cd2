package site_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/endpoint"
	"github.com/acfix/acfix/ledger"
	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/store"
	"github.com/acfix/acfix/web"
)

// BenchmarkPagesOfTenThousandDevices measures the pages of a fleet of ten thousand, and what
// is done once when serve begins. Run it with -bench PagesOfTenThousand -run '^$'.
func BenchmarkPagesOfTenThousandDevices(b *testing.B) {
	const devices = 10_000
	pages, _ := manyPages(b, devices)
	for _, path := range []string{
		"/", "/?sort=firmware&order=down", "/?q=sbc-07&verdict=change", "/?view=roots&page=100", "/device?url=https%3A%2F%2Fsbc-00007.example", "/runs", "/runs/0000000000000001", "/runs/0000000000000001?page=150", "/jobs",
		"/static/style.css", "/static/live.js",
	} {
		b.Run(path, func(b *testing.B) {
			size := 0
			for b.Loop() {
				answer := httptest.NewRecorder()
				pages.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "http://127.0.0.1"+path, nil))
				if answer.Code != http.StatusOK {
					b.Fatal(answer.Code, answer.Body.String())
				}
				size = answer.Body.Len()
			}
			b.ReportMetric(float64(size)/1024, "KiB")
		})
	}
}

// TestThePageOfTenThousandDevicesIsQuick: the best of ten answers counts, for
// other tests run at the same time.
func TestThePageOfTenThousandDevicesIsQuick(t *testing.T) {
	t.Parallel()
	pages, source := manyPages(t, 10_000)
	quickest := time.Hour
	for range 10 {
		began := time.Now()
		answer := httptest.NewRecorder()
		pages.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "http://127.0.0.1/?sort=firmware", nil))
		quickest = min(quickest, time.Since(began))
		require.Contains(t, answer.Body.String(), "1 to 50 of 10000")
	}
	assert.Less(t, quickest, pageLimit)
	assert.Len(t, source.Fleet().Rows, 10_000)
}

// manyPages are the pages of a store with one plan run of so many devices.
func manyPages(t testing.TB, devices int) (http.Handler, *desk) {
	t.Helper()
	d := newDesk(t)
	d.fill(devices)
	began := time.Now()
	d.Keep(t.Context())
	t.Logf("%d devices read in %s", devices, time.Since(began))
	quiet := slog.New(slog.DiscardHandler)
	server, err := endpoint.Listen(t.Context(), endpoint.Config{Address: "127.0.0.1:0", Now: time.Now, Log: quiet})
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() })
	pages := web.New(web.Options{Source: d, Actions: d, Access: server.Access(), Now: time.Now, Sleep: d.Sleep, Until: t.Context(), Log: quiet})
	return server.Access().Identify(pages), d
}

// fill makes a plan run, with a document of each device as large as real ones.
func (d *desk) fill(devices int) {
	d.t.Helper()
	const run = "0000000000000001"
	sample, err := os.ReadFile(filepath.Join("testdata", "plan.json"))
	require.NoError(d.t, err)
	list := make([]store.Device, devices)
	for i := range list {
		list[i] = store.Device{Position: i, Target: fmt.Sprintf("sbc-%05d", i), URL: fmt.Sprintf("https://sbc-%05d.example", i), State: store.DeviceDone}
	}
	require.NoError(d.t, d.store.CreateRun(d.t.Context(), store.Run{ID: run, Action: "plan", Created: noon, Header: d.json(ledger.Header{})}, list))
	verdicts := remediate.Verdicts()
	for i := range list {
		verdict := verdicts[i%len(verdicts)]
		plan := bytes.ReplaceAll(sample, []byte(`"verdict":"change"`), []byte(`"verdict":"`+verdict+`"`))
		plan = bytes.ReplaceAll(plan, []byte(`7.4.500"`), fmt.Appendf(nil, `7.4.%d"`, 500+i%37))
		require.NoError(d.t, d.store.PutPlan(d.t.Context(), run, i, fmt.Sprint(i), string(verdict), plan, noon))
	}
	d.end(run, store.RunDone)
}
