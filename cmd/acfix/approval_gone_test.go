package main

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/runs"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
)

// relist edits the line of one device in the inventory.
func (w *weekend) relist(name string, edit func(line string) string) {
	w.t.Helper()
	path := filepath.Join(filepath.Dir(w.jobs), "inventory.yaml")
	content, err := os.ReadFile(path)
	require.NoError(w.t, err)
	var lines []string
	found := false
	for line := range strings.Lines(string(content)) {
		if strings.Contains(line, "name: "+name+",") {
			line, found = edit(line), true
		}
		lines = append(lines, line)
	}
	require.True(w.t, found)
	w.inventory(strings.Join(lines, ""))
}

// result is the result of a device in a run.
func (w *weekend) result(id string, place int) (result remediate.DeviceResult) {
	w.t.Helper()
	device, err := w.store.Device(w.t.Context(), id, place)
	require.NoError(w.t, err)
	require.NotNil(w.t, device.Result, "device %d has no result", place)
	require.NoError(w.t, runs.Decode(device.Result, &result))
	return result
}

var anyAddress = regexp.MustCompile(`https://127\.0\.0\.1:\d+`)

// relistings are the ways in which an inventory loses a device, with what the result says of it.
var relistings = map[string]struct {
	edit func(line string) string
	says string
}{
	"it left": {func(string) string { return "" }, "no longer has this device at this address$"},
	"it moved": {func(line string) string { return anyAddress.ReplaceAllString(line, "https://192.0.2.77") },
		`; \S+ is at https://192\.0\.2\.77 now$`},
	"it was renamed": {func(line string) string { return strings.Replace(line, "name: sbc", "name: old-sbc", 1) },
		`; old-\S+ is at https://127\S+ now$`},
	"another device has its address": {func(line string) string {
		return strings.Replace(line, "name: sbc", "name: new-sbc", 1) + anyAddress.ReplaceAllString(line, "https://192.0.2.77")
	}, `is at https://192\.0\.2\.77 now, and new-\S+ is at https://127\S+ now$`},
	"its port changed": {func(line string) string { return anyAddress.ReplaceAllString(line, "https://127.0.0.1:9") },
		`is at https://127\.0\.0\.1:9 now$`},
	"it is a file now": {func(line string) string {
		return regexp.MustCompile(`url: .*}`).ReplaceAllString(line, "file: sbc.ini}")
	}, "is a file there now$"},
}

// TestADeviceThatLeftAfterTheApprovalIsSkipped: its old address is not dialled, and the others are repaired.
func TestADeviceThatLeftAfterTheApprovalIsSkipped(t *testing.T) {
	t.Parallel()
	for name, test := range relistings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWeekend(t, `, batch: "1,100%", max_failures: "0"`)
			s, plan := w.approved()
			w.relist("sbc-1", test.edit)
			met := w.doors[1].met.Load()
			w.at(saturday.Add(22 * time.Hour))
			w.look(s)
			assert.Equal(t, []int{4, 0, 4}, w.writes(), w.warned)
			assert.Equal(t, met, w.doors[1].met.Load(), "dialled")
			require.Len(t, w.applies(), 1)
			ended := w.applies()[0]
			assert.Equal(t, store.RunDone, ended.State, ended.Reason)
			assert.Equal(t, exitFailed, *ended.Exit)
			assert.Contains(t, ended.Reason, "no longer has them at their address: sbc-1")
			assert.Equal(t, store.RunDone, w.get(plan.ID).State)
			result := w.result(ended.ID, 1)
			assert.Equal(t, remediate.Skipped, result.Status)
			assert.Equal(t, run.CodeNotInInventory, result.Error.Code)
			assert.Regexp(t, test.says, result.Error.Message)
		})
	}
}

// TestADeviceThatLeftWhileItsRunWasPausedIsSkipped; one that comes back before the window is repaired.
func TestADeviceThatLeftWhileItsRunWasPausedIsSkipped(t *testing.T) {
	t.Parallel()
	for name, back := range map[string]bool{"for good": false, "and came back": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWeekend(t, ", max_age: 240h")
			s, _ := w.approved()
			paused := w.firstWindow(s)
			require.Equal(t, store.RunPaused, paused.State)
			kept := ""
			w.relist("sbc-1", func(line string) string { kept = line; return "" })
			met := w.doors[1].met.Load()
			if back {
				w.relist("sbc-2", func(line string) string { return line + kept })
			}
			w.at(saturday.Add(7*24*time.Hour + 22*time.Hour + time.Minute))
			w.look(s)
			ended := w.get(paused.ID)
			assert.Equal(t, store.RunDone, ended.State, ended.Reason)
			if back {
				assert.Equal(t, []int{4, 4, 4}, w.writes(), w.warned)
				return
			}
			assert.Equal(t, []int{4, 0, 4}, w.writes(), w.warned)
			assert.Equal(t, met, w.doors[1].met.Load(), "dialled")
			assert.Equal(t, run.CodeNotInInventory, w.result(ended.ID, 1).Error.Code)
		})
	}
}

// TestARunWhoseRestIsGoneDoesNotPause: no later window could do more.
func TestARunWhoseRestIsGoneDoesNotPause(t *testing.T) {
	t.Parallel()
	w := newWeekend(t, ", max_age: 240h")
	s, _ := w.approved()
	gone := func(string) string { return "" }
	w.relist("sbc-1", gone)
	w.relist("sbc-2", gone)
	ended := w.firstWindow(s)
	assert.Equal(t, store.RunDone, ended.State, ended.Reason)
	assert.Contains(t, ended.Reason, "at their address: sbc-1, sbc-2")
	assert.Equal(t, []int{4, 0, 0}, w.writes())
}

// TestAFirstWaveOfOneTriesADeviceThatIsThere: a device that is gone takes no place in it, and one that fails there stops
// the run.
func TestAFirstWaveOfOneTriesADeviceThatIsThere(t *testing.T) {
	t.Parallel()
	w := newWeekend(t, `, batch: "1,100%", max_failures: "0"`)
	s, plan := w.approved()
	w.relist("sbc-0", func(string) string { return "" })
	w.devices[1].AddFault(mockdevice.Fault{
		Method: "PUT", Path: "files/tls/1/trustedRoot/incremental", Skip: 1, Do: mockdevice.Status, Status: http.StatusBadRequest,
	})
	w.at(saturday.Add(22 * time.Hour))
	w.look(s)
	ended := w.applies()[0]
	assert.Equal(t, store.RunStopped, ended.State, ended.Reason)
	assert.Zero(t, w.writes()[0])
	assert.Positive(t, w.writes()[1])
	assert.Zero(t, w.writes()[2])
	assert.Contains(t, ended.Reason, "sbc-2", "who is left")
	assert.Equal(t, store.RunDone, w.get(plan.ID).State)
}

// TestADeviceThatLeftWithAWriteOnItsWay keeps the approval used: what its first run sent may have arrived.
func TestADeviceThatLeftWithAWriteOnItsWay(t *testing.T) {
	t.Parallel()
	for name, wrote := range map[string]bool{"begun only": false, "a write on its way": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWeekend(t, "")
			s, plan := w.approved()
			w.at(saturday.Add(22 * time.Hour))
			begun := w.died(s, plan)
			if wrote {
				w.intend(begun)
			}
			require.NoError(t, begun.Record.Close())
			for _, device := range []string{"sbc-0", "sbc-1", "sbc-2"} {
				w.relist(device, func(line string) string { return anyAddress.ReplaceAllString(line, "https://192.0.2.7"+device[4:]) })
			}
			met := w.doors[0].met.Load()
			require.Equal(t, exitFailed, w.ends("job", "run", "weekend", "--jobs", w.jobs), w.warned)
			assert.Equal(t, met, w.doors[0].met.Load(), "dialled")
			result := w.result(begun.ID, 0)
			assert.Equal(t, remediate.Failed, result.Status)
			assert.Contains(t, result.Error.Message, "begun before the run was cut off, and not finished: the inventory no longer has")
			assert.Equal(t, remediate.Skipped, w.result(begun.ID, 1).Status)
			assert.Equal(t, wrote, w.get(plan.ID).State == store.RunDone, w.get(plan.ID).Reason)
			assert.Equal(t, []int{0, 0, 0}, w.writes())
		})
	}
}

// TestAPlanThatIsResumedSkipsWhatLeft: a scheduler that died while it read.
func TestAPlanThatIsResumedSkipsWhatLeft(t *testing.T) {
	t.Parallel()
	w := newWeekend(t, "")
	w.at(saturday)
	s := w.scheduler()
	job, _ := s.jobs.Job("nightly")
	quiet := &jobRunner{app: w.app.unattended(), file: s.jobs, unattended: true}
	head := quiet.app.planHead()
	begun, err := quiet.planned(job, run.Assignment{
		Action: run.ActionPlan, Job: job.Name, Order: s.jobs.order(job), ResumedByOthers: true, Head: head,
	})
	require.NoError(t, err)
	require.NoError(t, begun.Record.Close())
	w.relist("sbc-1", func(string) string { return "" })
	w.at(saturday.Add(time.Hour))
	w.look(s)
	ended := w.get(begun.ID)
	assert.Equal(t, store.RunWaiting, ended.State, w.warned)
	assert.Zero(t, w.doors[1].met.Load(), "dialled")
	assert.Positive(t, w.doors[0].met.Load())
	device, err := w.store.Device(t.Context(), begun.ID, 1)
	require.NoError(t, err)
	assert.Contains(t, string(device.Plan), run.CodeNotInInventory)
}
