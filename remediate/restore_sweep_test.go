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

// TestEveryRequestOfARestoreBroken breaks every request of a restore in turn, in every way. Whatever happens: nothing
// is written before the backup, flash holds the repaired state or the restored one and nothing between, acfix says
// "applied" only if it is true, and a second restore ends like an undisturbed one.
func TestEveryRequestOfARestoreBroken(t *testing.T) {
	var cases atomic.Int64
	t.Cleanup(func() { t.Logf("%d cases", cases.Load()) })
	for _, name := range []string{"7.0", "7.4.500"} {
		undisturbed := newRig(t, preset(t, name))
		end := undisturbed.device.Flash()
		point := undisturbed.repaired(remediate.Choice{})
		start := undisturbed.device.Flash()
		require.Equal(t, remediate.Applied, undisturbed.restore(point).Status)
		require.Equal(t, end, undisturbed.device.Flash())
		requests := len(undisturbed.device.Requests())
		for kind, fault := range breakages {
			t.Run(fmt.Sprintf("%s/%s", name, kind), func(t *testing.T) {
				t.Parallel()
				for skip := range sweep(kind, requests) {
					cases.Add(1)
					requireRestoreConverges(t, preset(t, name), func(r *rig) { r.breakAt(skip, kind, fault) }, start, end, fmt.Sprintf("request %d of %d", skip+1, requests))
				}
			})
		}
	}
}

func requireRestoreConverges(t *testing.T, model mockdevice.Model, disturb func(*rig), start, end mockdevice.Snapshot, where string) {
	t.Helper()
	r := newRig(t, model)
	point := r.repaired(remediate.Choice{})
	disturb(r)
	first := r.restore(point)
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
	second := r.restore(point)
	require.Contains(t, []remediate.Status{remediate.Applied, remediate.Unchanged}, second.Status, "%s: %+v %+v", where, second.Error, second.Findings)
	r.requireNoWriteBeforeBackup()
	require.Equal(t, end, r.device.Running(), where)
	require.Equal(t, end, r.device.Flash(), where)
	requireSecondRestoreWritesNothing(t, r, point)
}

// TestEveryRequestBrokenThenRestored breaks every request of an apply in turn, and
// restores from the backup of that run, if it got so far: the device ends as it was
// before, in RAM and in flash.
func TestEveryRequestBrokenThenRestored(t *testing.T) {
	var cases atomic.Int64
	t.Cleanup(func() { t.Logf("%d cases", cases.Load()) })
	undisturbed := newRig(t, preset(t, "7.4.500"))
	before := undisturbed.device.Flash()
	require.Equal(t, remediate.Applied, undisturbed.apply(remediate.Choice{}).Status)
	requests := len(undisturbed.device.Requests())
	for kind, fault := range breakages {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			for skip := range sweep(kind, requests) {
				cases.Add(1)
				where := fmt.Sprintf("request %d of %d", skip+1, requests)
				r := newRig(t, preset(t, "7.4.500"))
				r.breakAt(skip, kind, fault)
				_ = r.apply(remediate.Choice{})
				requireUndone(t, r, before, where)
			}
		})
	}
}

// requireUndone restores from the backup of a run, if it got so far, and checks the device.
func requireUndone(t *testing.T, r *rig, before mockdevice.Snapshot, where string) {
	t.Helper()
	r.device.ClearFaults()
	r.timeout = 20 * time.Second
	if r.backedUp < 0 {
		require.Zero(t, r.device.Writes(), where)
		return
	}
	point := r.point()
	result := r.restore(point)
	require.Contains(t, []remediate.Status{remediate.Applied, remediate.Unchanged}, result.Status, "%s: %+v %+v", where, result.Error, result.Findings)
	require.Empty(t, result.ByHand, where)
	require.Equal(t, before, r.device.Running(), where)
	require.Equal(t, before, r.device.Flash(), where)
	requireSecondRestoreWritesNothing(t, r, point)
}
