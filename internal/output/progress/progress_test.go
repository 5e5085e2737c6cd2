package progress_test

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/fleet/window"
	"github.com/acfix/acfix/internal/output/progress"
	"github.com/acfix/acfix/remediate"
)

var (
	noon   = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	failed = remediate.DeviceResult{Status: remediate.Failed, Error: &remediate.Failure{Code: "timeout", Message: "it is\x1b[2J slow"}}
	broken = remediate.DevicePlan{Verdict: remediate.Errored, Error: &remediate.Failure{Code: "timeout", Message: "no answer"}}
)

func atNoon() time.Time { return noon }

// scene is a run of these devices at noon, without a window.
func scene(names ...string) progress.Scene {
	return progress.Scene{Names: names, Now: atNoon, Stopped: func() bool { return false }}
}

// play is a run of so many devices, of which the second fails.
func play(w run.Watcher, devices int) {
	w.Begin(run.Reading, devices)
	for place := range devices {
		w.Happened(rollout.Happening{Kind: rollout.DeviceStarted, Device: place, Wave: 1, Of: 2})
		plan := remediate.DevicePlan{Verdict: remediate.Change}
		if place == 1 {
			plan = broken
		}
		w.Planned(place, plan)
		w.Happened(rollout.Happening{Kind: rollout.DeviceEnded, Device: place, Wave: 1, Of: 2})
	}
	w.End()
	w.Begin(run.Writing, 1)
	context := 1
	w.Happened(rollout.Happening{Kind: rollout.DeviceStarted, Device: 0, Wave: 1, Of: 2})
	w.Stepping(0, remediate.Step{Kind: remediate.StepEnableBundle, Context: &context}, 2, 3)
	w.Worked(0, remediate.DeviceResult{Status: remediate.Applied})
	w.Happened(rollout.Happening{Kind: rollout.Waits, Wave: 1, Of: 2, Until: noon.Add(time.Minute), Soak: true})
	w.Happened(rollout.Happening{Kind: rollout.CheckStarted, Device: 0, Wave: 1, Of: 2})
	w.End()
}

func TestLines(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		names []string
		want  []string
	}{
		"one device": {[]string{"sbc-1"}, []string{
			"reading sbc-1",
			"sbc-1: step 2 of 3: switch \"Use default CA Bundle\" on in TLS Context 1",
			"wave 1 of 2: soak: 1 min left", "reading sbc-1 again",
		}},
		"many": {[]string{"sbc-1", "sbc-2"}, []string{
			"[1/2] sbc-1: change", "[2/2] sbc-2: error: no answer",
			"sbc-1: step 2 of 3: switch \"Use default CA Bundle\" on in TLS Context 1", "[1/1] sbc-1: applied",
			"wave 1 of 2: soak: 1 min left", "reading sbc-1 again",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var said []string
			play(progress.NewLines(scene(test.names...), func(format string, arguments ...any) {
				said = append(said, fmt.Sprintf(format, arguments...))
			}), len(test.names))
			assert.Equal(t, test.want, said)
		})
	}
}

func results(devices ...remediate.DeviceResult) iter.Seq2[remediate.DeviceResult, error] {
	return func(yield func(remediate.DeviceResult, error) bool) {
		for _, device := range devices {
			if !yield(device, nil) {
				return
			}
		}
	}
}

func status(device remediate.DeviceResult) string { return string(device.Status) }

func TestEvents(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	events := progress.NewEvents(&out, "run1", []string{"sbc-1"}, atNoon)
	play(events, 1)
	require.NoError(t, progress.RunEnded(events, results(failed, failed, remediate.DeviceResult{Status: remediate.Applied}), status))
	head := `{"schema":"acfix.event/v1","time":"2026-03-01T12:00:00Z","run":"run1","event":`
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	require.Len(t, lines, 13)
	for i, want := range map[int]string{
		0:  `"phase_started","phase":"read","devices":1}`,
		1:  `"device_started","phase":"read","target":"sbc-1","wave":1,"waves":2}`,
		3:  `"device_ended","phase":"read","target":"sbc-1","wave":1,"waves":2}`,
		4:  `"phase_ended","phase":"read"}`,
		5:  `"phase_started","phase":"write","devices":1}`,
		7:  `"step","phase":"write","target":"sbc-1","step":2,"steps":3,"kind":"enable_bundle","context":1}`,
		9:  `"waits","phase":"write","wave":1,"waves":2,"until":"2026-03-01T12:01:00Z"}`,
		10: `"check_started","phase":"write","target":"sbc-1","wave":1,"waves":2}`,
		11: `"phase_ended","phase":"write"}`,
		12: `"run_ended","phase":"write","summary":{"applied":1,"failed":2}}`,
	} {
		assert.Equal(t, head+want, lines[i])
	}
	assert.Contains(t, lines[2], `"event":"planned","phase":"read","target":"sbc-1","plan":{`)
	assert.Contains(t, lines[8], `"event":"result","phase":"write","target":"sbc-1","result":{`)
}

// full is a disk that is full for one write.
type full struct {
	kept  bytes.Buffer
	tried int
}

func (f *full) Write(p []byte) (int, error) {
	if f.tried++; f.tried == 2 {
		return 0, errors.New("no space")
	}
	return f.kept.Write(p)
}

// TestALineThatIsLostIsSaidAtTheEnd: whoever reads the events must not take them for all.
func TestALineThatIsLostIsSaidAtTheEnd(t *testing.T) {
	t.Parallel()
	var out full
	events := progress.NewEvents(&out, "run1", []string{"sbc-1"}, atNoon)
	play(events, 1)
	require.ErrorContains(t, progress.RunEnded(events, results(), status), "no space")
	assert.Contains(t, out.kept.String(), "phase_ended", "the run went on")

	unread := func(yield func(remediate.DeviceResult, error) bool) { yield(failed, errors.New("the store is away")) }
	events = progress.NewEvents(&bytes.Buffer{}, "run1", nil, atNoon)
	assert.ErrorContains(t, progress.RunEnded(events, unread, status), "the store is away")
}

// terminal keeps what was drawn.
type terminal struct {
	mutex sync.Mutex
	more  sync.Cond
	text  strings.Builder
}

func newTerminal() *terminal {
	t := &terminal{}
	t.more.L = &t.mutex
	return t
}

func (s *terminal) Write(p []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.more.Broadcast()
	return s.text.Write(p)
}

// shows waits until something was drawn; it takes as long as the test may.
func (s *terminal) shows(text string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for !strings.Contains(s.text.String(), text) {
		s.more.Wait()
	}
}

func TestBars(t *testing.T) {
	t.Parallel()
	screen := newTerminal()
	var seconds atomic.Int64
	var stopping atomic.Bool
	now := func() time.Time { return noon.Add(time.Duration(seconds.Load()) * time.Second) }
	afternoon, err := window.Parse("12:00-14:30 UTC")
	require.NoError(t, err)
	bars := progress.NewBars(screen, progress.Scene{
		Names: []string{"sbc-1", "sbc-\x1b[2J2", "東京-3"}, Now: now, Stopped: stopping.Load, Window: afternoon,
	})
	bars.Begin(run.Writing, 3)
	screen.shows("repairing 0 of 3")
	for place := range 2 {
		bars.Happened(rollout.Happening{Kind: rollout.DeviceStarted, Device: place, Wave: 2, Of: 3})
	}
	screen.shows("0 failed, wave 2 of 3")
	screen.shows("  window: 2 h 30 min left\n")
	screen.shows("  sbc-1                    preparing")
	bars.Happened(rollout.Happening{Kind: rollout.CheckStarted, Device: 2, Wave: 2, Of: 3})
	screen.shows("  東京-3                   reading again")
	bars.Happened(rollout.Happening{Kind: rollout.CheckEnded, Device: 2, Wave: 2, Of: 3})
	bars.Stepping(0, remediate.Step{Kind: remediate.StepSave}, 2, 3)
	screen.shows("  sbc-1                    step 2 of 3: ")
	bars.Stepping(2, remediate.Step{Kind: remediate.StepSave}, 1, 3) // it has ended, and is not shown again
	bars.Worked(1, failed)
	seconds.Store(10)
	bars.Happened(rollout.Happening{Kind: rollout.DeviceEnded, Device: 1, Wave: 2, Of: 3})
	screen.shows("1 failed, wave 2 of 3, to go: 20 s")
	stopping.Store(true)
	screen.shows(", stopping")
	bars.(progress.Noter).Note("a second Ctrl-C leaves at once")
	screen.shows("a second Ctrl-C leaves at once\n")
	bars.Happened(rollout.Happening{Kind: rollout.Waits, Wave: 2, Of: 3, Until: noon.Add(4*time.Minute + 20*time.Second), Soak: true})
	screen.shows("  soak: 4 min 10 s left\n")
	seconds.Store(20) // nothing happens, and the time goes on
	screen.shows("  soak: 4 min left\n")
	bars.Happened(rollout.Happening{Kind: rollout.Waits, Wave: 2, Of: 3, Until: noon.Add(80 * time.Second)})
	screen.shows("  pause: 1 min left\n")
	bars.End()
	bars.(progress.Noter).Note("after the bars")
	screen.shows("after the bars\n")
	text := screen.text.String()
	assert.Contains(t, text, "sbc-\uFFFD[2J2: failed: it is\uFFFD[2J slow\n", "foreign text can't move the cursor")
	assert.NotRegexp(t, "東京-3 +step", text)
	assert.NotContains(t, text, "\x1b[2J")
}

func TestBarsOfNothing(t *testing.T) {
	t.Parallel()
	screen := newTerminal()
	bars := progress.NewBars(screen, scene())
	bars.Begin(run.Reading, 0)
	bars.End()
	assert.Empty(t, screen.text.String())
}

// TestBarsWhereDevicesAreOnlyReadAgain: a resumed run may have nothing left to begin, and still
// find that a change got lost.
func TestBarsWhereDevicesAreOnlyReadAgain(t *testing.T) {
	t.Parallel()
	screen := newTerminal()
	bars := progress.NewBars(screen, scene("sbc-1", "sbc-2"))
	bars.Begin(run.Writing, 0)
	bars.Happened(rollout.Happening{Kind: rollout.Waits, Wave: 1, Of: 1, Until: noon.Add(time.Minute)})
	bars.Happened(rollout.Happening{Kind: rollout.CheckStarted, Device: 1, Wave: 1, Of: 1})
	bars.Worked(1, failed)
	bars.Happened(rollout.Happening{Kind: rollout.CheckEnded, Device: 1, Wave: 1, Of: 1})
	bars.End()
	assert.Equal(t, "wave 1 of 1: pause: 1 min left\nreading sbc-2 again\nsbc-2: failed: it is\uFFFD[2J slow\n", screen.text.String())
}

// TestLinesCountADeviceOnce: one that fails when it is read again was counted before.
func TestLinesCountADeviceOnce(t *testing.T) {
	t.Parallel()
	var said []string
	lines := progress.NewLines(scene("sbc-1", "sbc-2"), func(format string, arguments ...any) {
		said = append(said, fmt.Sprintf(format, arguments...))
	})
	lines.Begin(run.Writing, 2)
	for place := range 2 {
		lines.Happened(rollout.Happening{Kind: rollout.DeviceStarted, Device: place, Wave: place + 1, Of: 2})
		lines.Worked(place, remediate.DeviceResult{Status: remediate.Applied})
		lines.Happened(rollout.Happening{Kind: rollout.DeviceEnded, Device: place, Wave: place + 1, Of: 2})
		lines.Happened(rollout.Happening{Kind: rollout.CheckStarted, Device: place, Wave: place + 1, Of: 2})
		lines.Worked(place, remediate.DeviceResult{Status: remediate.Failed})
		lines.Happened(rollout.Happening{Kind: rollout.CheckEnded, Device: place, Wave: place + 1, Of: 2})
	}
	assert.Equal(t, []string{
		"[1/2] sbc-1: applied", "reading sbc-1 again", "sbc-1: failed",
		"[2/2] sbc-2: applied", "reading sbc-2 again", "sbc-2: failed",
	}, said)
}

// TestProgressHasTheWordsOfTheReports: those of documents are for programs.
func TestProgressHasTheWordsOfTheReports(t *testing.T) {
	t.Parallel()
	var said []string
	lines := progress.NewLines(scene("sbc-1", "sbc-2"), func(format string, arguments ...any) {
		said = append(said, fmt.Sprintf(format, arguments...))
	})
	lines.Planned(0, remediate.DevicePlan{Verdict: remediate.NotApplicable})
	lines.Worked(1, remediate.DeviceResult{Status: remediate.RolledBack, Error: &remediate.Failure{Message: "too much changed"}})
	assert.Equal(t, []string{"sbc-1: not applicable", "sbc-2: rolled back: too much changed"}, said)
}
