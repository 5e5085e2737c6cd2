package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/server/web"
)

// heard is one server-sent event.
type heard struct {
	Name string `json:"-"`

	State   string
	Settled int
	InHand  int `json:"in_hand"`
	Changed map[string]struct{ Word, Tone string }
	Words   []struct{ Word string }
	Waves   []struct{ Number, Settled int }
}

func eventsIn(t *testing.T, body string) []heard {
	t.Helper()
	var all []heard
	for block := range strings.SplitSeq(strings.TrimSpace(body), "\n\n") {
		name, data, found := strings.Cut(block, "\n")
		require.True(t, found, block)
		var one heard
		require.NoError(t, json.Unmarshal([]byte(strings.TrimPrefix(data, "data: ")), &one))
		one.Name = strings.TrimPrefix(name, "event: ")
		all = append(all, one)
	}
	return all
}

func runningShelf() *fakeData {
	fakeData := fleetShelf()
	fakeData.run = web.RunDetail{Head: report.RunHead{ID: "run", Action: "apply", State: "running", Created: evening}, Devices: []web.RunRow{
		{Position: 0, Wave: 1, Word: "no_result_yet", Tone: "wait", Gravity: 2}, {Position: 1, Wave: 2, Word: "waiting", Tone: "wait", Gravity: 2},
	}}
	fakeData.detail = append(fakeData.detail, fakeData.detail[0])
	return fakeData
}

// TestARunIsFollowedToItsEnd: each beat moves the run on.
func TestARunIsFollowedToItsEnd(t *testing.T) {
	t.Parallel()
	fakeData := runningShelf()
	s := newSite(t, fakeData, false)
	s.beat = func(n int) {
		fakeData.mutex.Lock()
		defer fakeData.mutex.Unlock()
		devices := append([]web.RunRow{}, fakeData.run.Devices...)
		devices[n-1].Word, devices[n-1].Tone, devices[n-1].Gravity = "failed", "bad", 0
		fakeData.run.Devices = devices
		if n == 2 {
			fakeData.run.Head.State, fakeData.run.Head.Ended = "done", evening
		}
	}
	answer := s.get("/runs/run/events")
	assert.Equal(t, "text/event-stream", answer.Header().Get("Content-Type"))
	events := eventsIn(t, answer.Body.String())
	require.Len(t, events, 3)
	assert.Equal(t, []string{"progress", "progress", "end"}, []string{events[0].Name, events[1].Name, events[2].Name})
	assert.Equal(t, []int{0, 1, 2}, []int{events[0].Settled, events[1].Settled, events[2].Settled})
	assert.Equal(t, 1, events[0].InHand)
	assert.Len(t, events[0].Changed, 2, "devices may have moved since the page was made")
	assert.Equal(t, "failed", events[1].Changed["0"].Word)
	assert.Len(t, events[1].Changed, 1)
	assert.Equal(t, "failed", events[2].Words[0].Word, "those first that need attention")
	assert.Equal(t, 1, events[2].Waves[1].Settled)
}

func TestAStreamIsBounded(t *testing.T) {
	t.Parallel()
	s := newSite(t, runningShelf(), false)
	assert.Len(t, eventsIn(t, s.get("/runs/run/events").Body.String()), 300, "ten minutes, two seconds each")
	s.until()
	assert.Len(t, eventsIn(t, s.get("/runs/run/events").Body.String()), 1, "the server ends")
}

func TestThereAreOnlySoManyStreams(t *testing.T) {
	t.Parallel()
	s := newSite(t, runningShelf(), false)
	const most = 16
	here, leave := make(chan struct{}), make(chan struct{})
	s.beat = func(n int) {
		if n <= most {
			here <- struct{}{}
			<-leave
		}
	}
	ctx, gone := context.WithCancel(t.Context())
	for range most {
		go func() {
			request := httptest.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1/runs/run/events", nil)
			s.handler.ServeHTTP(httptest.NewRecorder(), request)
		}()
	}
	for range most {
		<-here
	}
	answer := s.get("/runs/run/events")
	assert.Equal(t, http.StatusServiceUnavailable, answer.Code)
	assert.Equal(t, http.StatusOK, s.get("/runs/run").Code, "the page itself is there")
	gone()
	close(leave)
	require.Eventually(t, func() bool { return s.get("/runs/run/events").Code == http.StatusOK }, time.Minute, time.Millisecond)
}

// TestARunHasOneWordAndOneColour: "done" in green would say that all is well, and in red it would say nothing.
func TestARunHasOneWordAndOneColour(t *testing.T) {
	t.Parallel()
	for exit, badge := range map[int]string{
		0: `good" data-live="state">done<`, 1: `bad" data-live="state">failed<`, 2: `wait" data-live="state">changes pending<`,
		3: `bad" data-live="state">blocked<`, 4: `bad" data-live="state">failed<`,
	} {
		fakeData := fleetShelf()
		fakeData.run.Head.State, fakeData.run.Head.Exit = "done", &exit
		s := newSite(t, fakeData, false)
		assert.Contains(t, s.get(planRun).Body.String(), `<span class="word `+badge, "exit code %d", exit)
		word := regexp.MustCompile(`>(.*)<`).FindStringSubmatch(badge)[1]
		listed := `<span class="word ` + badge[:strings.Index(badge, `"`)] + `">` + word + "<"
		assert.Contains(t, s.get("/runs").Body.String(), listed, "exit code %d", exit)
		asked := strings.ReplaceAll(word, " ", "_")
		assert.Contains(t, s.get("/runs?result="+asked).Body.String(), listed, "exit code %d", exit)
		for _, other := range []string{"running", "stopped", "expired"} {
			assert.Contains(t, s.page("/runs?result="+other), "No run matches.")
		}
	}
}
