package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// heard are the requests to resources of a device, in their order.
type heard struct {
	mutex sync.Mutex
	paths []string
}

// of watches the requests that a device gets.
func (a *heard) of(device *mockdevice.Device) *heard {
	device.OnRequest(func(_ int, request *http.Request) {
		a.mutex.Lock()
		defer a.mutex.Unlock()
		a.paths = append(a.paths, request.Method+" "+strings.TrimPrefix(request.URL.Path, "/api/v1"))
	})
	return a
}

func (a *heard) count(part string) int {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return len(slices.DeleteFunc(slices.Clone(a.paths), func(path string) bool { return !strings.Contains(path, part) }))
}

// reportOfTheLastRun prints a report of the newest run in the history.
func (d *testApp) reportOfTheLastRun(form string) string {
	d.stdout.Reset()
	d.app.run([]string{"history", "-o", "json"})
	var history struct{ Runs []struct{ ID string } }
	_ = json.Unmarshal(d.stdout.Bytes(), &history)
	d.stdout.Reset()
	if len(history.Runs) > 0 {
		d.app.run([]string{"report", history.Runs[0].ID, "-o", form})
	}
	return d.stdout.String()
}

const quietSet = "Teams Proxy Set: no alarm before, no alarm after"

// TestBeforeAndAfterOfOneDevice is in the result and in all reports; a plan and a dry run neither ask nor say.
func TestBeforeAndAfterOfOneDevice(t *testing.T) {
	t.Parallel()
	const calls = "Teams IP Group (before → after the save): abnormally terminated in: 76 → 76"
	d := newTestApp(t, "7.4.500", "")
	d.device.SetAlarms(nil)
	d.device.SetCalls(1, map[string]any{"abnormalTerminatedCallsInTotal": 76})
	watch := new(heard).of(d.device)
	require.Equal(t, exitDone, d.run("plan", "-o", "json"), d.stderr.String())
	require.Equal(t, exitDone, d.run("apply", "--dry-run", "-o", "json"), d.stderr.String())
	assert.NotContains(t, d.stdout.String(), "before_after")
	assert.Zero(t, watch.count("/alarms")+watch.count("/kpi"))
	d.stdout.Reset()
	require.Equal(t, exitDone, d.run("apply", "--yes"), d.stderr.String())
	assert.Contains(t, d.stdout.String(), "\n  "+quietSet+"\n  "+calls)
	assert.Equal(t, 2, watch.count("/alarms"))
	assert.Equal(t, 2, watch.count("/kpi"))
	for _, form := range []string{"text", "html", "csv", "json"} {
		report := d.reportOfTheLastRun(form)
		assert.Contains(t, report, quietSet, form)
		assert.Contains(t, report, calls, form)
	}
}

// TestBeforeAndAfterOfAFleet: alarms are read twice each, and call statistics only where a soak follows.
func TestBeforeAndAfterOfAFleet(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		flags         []string
		alarms, calls int
	}{
		"without a soak": {nil, 2, 0},
		"with a soak":    {[]string{"--soak", "1m"}, 3, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDepot(t, alike(2))
			var watches []*heard
			for i := range 2 {
				d.device(i).SetAlarms(nil)
				watches = append(watches, new(heard).of(d.device(i)))
			}
			d.fault(1, "GET kpi/current/sbc/callStats/ipGroup/* status=404")
			result := d.apply(exitDone, test.flags...)
			for i, watch := range watches {
				assert.Equal(t, test.alarms, watch.count("/alarms"), i)
				said := result.devices[d.fleet.Member(i).Name]["before_after"].(map[string]any)
				assert.Equal(t, quietSet, said["text"].([]any)[0])
				switch {
				case test.calls == 0:
					assert.Zero(t, watch.count("/kpi"))
					assert.NotContains(t, said, "calls")
				case i == 1:
					assert.Equal(t, "Teams IP Group: call statistics unknown", said["text"].([]any)[1])
				default:
					assert.Equal(t, test.calls, watch.count("/kpi"))
					assert.Contains(t, said["text"].([]any)[1], "(before → after the soak): abnormally terminated in: 0 → 0")
				}
			}
		})
	}
}
