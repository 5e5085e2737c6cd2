package webdata_test

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

	"github.com/acfix/acfix/internal/records/runs"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/httpserver"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/remediate"
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

// TestAPageOfTheFleetAsksNoStore: that is why it does not grow slower with the fleet.
func TestAPageOfTheFleetAsksNoStore(t *testing.T) {
	t.Parallel()
	pages, source := manyPages(t, 120)
	require.NoError(t, source.store.Close())
	for path, shown := range map[string]string{"/?sort=firmware": "1 to 50 of 120", "/?view=roots&page=3": "101 to 120 of 120"} {
		answer := httptest.NewRecorder()
		pages.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "http://127.0.0.1"+path, nil))
		assert.Equal(t, http.StatusOK, answer.Code, path)
		assert.Contains(t, answer.Body.String(), shown)
	}
	assert.Len(t, source.Fleet().Rows, 120)
}

// manyPages are the pages of a store with one plan run of so many devices.
func manyPages(t testing.TB, devices int) (http.Handler, *testProvider) {
	t.Helper()
	d := newTestProvider(t)
	d.fill(devices)
	began := time.Now()
	d.Keep(t.Context())
	t.Logf("%d devices read in %s", devices, time.Since(began))
	quiet := slog.New(slog.DiscardHandler)
	server, err := httpserver.Listen(t.Context(), httpserver.Config{Address: "127.0.0.1:0", ViewWithoutLogin: true, Now: time.Now, Log: quiet})
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() })
	pages := web.New(web.SiteOptions{Data: d, Actions: d, Access: server.Authenticator(), Now: time.Now, Sleep: d.Sleep, Until: t.Context(), Log: quiet})
	return server.Authenticator().Identify(pages), d
}

// fill makes a plan run, with a document of each device as large as real ones.
func (d *testProvider) fill(devices int) {
	d.t.Helper()
	const run = "0000000000000001"
	sample, err := os.ReadFile(filepath.Join("testdata", "plan.json"))
	require.NoError(d.t, err)
	list := make([]store.Device, devices)
	for i := range list {
		list[i] = store.Device{Position: i, Target: fmt.Sprintf("sbc-%05d", i), URL: fmt.Sprintf("https://sbc-%05d.example", i), State: store.DeviceDone}
	}
	require.NoError(d.t, d.store.CreateRun(d.t.Context(), store.Run{ID: run, Action: "plan", Created: noon, Header: d.json(runs.Header{})}, list))
	verdicts := remediate.Verdicts()
	for i := range list {
		verdict := verdicts[i%len(verdicts)]
		plan := bytes.ReplaceAll(sample, []byte(`"verdict":"change"`), []byte(`"verdict":"`+verdict+`"`))
		plan = bytes.ReplaceAll(plan, []byte(`7.4.500"`), fmt.Appendf(nil, `7.4.%d"`, 500+i%37))
		require.NoError(d.t, d.store.PutPlan(d.t.Context(), run, store.Sight{Position: i, Serial: fmt.Sprint(i), Verdict: string(verdict), Read: verdict != remediate.Errored}, plan, noon))
	}
	d.end(run, store.RunDone)
}
