package remediate_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/require"
)

// forEver marks the breakages that go on until the run has ended.
const forEver = " from then on"

// breakages are the ways in which one request of a run goes wrong, or all from one on.
var breakages = map[string]mockdevice.Fault{
	"409" + forEver:               {When: mockdevice.Before, Do: mockdevice.Status, Status: 409},
	"500" + forEver:               {When: mockdevice.Before, Do: mockdevice.Status, Status: 500},
	"dropped" + forEver:           {When: mockdevice.Before, Do: mockdevice.Drop},
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

// TestEveryRequestBroken breaks every request of a run in turn, in every way. Whatever happens: nothing is written
// before the backup, flash holds the state before or the state after and nothing between, acfix says "applied" only
// if it is true, and a second run ends like an undisturbed one.
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
				for skip := range sweep(kind, requests) {
					cases.Add(1)
					r := newRig(t, preset(t, name))
					r.again = (skip/stride)%2 == 0
					r.breakAt(skip, kind, fault)
					requireConverges(t, r, start, end, fmt.Sprintf("request %d of %d", skip+1, requests))
				}
			})
		}
	}
}

// TestEveryRequestBrokenInEveryDialect breaks every second request in each dialect of the device, and the others in
// the next dialect. The ways of breaking alternate, and so does what follows: another run, or a restore.
func TestEveryRequestBrokenInEveryDialect(t *testing.T) {
	var cases atomic.Int64
	t.Cleanup(func() { t.Logf("%d cases", cases.Load()) })
	undisturbed := newRig(t, preset(t, "7.4.500"))
	start := undisturbed.device.Flash()
	require.Equal(t, remediate.Applied, undisturbed.apply(remediate.Choice{}).Status)
	end, requests := undisturbed.device.Flash(), len(undisturbed.device.Requests())
	kinds := slices.Sorted(maps.Keys(breakages))
	for v, variant := range mockdevice.Variants() {
		var dialect mockdevice.Dialect
		if variant.Set(&dialect); dialect.LoadDrops != mockdevice.DropsNothing {
			continue // can't end compliant, see TestEveryDialectAlone
		}
		t.Run(variant.Name, func(t *testing.T) {
			t.Parallel()
			for skip := range sweep(variant.Name, requests) {
				if stride == 1 && (skip+v)%2 == 1 {
					continue
				}
				cases.Add(1)
				model := preset(t, "7.4.500")
				model.Dialect = dialect
				r := newRig(t, model)
				turn := skip/2 + v
				r.again = turn%3 == 0
				kind := kinds[turn%len(kinds)]
				r.breakAt(skip, kind, breakages[kind])
				where := fmt.Sprintf("%s: request %d of %d", kind, skip+1, requests)
				// A store that can't be read is never replaced, and one without an order of
				// its own has none to get back.
				if turn%2 == 0 || dialect.StoreText == mockdevice.StoreBrokenBlock || dialect.StoreShuffled {
					requireConverges(t, r, start, end, where)
					continue
				}
				_ = r.apply(remediate.Choice{})
				requireUndone(t, r, start, where)
			}
		})
	}
}

// sweep returns the requests to break, counted from 0: all of them, or under the race detector a selection that
// depends on the name.
func sweep(name string, requests int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for n := len(name) % stride; n < requests; n += stride {
			if !yield(n) {
				return
			}
		}
	}
}

// breakAt breaks the request that follows so many others.
func (r *rig) breakAt(skip int, kind string, fault mockdevice.Fault) {
	fault.Skip, fault.Count = skip, 1
	if strings.HasSuffix(kind, forEver) {
		fault.Count = 0
	}
	if fault.Do == mockdevice.Hang { // everything else answers, be it late on a busy machine
		r.timeout = 200 * time.Millisecond
	}
	r.device.AddFault(fault)
}

func requireConverges(t *testing.T, r *rig, start, end mockdevice.Snapshot, where string) {
	t.Helper()
	first := r.apply(remediate.Choice{})
	r.requireNoWriteBeforeBackup()
	if first.Status == remediate.Applied {
		require.Equal(t, end, r.device.Running(), "%s: it said applied", where)
		require.Equal(t, end, r.device.Flash(), "%s: it said applied", where)
	} else {
		require.NotNil(t, first.Error, "%s: a failure without a reason", where)
	}
	r.device.ClearFaults()
	r.timeout = 20 * time.Second
	requireEndsAs(t, r, start, end, where)
}

// requireEndsAs checks a device after a disturbed run: flash holds the state before or the wanted one, and the next
// run reaches the wanted one.
func requireEndsAs(t *testing.T, r *rig, start, end mockdevice.Snapshot, where string) {
	t.Helper()
	if flash := r.device.Flash(); flash.Configuration != start.Configuration || fmt.Sprint(flash.Roots) != fmt.Sprint(start.Roots) {
		require.Equal(t, end, flash, "%s: something half-done was saved", where)
	}
	r.backedUp = -1
	r.device.ResetLog()
	second := r.apply(remediate.Choice{})
	require.Contains(t, []remediate.Status{remediate.Applied, remediate.Unchanged}, second.Status, "%s: %+v %+v", where, second.Error, second.Findings)
	r.requireNoWriteBeforeBackup()
	require.Equal(t, end, r.device.Running(), where)
	require.Equal(t, end, r.device.Flash(), where)
	requireSecondApplyWritesNothing(t, r)
}

// TestAbortedAtEveryRequest leaves a run at once, in the middle of each request in turn.
func TestAbortedAtEveryRequest(t *testing.T) {
	for _, name := range []string{"7.0", "7.4.500"} {
		undisturbed := newRig(t, preset(t, name))
		start := undisturbed.device.Flash()
		require.Equal(t, remediate.Applied, undisturbed.apply(remediate.Choice{}).Status)
		end := undisturbed.device.Flash()
		requests := len(undisturbed.device.Requests())
		for n := range sweep(name, requests) {
			t.Run(fmt.Sprintf("%s at request %d", name, n+1), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, preset(t, name))
				r.again = n%2 == 0
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				r.device.OnRequest(func(seen int, _ *http.Request) {
					if seen > n {
						cancel()
					}
				})
				first := r.applyUntil(ctx, remediate.Choice{})
				r.requireNoWriteBeforeBackup()
				if first.Status != remediate.Applied {
					require.Equal(t, remediate.CodeInterrupted, first.Error.Code)
				}
				r.device.OnRequest(nil)
				requireEndsAs(t, r, start, end, "")
			})
		}
	}
}
