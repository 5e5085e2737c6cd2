package metrics_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/known"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/metrics"
)

var noon = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// Messages that were not sent are counted also while the store is down.
func TestMessagesThatWereNotSentAreCounted(t *testing.T) {
	t.Parallel()
	from := &fakeStore{}
	from.down.Store(true)
	registry := metrics.Registry(metrics.CollectorOptions{
		Store: from, Now: func() time.Time { return noon },
		Lost: func() map[string]int { return map[string]int{"boss": 2, "teams": 0} },
	})
	assert.NoError(t, testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP acfix_messages_not_sent Messages about runs that could not be sent since this process began, to webhooks and by e-mail.
# TYPE acfix_messages_not_sent gauge
acfix_messages_not_sent{receiver="boss"} 2
acfix_messages_not_sent{receiver="teams"} 0
`), "acfix_messages_not_sent"))
}

// fakeStore is a store of rows.
type fakeStore struct {
	devices []store.Device
	good    map[string]time.Time
	runs    []store.Run
	down    atomic.Bool
	reads   atomic.Int32
	slow    chan struct{} // when set, devices come once it is closed
}

func (s *fakeStore) failure() error {
	if s.down.Load() {
		return store.ErrDown
	}
	return nil
}

func (s *fakeStore) Latest(ctx context.Context) store.Addresses {
	return func(yield func(store.Latest, error) bool) {
		s.reads.Add(1)
		if s.slow != nil {
			select {
			case <-s.slow:
			case <-ctx.Done():
				yield(store.Latest{}, ctx.Err())
				return
			}
		}
		for _, device := range s.devices {
			if !yield(latestOf(device), nil) {
				return
			}
		}
		if err := s.failure(); err != nil {
			yield(store.Latest{}, err)
		}
	}
}

// latestOf is an address with one row: of a run that ended, and of a reading if the row has one.
func latestOf(device store.Device) store.Latest {
	at := store.Latest{URL: device.URL, Ended: &device}
	if device.Known != "" {
		device.KnownAt = noon
		at.Read = &device
	}
	return at
}

func (s *fakeStore) LastKnown(_ context.Context, verdict string) (map[string]time.Time, error) {
	if verdict != "compliant" {
		return nil, errors.New("not in order")
	}
	return s.good, nil
}

func (s *fakeStore) Runs(_ context.Context, filter store.Filter) ([]store.Run, error) {
	var found []store.Run
	for _, run := range s.runs {
		fits := (filter.Job == "" || filter.Job == run.Job) && (filter.State == "" || filter.State == string(run.State))
		if fits && (filter.Limit == 0 || len(found) < filter.Limit) {
			found = append(found, run)
		}
	}
	return found, nil
}

func (s *fakeStore) Orphans(context.Context) ([]store.Run, error) { return make([]store.Run, 3), nil }

// clock stands still unless it is set.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time { return noon.Add(time.Duration(c.at.Load())) }

func options(s metrics.StoreReader) metrics.CollectorOptions {
	return metrics.CollectorOptions{Store: s, Build: metrics.Build{Version: "v1", Commit: "abc", Go: "go1"}, Now: new(clock).now}
}

// scrape returns the samples of acfix, as text.
func scrape(t *testing.T, options metrics.CollectorOptions) []string {
	t.Helper()
	var lines []string
	for line := range strings.Lines(body(t, options)) {
		if !strings.HasPrefix(line, "#") && strings.HasPrefix(line, "acfix_") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

func body(t *testing.T, options metrics.CollectorOptions) string {
	t.Helper()
	recorder := httptest.NewRecorder()
	metrics.Handler(metrics.Registry(options)).ServeHTTP(recorder, httptest.NewRequest("GET", "/metrics", nil))
	require.Equal(t, 200, recorder.Code, recorder.Body.String())
	return recorder.Body.String()
}

func starting(lines []string, prefixes ...string) []string {
	found := []string{}
	for _, line := range lines {
		for _, prefix := range prefixes {
			if strings.HasPrefix(line, prefix) {
				found = append(found, line)
			}
		}
	}
	return found
}

// contexts writes a plan's contexts: of each the switch, and a letter for each root's state.
func contexts(list ...string) json.RawMessage {
	states := map[rune]string{'p': "present", 'b': "bundled", 'm': "missing"}
	var all []string
	for _, context := range list {
		bundle, letters, _ := strings.Cut(context, " ")
		var roots []string
		for i, letter := range letters {
			roots = append(roots, fmt.Sprintf(`{"name":"r","sha256":"%02x","state":%q}`, i, states[letter]))
		}
		all = append(all, fmt.Sprintf(`{"use_default_ca_bundle":%s,"roots":[%s]}`, bundle, strings.Join(roots, ",")))
	}
	return json.RawMessage(fmt.Sprintf(`{"contexts":[%s],"more":{}}`, strings.Join(all, ",")))
}

func TestADeviceIsCountedByItsReadingAndByItsResult(t *testing.T) {
	t.Parallel()
	const absent = -1
	row := func(known, verdict, status string, plan json.RawMessage) store.Device {
		return store.Device{Known: known, Verdict: verdict, Status: status, Plan: plan}
	}
	for name, test := range map[string]struct {
		device          store.Device
		verdict, result string
		missing         int
	}{
		"compliant":                        {row("compliant", "compliant", "", contexts("true bbppppp")), "compliant", "compliant", 0},
		"applied, its plan is older":       {row("compliant", "change", "applied", contexts("null mmmmmmm")), "compliant", "applied", 0},
		"unchanged":                        {row("compliant", "compliant", "unchanged", contexts("null ppppppp")), "compliant", "unchanged", 0},
		"change":                           {row("change", "change", "", contexts("null mmppppp")), "change", "change", 2},
		"planned by a dry run":             {row("change", "change", "planned", contexts("null mpppppp")), "change", "planned", 1},
		"a bundle that is off yet":         {row("change", "change", "", contexts("false bbbbbmm")), "change", "change", 7},
		"a root that two contexts lack":    {row("change", "change", "", contexts("null mmppppp", "null mpmpppp")), "change", "change", 3},
		"failed halfway counts as planned": {row("change", "change", "failed", contexts("null mmppppp")), "change", "failed", 2},
		"locked":                           {row("change", "change", "failed", contexts("null mmppppp")), "change", "failed", 2},
		"skipped":                          {row("change", "change", "skipped", contexts("null mmppppp")), "change", "skipped", 2},
		"rolled back":                      {row("change", "change", "rolled_back", contexts("false bbbbbpp")), "change", "rolled_back", 5},
		"stale":                            {row("change", "change", "stale", contexts("null mpppppp")), "change", "stale", 1},
		"blocked":                          {row("blocked", "blocked", "blocked", contexts("null mpppppp")), "blocked", "blocked", 1},
		"not applicable":                   {row("not_applicable", "not_applicable", "", contexts()), "not_applicable", "not_applicable", absent},
		"never read":                       {row("", "error", "", contexts()), "unknown", "error", absent},
		"never started, in a plan":         {row("", "error", "", json.RawMessage(`{"skipped":true,"contexts":[]}`)), "unknown", "skipped", absent},
		"never started, in an apply":       {row("", "error", "skipped", json.RawMessage(`{"skipped":true}`)), "unknown", "skipped", absent},
		"no documents":                     {row("compliant", "", "applied", nil), "compliant", "applied", absent},
		"a damaged plan":                   {row("change", "change", "", json.RawMessage(`{"contexts":[{"roots":[`)), "change", "change", absent},
		"a word of a newer acfix":          {row("perfect", "", "perfect", nil), "unknown", "unknown", absent},
		"no word":                          {store.Device{}, "unknown", "unknown", absent},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.device.Target, test.device.URL = "ams-1", "https://192.0.2.1"
			lines := scrape(t, options(&fakeStore{devices: []store.Device{test.device}}))
			for prefix, word := range map[string]string{"acfix_devices{": test.verdict, "acfix_device_results{": test.result} {
				counted := starting(lines, prefix)
				assert.NotEmpty(t, counted)
				for _, line := range counted {
					want := " 0"
					if strings.Contains(line, `"`+word+`"`) {
						want = " 1"
					}
					assert.True(t, strings.HasSuffix(line, want), line)
				}
			}
			assert.Len(t, starting(lines, "acfix_devices{"), 5)
			want := []string{}
			if test.missing != absent {
				want = append(want, fmt.Sprintf(`acfix_missing_roots{target="ams-1",url="https://192.0.2.1"} %d`, test.missing))
			}
			assert.Equal(t, want, starting(lines, "acfix_missing_roots{"))
		})
	}
}

// TestOnlyListedDevicesHaveMetrics: an alarm must not ring for ever for a device that is gone.
func TestOnlyListedDevicesHaveMetrics(t *testing.T) {
	t.Parallel()
	made := options(&fakeStore{devices: []store.Device{
		{Target: "ams-1", URL: "https://192.0.2.1", Known: "change", Verdict: "change"},
		{Target: "gone", URL: "https://192.0.2.2", Known: "change", Verdict: "change"},
		{Target: "moving", URL: "https://192.0.2.3", Known: "change", Verdict: "change"},
	}})
	listed := known.NewListed()
	listed.Add("ams-1", "https://192.0.2.1")
	listed.Add("moving", "https://192.0.2.33")
	listed.Add("new", "https://192.0.2.4")
	made.Listed = func() *known.Listed { return listed }
	lines := scrape(t, made)
	assert.Contains(t, lines, `acfix_devices{verdict="change"} 2`)
	assert.Contains(t, lines, `acfix_device_results{result="change"} 2`)
	assert.Contains(t, lines, `acfix_devices{verdict="unknown"} 1`, "no run has met it")
	assert.Contains(t, lines, "acfix_unlisted_devices 1")
	assert.NotContains(t, strings.Join(lines, "\n"), "gone")
}

func TestTheLastSuccessStaysBehindAFailure(t *testing.T) {
	t.Parallel()
	later := noon.Add(time.Hour)
	lines := scrape(t, options(&fakeStore{
		devices: []store.Device{
			{Target: "a", URL: "a", Status: "failed", Ended: later},
			{Target: "b", URL: "b", Status: "failed", Ended: later},
			{Target: "c", URL: "c", Status: "applied", Ended: later, Known: "compliant"},
		},
		good: map[string]time.Time{"a": noon, "b": {}},
	}))
	assert.Equal(t, []string{
		`acfix_device_last_success_timestamp_seconds{target="a",url="a"} 1.7829072e+09`,
		`acfix_device_last_success_timestamp_seconds{target="b",url="b"} 0`,
		`acfix_device_last_success_timestamp_seconds{target="c",url="c"} 1.7829072e+09`,
	}, starting(lines, "acfix_device_last_success"))
	assert.Equal(t, []string{
		`acfix_device_last_read_timestamp_seconds{target="a",url="a"} 0`,
		`acfix_device_last_read_timestamp_seconds{target="b",url="b"} 0`,
		`acfix_device_last_read_timestamp_seconds{target="c",url="c"} 1.7829072e+09`,
	}, starting(lines, "acfix_device_last_read"))
}

func TestAStoreThatIsDownLeavesNothingOld(t *testing.T) {
	t.Parallel()
	fakeStore := &fakeStore{devices: []store.Device{{Target: "a", URL: "a", Status: "applied"}}}
	watch := new(clock)
	made := options(fakeStore)
	made.Now = watch.now
	made.Queue = func(context.Context) (int, error) { return 7, nil }
	registry := metrics.Registry(made)
	count := func() int {
		n, err := testutil.GatherAndCount(registry)
		require.NoError(t, err)
		return n
	}
	assert.Greater(t, count(), 10)
	fakeStore.down.Store(true)
	watch.at.Store(int64(metrics.DefaultFresh))
	require.NoError(t, testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP acfix_build_info Always 1; identifies this acfix.
# TYPE acfix_build_info gauge
acfix_build_info{commit="abc",goversion="go1",version="v1"} 1
# HELP acfix_queue_depth Devices that wait for a worker.
# TYPE acfix_queue_depth gauge
acfix_queue_depth 7
# HELP acfix_store_up Whether the store answered. If 0, the metrics read from it are absent.
# TYPE acfix_store_up gauge
acfix_store_up 0
`)))
	fakeStore.down.Store(false)
	assert.Equal(t, 3, count(), "a failure serves for a while too")
	watch.at.Store(0)
	assert.Greater(t, count(), 10, "a clock that was put back is no reason to keep old numbers")
}

func TestAStoreThatHangsIsDown(t *testing.T) {
	t.Parallel()
	made := options(&fakeStore{slow: make(chan struct{})})
	made.Timeout = time.Millisecond
	assert.Contains(t, scrape(t, made), "acfix_store_up 0")
}

func TestScrapesShareAReading(t *testing.T) {
	t.Parallel()
	fakeStore := &fakeStore{slow: make(chan struct{})}
	watch := new(clock)
	made := options(fakeStore)
	made.Now = watch.now
	registry := metrics.Registry(made)
	var scrapes sync.WaitGroup
	for range 8 {
		scrapes.Go(func() {
			_, err := registry.Gather()
			assert.NoError(t, err)
		})
	}
	close(fakeStore.slow)
	scrapes.Wait()
	assert.EqualValues(t, 1, fakeStore.reads.Load())
	watch.at.Store(int64(metrics.DefaultFresh))
	_, err := registry.Gather()
	require.NoError(t, err)
	assert.EqualValues(t, 2, fakeStore.reads.Load())
}

func TestAQueueThatCanNotBeCountedIsAbsent(t *testing.T) {
	t.Parallel()
	made := options(&fakeStore{})
	made.Queue = func(context.Context) (int, error) { return 0, errors.New("away") }
	lines := scrape(t, made)
	assert.Empty(t, starting(lines, "acfix_queue_depth"))
	assert.Contains(t, lines, "acfix_store_up 1")
}

func TestForeignTextIsHarmless(t *testing.T) {
	t.Parallel()
	hostile := []string{
		"", "a\xffb", "a\"} 1\nacfix_store_up 0\n", "\x1b[2J", "\u202egnp.exe", strings.Repeat("€", 200),
		strings.Repeat("€", 201), "a\u2028b", "a\u2029b", `back\slash`, "a\x00",
	}
	fakeStore := &fakeStore{}
	for i, text := range hostile {
		fakeStore.devices = append(fakeStore.devices, store.Device{Target: text, URL: fmt.Sprint(i), Status: "applied", Known: "compliant", Plan: contexts("null p")})
		fakeStore.runs = append(fakeStore.runs, run(text, text, store.RunDone, time.Duration(-i)*time.Hour, time.Minute, 0))
	}
	fakeStore.devices = append(fakeStore.devices, store.Device{Target: "same", URL: "x\xff"}, store.Device{Target: "same", URL: "x\xfe"})
	lines := scrape(t, options(fakeStore))
	assert.Len(t, starting(lines, "acfix_device_last_success"), len(hostile)+2, "no two become one")
	assert.Len(t, starting(lines, "acfix_last_run_exit_code"), len(hostile))
	assert.Equal(t, []string{"acfix_store_up 1"}, starting(lines, "acfix_store_up"))
	for _, line := range lines {
		assert.Less(t, len(line), 450)
		assert.NotContains(t, line, "\x1b")
		assert.NotContains(t, line, "\u202e")
	}
}

func TestTooManyDevicesHaveNoSeries(t *testing.T) {
	t.Parallel()
	fakeStore := &fakeStore{}
	for i := range 11 {
		fakeStore.devices = append(fakeStore.devices, store.Device{URL: fmt.Sprint(i), Status: "applied", Known: "compliant", Plan: contexts("null p")})
	}
	made := options(fakeStore)
	made.Devices = 10
	lines := scrape(t, made)
	assert.Empty(t, starting(lines, "acfix_missing_roots", "acfix_device_last"))
	assert.Contains(t, lines, "acfix_device_series_left_out 11")
	assert.Contains(t, lines, `acfix_devices{verdict="compliant"} 11`)

	made.Devices = 11
	lines = scrape(t, made)
	assert.Len(t, starting(lines, "acfix_missing_roots", "acfix_device_last"), 33)
	assert.Contains(t, lines, "acfix_device_series_left_out 0")
}

func TestTheProcessIsShownToo(t *testing.T) {
	t.Parallel()
	assert.Contains(t, body(t, options(&fakeStore{})), "go_goroutines")
}

func TestNamesAreGood(t *testing.T) {
	t.Parallel()
	problems, err := testutil.GatherAndLint(metrics.Registry(options(&fakeStore{
		devices: []store.Device{{Target: "a", URL: "a", Plan: contexts("null p")}},
		runs:    []store.Run{run("nightly", "apply", store.RunDone, 0, time.Minute, 0)},
	})))
	require.NoError(t, err)
	assert.Empty(t, problems)
}

// BenchmarkScrape measures a scrape of 10,000 devices from SQLite, and the size of its answer.
func BenchmarkScrape(b *testing.B) {
	s, err := store.Open(b.Context(), "sqlite:"+filepath.Join(b.TempDir(), "runs.db"))
	require.NoError(b, err)
	defer func() { _ = s.Close() }()
	devices := make([]store.Device, metrics.DefaultDevices)
	for i := range devices {
		devices[i] = store.Device{Position: i, Target: fmt.Sprintf("site-%05d", i), URL: fmt.Sprintf("https://sbc-%05d.example.com", i)}
	}
	require.NoError(b, s.CreateRun(b.Context(), store.Run{ID: "run", Action: "plan", Created: noon}, devices))
	// as large as the plan of a device with a handful of findings
	plan := json.RawMessage(fmt.Sprintf(`{"findings":[%q],%s`, strings.Repeat("x", 4000), contexts("false bbbbbmm")[1:]))
	for i := range devices {
		require.NoError(b, s.PutPlan(b.Context(), "run", store.Sight{Position: i, Verdict: "change"}, plan, noon))
	}
	made := options(s)
	made.Timeout = time.Minute
	b.ReportAllocs()
	for b.Loop() {
		recorder := httptest.NewRecorder()
		metrics.Handler(metrics.Registry(made)).ServeHTTP(recorder, httptest.NewRequest("GET", "/metrics", nil))
		size, err := io.Copy(io.Discard, recorder.Body)
		require.NoError(b, err)
		b.ReportMetric(float64(size), "bytes")
	}
}
