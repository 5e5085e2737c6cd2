package remediate_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/require"
)

// breakages are the ways in which one request of a run goes wrong.
var breakages = map[string]mockdevice.Fault{
	"dropped before the work":     {When: mockdevice.Before, Do: mockdevice.Drop},
	"done but the answer lost":    {When: mockdevice.After, Do: mockdevice.Drop},
	"409":                         {When: mockdevice.Before, Do: mockdevice.Status, Status: 409},
	"409 although done":           {When: mockdevice.After, Do: mockdevice.Status, Status: 409},
	"500":                         {When: mockdevice.Before, Do: mockdevice.Status, Status: 500},
	"500 although done":           {When: mockdevice.After, Do: mockdevice.Status, Status: 500},
	"503":                         {When: mockdevice.Before, Do: mockdevice.Status, Status: 503},
	"cut off":                     {Do: mockdevice.Truncate},
	"cut off with a fitting size": {Do: mockdevice.Truncate, Shorter: true},
	"a web page":                  {When: mockdevice.Before, Do: mockdevice.HTML},
	"a web page although done":    {When: mockdevice.After, Do: mockdevice.HTML},
	"garbage":                     {When: mockdevice.Before, Do: mockdevice.Garbage},
	"no answer":                   {When: mockdevice.Before, Do: mockdevice.Hang},
	"no answer although done":     {When: mockdevice.After, Do: mockdevice.Hang},
	"ignored":                     {Do: mockdevice.Ignore},
}

// TestEveryRequestBroken breaks every request of a run in turn, in every way. Whatever
// happens: nothing is written before the backup, flash holds the state before or the state
// after and nothing between, "applied" is only said when it is so, and a second run ends
// where an undisturbed one does.
func TestEveryRequestBroken(t *testing.T) {
	var cases atomic.Int64
	t.Cleanup(func() { t.Logf("%d cases", cases.Load()) })
	for _, name := range []string{"7.0", "7.4.500"} {
		undisturbed := newRig(t, preset(t, name))
		start := undisturbed.device.Flash()
		require.Equal(t, remediate.Applied, undisturbed.apply(remediate.Choice{}).Status)
		end := undisturbed.device.Flash()
		requests := len(undisturbed.device.Requests())
		for kind, fault := range breakages {
			t.Run(fmt.Sprintf("%s/%s", name, kind), func(t *testing.T) {
				t.Parallel()
				for skip := range requests {
					cases.Add(1)
					fault := fault
					fault.Skip, fault.Count = skip, 1
					r := newRig(t, preset(t, name))
					r.timeout = 100 * time.Millisecond
					r.device.AddFault(fault)
					requireConverges(t, r, start, end, fmt.Sprintf("request %d of %d", skip+1, requests))
				}
			})
		}
	}
}

func requireConverges(t *testing.T, r *rig, start, end mockdevice.Snapshot, where string) {
	t.Helper()
	first := r.apply(remediate.Choice{})
	r.requireNoWriteBeforeBackup()
	flash := r.device.Flash()
	if flash.Configuration != start.Configuration || fmt.Sprint(flash.Roots) != fmt.Sprint(start.Roots) {
		require.Equal(t, end, flash, "%s: something half-done was saved", where)
	}
	if first.Status == remediate.Applied {
		require.Equal(t, end, r.device.Running(), "%s: it said applied", where)
		require.Equal(t, end, flash, "%s: it said applied", where)
	} else {
		require.NotNil(t, first.Error, "%s: a failure without a reason", where)
	}
	r.device.ClearFaults()
	r.timeout = 20 * time.Second
	r.backedUp = -1
	r.device.ResetLog()
	second := r.apply(remediate.Choice{})
	require.Contains(t, []remediate.Status{remediate.Applied, remediate.Unchanged}, second.Status, "%s: %+v", where, second.Error)
	r.requireNoWriteBeforeBackup()
	require.Equal(t, end, r.device.Running(), where)
	require.Equal(t, end, r.device.Flash(), where)
	requireSecondApplyWritesNothing(t, r)
}
