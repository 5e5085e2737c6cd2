package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/backup"
	"github.com/acfix/acfix/endpoint"
	"github.com/acfix/acfix/evidence"
	"github.com/acfix/acfix/journal"
	"github.com/acfix/acfix/lock"
	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/statedir"
	"github.com/acfix/acfix/store"
	"github.com/acfix/acfix/web"
)

// visitor looks at the pages as a browser does, without JavaScript.
type visitor struct {
	*station
	client http.Client
}

func newVisitor(s *station) *visitor {
	jar, _ := cookiejar.New(nil) // never fails
	return &visitor{station: s, client: http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}}
}

func (v *visitor) get(path string) (int, string) {
	v.t.Helper()
	answer, err := v.client.Get(v.base + path)
	return v.answer(answer, err)
}

func (v *visitor) answer(answer *http.Response, err error) (int, string) {
	v.t.Helper()
	require.NoError(v.t, err)
	body, err := io.ReadAll(answer.Body)
	require.NoError(v.t, err)
	require.NoError(v.t, answer.Body.Close())
	return answer.StatusCode, string(body)
}

// send fills in the form of a page.
func (v *visitor) send(from, to string, form url.Values) (int, string) {
	v.t.Helper()
	_, page := v.get(from)
	token := regexp.MustCompile(`name="form" value="([^"]+)"`).FindStringSubmatch(page)
	require.NotNil(v.t, token, page)
	form.Set("form", token[1])
	return v.answer(v.client.PostForm(v.base+to, form))
}

// TestAPlanIsApprovedAndCarriedOutOnThePages: from the plan to the backup of what was done.
func TestAPlanIsApprovedAndCarriedOutOnThePages(t *testing.T) {
	t.Parallel()
	s := startPages(t, mockdevice.FleetModel{Size: 3, Seed: 1, Uniform: "7.4.500"})
	plan := s.runJob("nightly-plan", exitDone)
	s.serve()
	v := newVisitor(s)
	s.waitFor(func() bool { _, page := v.get("/"); return strings.Contains(page, "1 to 3 of 3") })

	run := url.Values{"job": {"weekend-apply"}}
	code, page := v.send("/jobs/run?job=weekend-apply", "/jobs/run", run)
	assert.Equal(t, http.StatusConflict, code)
	assert.Contains(t, page, "No plan is approved")
	assert.Zero(t, s.counts(0).Writes)

	approval := url.Values{"name": {"R. Duty"}, "change": {"CHG0042"}}
	code, page = v.send("/runs/"+plan, "/runs/"+plan+"/approve", approval)
	assert.Equal(t, http.StatusOK, code)
	assert.Contains(t, page, "by R. Duty, under change CHG0042")
	code, _ = v.send("/jobs/run?job=weekend-apply", "/runs/"+plan+"/approve", approval)
	assert.Equal(t, http.StatusConflict, code, "once")

	code, _ = v.send("/jobs/run?job=weekend-apply", "/jobs/run", run)
	assert.Equal(t, http.StatusOK, code)
	s.waitFor(func() bool { _, page := v.get("/"); return strings.Contains(page, "<b>3</b> compliant") })
	s.requireRepaired(0)

	_, page = v.get("/device?url=" + url.QueryEscape(s.server.URL(0)))
	link := regexp.MustCompile(`href="(/device/backup[^"]+)"`).FindStringSubmatch(page)
	require.NotNil(t, link, page)
	code, packed := v.get(strings.ReplaceAll(link[1], "&amp;", "&"))
	require.Equal(t, http.StatusOK, code, packed)
	kept, err := backup.Store{Directory: t.TempDir(), Disk: backup.OS{}}.Unpack([]byte(packed))
	require.NoError(t, err, "it verifies as a backup")
	assert.Equal(t, s.fleet.Member(0).Serial, kept.Manifest.Serial)

	_, page = v.get("/record")
	for _, part := range []string{"CHG0042", "download backup", "run now", "came to nothing:</b> <bdi>no plan is approved"} {
		assert.Contains(t, page, part)
	}
	_, page = v.get("/device/journal?url=" + url.QueryEscape(s.server.URL(0)))
	var entry journal.Entry
	require.NoError(t, json.Unmarshal([]byte(strings.SplitN(page, "\n", 2)[0]), &entry))
	assert.Equal(t, journal.Start, entry.Event)
}

// TestAJobThatCantBeginSaysSo: who pressed the button must not wait for a run that never comes.
func TestAJobThatCantBeginSaysSo(t *testing.T) {
	t.Parallel()
	s := startPages(t, mockdevice.FleetModel{Size: 1, Seed: 1})
	s.serve()
	v := newVisitor(s)
	require.NoError(t, os.Remove(s.inventory))
	code, _ := v.send("/jobs/run?job=nightly-plan", "/jobs/run", url.Values{"job": {"nightly-plan"}})
	assert.Equal(t, http.StatusOK, code)
	s.waitFor(func() bool {
		_, page := v.get("/jobs")
		return strings.Contains(page, "The last attempt came to nothing")
	})
}

// indexed is the index of a depot's store.
func (d *depot) indexed() (*fleetIndex, *store.Store) {
	d.t.Helper()
	d.app.flags = commonFlags{}
	opened, err := d.app.openStore()
	require.NoError(d.t, err)
	d.t.Cleanup(func() { _ = opened.Close() })
	return newFleetIndex(d.app, opened), opened
}

func (f *fleetIndex) named(t *testing.T, name string) web.Row {
	t.Helper()
	for _, row := range f.current.Load().Rows {
		if row.Name == name {
			return row
		}
	}
	require.Fail(t, "no row of "+name)
	return web.Row{}
}

// TestTheIndexFollowsTheRuns: what it took over from runs as they ended is what a reading of
// everything finds.
func TestTheIndexFollowsTheRuns(t *testing.T) {
	t.Parallel()
	d := newDepot(t, mockdevice.FleetModel{Size: 12, Seed: 3})
	index, opened := d.indexed()
	index.refresh(t.Context())
	assert.Empty(t, index.current.Load().Rows)
	for _, command := range [][]string{{"plan"}, {"apply", "--limit", "sbc-00001", "--yes"}, {"apply", "--dry-run", "--limit", "sbc-00002"}} {
		d.app.flags = commonFlags{}
		d.app.run(append([]string{command[0], "-i", d.inventory}, command[1:]...))
		index.refresh(t.Context())
		require.Empty(t, index.current.Load().Error)
		fresh := newFleetIndex(d.app, opened)
		fresh.refresh(t.Context())
		require.Equal(t, fresh.current.Load().Rows, index.current.Load().Rows, "%v", command)
	}
	repaired := index.named(t, "sbc-00001")
	assert.Equal(t, "compliant", repaired.Verdict)
	assert.Equal(t, "applied", repaired.Word)
	assert.Zero(t, repaired.Missing)
	assert.NotZero(t, repaired.Expires)

	d.fault(0, "GET * drop")
	d.app.flags = commonFlags{}
	d.app.run([]string{"plan", "-i", d.inventory, "--limit", "sbc-00001"})
	index.refresh(t.Context())
	gone := index.named(t, "sbc-00001")
	assert.Equal(t, "error", gone.Verdict)
	assert.Equal(t, repaired.Seen, gone.Seen, "when it answered last")
	assert.Equal(t, -1, gone.Missing)

	require.NoError(t, opened.Close())
	index.refresh(t.Context())
	assert.NotEmpty(t, index.current.Load().Error, "what was read before stays, and says so")
	assert.Len(t, index.current.Load().Rows, 12)
}

// TestALineOfARunFollowsItsDevices reads only what moved, and comes to the same.
func TestALineOfARunFollowsItsDevices(t *testing.T) {
	t.Parallel()
	d := newOperator(t, "")
	opened, err := d.app.openStore()
	require.NoError(t, err)
	t.Cleanup(func() { _ = opened.Close() })
	now := time.Now()
	d.app.now = func() time.Time { now = now.Add(time.Minute); return now }
	devices := make([]store.Device, 3)
	for i := range devices {
		devices[i] = store.Device{Position: i, Target: fmt.Sprint(i), URL: fmt.Sprintf("https://sbc-%d", i)}
	}
	head, err := json.Marshal(header{})
	require.NoError(t, err)
	require.NoError(t, opened.CreateRun(t.Context(), store.Run{ID: "run10000", Action: actionApply, Created: now, Header: head}, devices))
	index := newRunIndex(d.app, opened)
	words := func() (all []string) {
		run, err := index.run(t.Context(), "run10000")
		require.NoError(t, err)
		for _, row := range run.Devices {
			all = append(all, row.Word)
		}
		return all
	}
	state, err := d.app.stateDirectory()
	require.NoError(t, err)
	held, err := lock.Directory(state.Locks()).Take(t.Context(), statedir.RunName("run10000"))
	require.NoError(t, err)
	assert.Equal(t, []string{"waiting", "waiting", "waiting"}, words())
	plan, err := json.Marshal(remediate.DevicePlan{Verdict: remediate.Change})
	require.NoError(t, err)
	require.NoError(t, opened.PutPlan(t.Context(), "run10000", 1, "", "change", plan, now))
	require.NoError(t, opened.Start(t.Context(), "run10000", 1))
	assert.Equal(t, []string{"waiting", "no_result_yet", "waiting"}, words())
	result, err := json.Marshal(remediate.DeviceResult{Status: remediate.Failed})
	require.NoError(t, err)
	require.NoError(t, opened.PutResult(t.Context(), "run10000", 1, "failed", result, now))
	assert.Equal(t, []string{"waiting", "failed", "waiting"}, words())
	require.NoError(t, held.Release())
	assert.Equal(t, []string{"skipped", "failed", "skipped"}, words(), "its process died")
	require.NoError(t, opened.EndRun(t.Context(), "run10000", store.RunStopped, 1, "", now))
	assert.Equal(t, []string{"skipped", "failed", "skipped"}, words())
	_, err = index.run(t.Context(), "run1")
	assert.ErrorIs(t, err, web.ErrUnknown, "a part of an ID is none")
}

// BenchmarkPagesOfTenThousandDevices measures the pages of a fleet of ten thousand, and what
// is done once when serve begins. Run it with -bench PagesOfTenThousand -run '^$'.
func BenchmarkPagesOfTenThousandDevices(b *testing.B) {
	const devices = 10_000
	site, _ := manyPages(b, devices)
	for _, path := range []string{
		"/", "/?sort=firmware&order=down", "/?q=sbc-07&verdict=change", "/?view=roots&page=100", "/device?url=https%3A%2F%2Fsbc-00007.example", "/runs", "/runs/0000000000000001", "/runs/0000000000000001?page=150", "/jobs",
		"/static/style.css", "/static/live.js",
	} {
		b.Run(path, func(b *testing.B) {
			size := 0
			for b.Loop() {
				answer := httptest.NewRecorder()
				site.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "http://127.0.0.1"+path, nil))
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
	site, index := manyPages(t, 10_000)
	quickest := time.Hour
	for range 10 {
		began := time.Now()
		answer := httptest.NewRecorder()
		site.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "http://127.0.0.1/?sort=firmware", nil))
		quickest = min(quickest, time.Since(began))
		require.Contains(t, answer.Body.String(), "1 to 50 of 10000")
	}
	assert.Less(t, quickest, pageLimit)
	assert.Len(t, index.current.Load().Rows, 10_000)
}

// manyPages are the pages of a store with one plan run of so many devices.
func manyPages(t testing.TB, devices int) (http.Handler, *fleetIndex) {
	t.Helper()
	environment := t.TempDir()
	a := &app{
		getenv: func(name string) string { return map[string]string{"XDG_STATE_HOME": environment}[name] }, stderr: io.Discard,
		now: time.Now, sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }, abort: t.Context(), stop: make(chan struct{}),
	}
	opened, err := a.openStore()
	require.NoError(t, err)
	t.Cleanup(func() { _ = opened.Close() })
	fill(t, opened, devices)
	service := &service{app: a, store: opened}
	source := &webSource{service: service, app: a, store: opened, fleet: newFleetIndex(a, opened), outlines: newRunIndex(a, opened)}
	began := time.Now()
	source.fleet.refresh(t.Context())
	t.Logf("%d devices read in %s", devices, time.Since(began))
	server, err := endpoint.Listen(t.Context(), endpoint.Config{Address: "127.0.0.1:0", Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() })
	site := web.New(web.Options{Source: source, Actions: source, Access: server.Access(), Now: time.Now, Sleep: a.sleep, Until: t.Context(), Log: slog.New(slog.DiscardHandler)})
	return server.Access().Identify(site), source.fleet
}

// fill makes a plan run, with a document of each device as large as real ones.
func fill(t testing.TB, opened *store.Store, devices int) {
	t.Helper()
	const run = "0000000000000001"
	sample, err := os.ReadFile(filepath.Join("testdata", "web", "plan.json"))
	require.NoError(t, err)
	list := make([]store.Device, devices)
	for i := range list {
		list[i] = store.Device{Position: i, Target: fmt.Sprintf("sbc-%05d", i), URL: fmt.Sprintf("https://sbc-%05d.example", i), State: store.DeviceDone}
	}
	head, err := json.Marshal(header{})
	require.NoError(t, err)
	require.NoError(t, opened.CreateRun(t.Context(), store.Run{ID: run, Action: actionPlan, Created: time.Now(), Header: head}, list))
	verdicts := remediate.Verdicts()
	for i := range list {
		verdict := verdicts[i%len(verdicts)]
		plan := bytes.ReplaceAll(sample, []byte(`"verdict":"change"`), []byte(`"verdict":"`+verdict+`"`))
		plan = bytes.ReplaceAll(plan, []byte(`7.4.500"`), fmt.Appendf(nil, `7.4.%d"`, 500+i%37))
		require.NoError(t, opened.PutPlan(t.Context(), run, i, fmt.Sprint(i), string(verdict), plan, time.Now()))
	}
	require.NoError(t, opened.EndRun(t.Context(), run, store.RunDone, 0, "", time.Now()))
}

// TestABackupInTheStoreIsThatOfItsDevice: the journal says where it is, and the artifact
// must agree whose it is.
func TestABackupInTheStoreIsThatOfItsDevice(t *testing.T) {
	t.Parallel()
	d := newOperator(t, "")
	opened, err := d.app.openStore()
	require.NoError(t, err)
	t.Cleanup(func() { _ = opened.Close() })
	source := &webSource{app: d.app, store: opened}
	kept, err := opened.PutArtifact(t.Context(), store.Artifact{Run: "run1", Device: "serial-1", Kind: evidence.PackedBackup, Name: "sbc"}, []byte("packed"), nil)
	require.NoError(t, err)
	place := fmt.Sprintf("store:%d", kept.ID)
	found, err := source.fetch(t.Context(), "serial-1", journal.Entry{Run: "run1", Detail: place})
	require.NoError(t, err)
	assert.Equal(t, web.Backup{Name: "sbc.tar.gz", Data: []byte("packed")}, found)
	for name, wrong := range map[string]struct{ device, run, place string }{
		"another device": {"serial-2", "run1", place}, "another run": {"serial-1", "run2", place},
		"none": {"serial-1", "run1", "store:99"}, "no number": {"serial-1", "run1", "store:x"},
	} {
		_, err := source.fetch(t.Context(), wrong.device, journal.Entry{Run: wrong.run, Detail: wrong.place})
		assert.ErrorIs(t, webError(err), web.ErrUnknown, name)
	}
	_, err = source.fetch(t.Context(), "serial-1", journal.Entry{Run: "run1", Detail: t.TempDir()})
	assert.ErrorIs(t, webError(err), web.ErrTrouble, "a directory that is no backup is not sent")
}
