package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/records/journal"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/internal/server/webdata"
	"github.com/acfix/acfix/mockdevice"
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
	taken := regexp.MustCompile(`name="run" value="([^"]+)"`).FindStringSubmatch(page)
	require.NotNil(t, taken, page)
	device := "/device?url=" + url.QueryEscape(s.server.URL(0))
	code, packed := v.send(device, "/device/backup", url.Values{"url": {s.server.URL(0)}, "run": {taken[1]}})
	require.Equal(t, http.StatusOK, code, packed)
	kept, err := backup.Store{Directory: t.TempDir(), Disk: backup.OS{}}.Unpack([]byte(packed))
	require.NoError(t, err, "it verifies as a backup")
	assert.Equal(t, s.fleet.Member(0).Serial, kept.Manifest.Serial)

	_, page = v.get("/record")
	for _, part := range []string{"CHG0042", "download backup", "run now", "failed:</b> <bdi>no approved plan is there"} {
		assert.Contains(t, page, part)
	}
	_, page = v.get("/device/journal?url=" + url.QueryEscape(s.server.URL(0)))
	var entry journal.Entry
	require.NoError(t, json.Unmarshal([]byte(strings.SplitN(page, "\n", 2)[0]), &entry))
	assert.Equal(t, remediate.EventStart, entry.Event)
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
		return strings.Contains(page, "The last attempt failed")
	})
}

// pages are what the pages show of a depot's store; Keep looks at it once.
func (d *depot) pages(opened *store.Store) *webdata.Provider {
	once := *d.app
	once.sleep = func(context.Context, time.Duration) error { return io.EOF }
	return newService(&once, opened, jobFile{}).source()
}

func rowNamed(t *testing.T, fleet web.FleetState, name string) web.FleetRow {
	t.Helper()
	place := slices.IndexFunc(fleet.Rows, func(row web.FleetRow) bool { return row.Name == name })
	require.GreaterOrEqual(t, place, 0, "no row of %s", name)
	return fleet.Rows[place]
}

// TestTheIndexFollowsTheRuns: what it took over from runs as they ended is what a reading of
// everything finds.
func TestTheIndexFollowsTheRuns(t *testing.T) {
	t.Parallel()
	d := newDepot(t, mockdevice.FleetModel{Size: 12, Seed: 3})
	d.app.flags = commonFlags{}
	opened, err := d.app.openStore()
	require.NoError(t, err)
	t.Cleanup(func() { _ = opened.Close() })
	pages := d.pages(opened)
	pages.Keep(t.Context())
	assert.Empty(t, pages.Fleet().Rows)
	for _, command := range [][]string{{"plan"}, {"apply", "--limit", "sbc-00001", "--yes"}, {"apply", "--dry-run", "--limit", "sbc-00002"}} {
		d.app.flags = commonFlags{}
		d.app.run(append([]string{command[0], "-i", d.inventory}, command[1:]...))
		pages.Keep(t.Context())
		require.Empty(t, pages.Fleet().Error)
		fresh := d.pages(opened)
		fresh.Keep(t.Context())
		require.Equal(t, fresh.Fleet().Rows, pages.Fleet().Rows, "%v", command)
	}
	repaired := rowNamed(t, pages.Fleet(), "sbc-00001")
	assert.Equal(t, "compliant", repaired.Verdict)
	assert.Equal(t, "applied", repaired.Result)
	assert.Zero(t, repaired.Missing)
	assert.NotZero(t, repaired.Expires)

	d.fault(0, "GET * drop")
	d.app.flags = commonFlags{}
	d.app.run([]string{"plan", "-i", d.inventory, "--limit", "sbc-00001"})
	pages.Keep(t.Context())
	gone := rowNamed(t, pages.Fleet(), "sbc-00001")
	assert.Equal(t, "error", gone.Result)
	assert.Equal(t, "compliant", gone.Verdict, "as it was read last")
	assert.Equal(t, repaired.Read, gone.Read)
	assert.Zero(t, gone.Missing)

	require.NoError(t, opened.Close())
	pages.Keep(t.Context())
	assert.NotEmpty(t, pages.Fleet().Error, "what was read before stays, and says so")
	assert.Len(t, pages.Fleet().Rows, 12)
}
