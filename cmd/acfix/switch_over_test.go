package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/mockdevice"
)

// TestWhatASwitchOverLeaves plays an HA switch-over in the middle of an apply: the result lists what the unit that
// answers has of the changes, whatever the two units had of each other's.
func TestWhatASwitchOverLeaves(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		holds mockdevice.UnitHolds
		left  int
		says  string
	}{
		"all of it":       {mockdevice.UnitSynchronized, 3, "What is listed as left on the device is on the unit that answers now (4711)"},
		"what was saved":  {mockdevice.UnitSaved, 0, "The unit that answers now (4711) has none of the changes."},
		"what was before": {mockdevice.UnitBehind, 0, "The unit that answers now (4711) has none of the changes."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newTestApp(t, "7.4.500", "")
			var imports atomic.Int32
			d.device.OnRequest(func(_ int, request *http.Request) {
				isImport := strings.HasSuffix(request.URL.Path, "/trustedRoot/incremental")
				if isImport {
					imports.Add(1)
				}
				if !isImport && imports.CompareAndSwap(2, 3) { // right after the second import
					d.device.SwitchOver(mockdevice.Unit{Serial: "4711", MAC: "00908f004711", UpTime: 24 * time.Hour, Holds: test.holds})
				}
			})
			assert.Equal(t, exitFailed, d.run("apply", "--yes", "-o", "json"))
			var result struct {
				Devices []struct {
					Status string
					Left   []struct {
						Kind, Root, Status string
						MayStillCome       bool `json:"may_still_come"`
					} `json:"left_on_device"`
					Error struct{ Code, Message, Hint string }
				}
			}
			require.NoError(t, json.Unmarshal(d.stdout.Bytes(), &result))
			device := result.Devices[0]
			assert.Equal(t, "failed", device.Status)
			assert.Equal(t, "drift", device.Error.Code)
			assert.Regexp(t, `another unit answers: its serial number.* is "4711", that of the backup is "5740500"`, device.Error.Message)
			assert.Contains(t, device.Error.Hint, test.says)
			running := d.device.Running()
			there := len(running.Roots[1]) - 2 // the preset's own
			if running.Cell("TLSContexts", 1, "UseDefaultCABundle") == "1" {
				there++
			}
			assert.Equal(t, test.left, there)
			assert.Len(t, device.Left, there)
			for _, left := range device.Left {
				assert.Equal(t, "done", left.Status)
				assert.False(t, left.MayStillCome)
			}
		})
	}
}
