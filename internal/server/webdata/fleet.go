package webdata

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/metrics"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/remediate"
)

// fleetIndex keeps a row for each device in memory, so that no request reads ten thousand documents. It reads all
// devices at the start and every hour, and the devices of new or running runs in between.
// docs/design/server.md: Pages read lines and not documents
type fleetIndex struct {
	store *store.Store
	now   func() time.Time
	sleep func(context.Context, time.Duration) error

	rows    map[string]web.FleetRow // by URL
	merged  map[string]mergedRun
	whole   time.Time // when all was read last
	current atomic.Pointer[web.FleetState]
}

// mergedRun is the state of a run when its devices were merged.
type mergedRun struct{ ended, at time.Time }

const (
	// newsEvery is the time between two looks for changes.
	newsEvery = 5 * time.Second
	// recentRuns is the number of recent runs to check, beside the running ones.
	recentRuns = 200
	// runningAgain is the time between two merges of a running run.
	runningAgain = time.Minute
	wholeAgain   = time.Hour
)

func newFleetIndex(options ProviderOptions) *fleetIndex {
	index := &fleetIndex{store: options.Ledger.Store, now: options.Now, sleep: options.Sleep}
	index.current.Store(&web.FleetState{})
	return index
}

// keep looks for changes until the context ends.
func (f *fleetIndex) keep(ctx context.Context) {
	for {
		f.refresh(ctx)
		if f.sleep(ctx, newsEvery) != nil {
			return
		}
	}
}

// refresh publishes changes. After an error it keeps the old rows, with the error.
func (f *fleetIndex) refresh(ctx context.Context) {
	fleet := *f.current.Load()
	now := f.now()
	changed, err := f.update(ctx, now)
	if err != nil {
		fleet.Error = err.Error()
		f.current.Store(&fleet)
		return
	}
	if changed || fleet.AsOf.IsZero() {
		byURL := func(a, b web.FleetRow) int { return cmp.Compare(a.URL, b.URL) }
		fleet.Rows = slices.SortedFunc(maps.Values(f.rows), byURL)
	}
	fleet.AsOf, fleet.Error = now, ""
	f.current.Store(&fleet)
}

func (f *fleetIndex) update(ctx context.Context, now time.Time) (changed bool, err error) {
	if f.whole.IsZero() || now.Sub(f.whole) >= wholeAgain {
		return true, f.readAll(ctx, now)
	}
	runs, err := f.runs(ctx)
	if err != nil {
		return false, err
	}
	for _, run := range runs {
		before, known := f.merged[run.ID]
		again := run.Ended.IsZero() && now.Sub(before.at) >= runningAgain
		if known && before.ended.Equal(run.Ended) && !again {
			continue
		}
		if err := f.merge(ctx, run); err != nil {
			return changed, err
		}
		f.merged[run.ID], changed = mergedRun{run.Ended, now}, true
	}
	return changed, nil
}

// runs returns the runs that may have changed: recent ones, and those that run or were running.
func (f *fleetIndex) runs(ctx context.Context) ([]store.Run, error) {
	recent, err := f.store.Runs(ctx, store.Filter{Limit: recentRuns})
	if err != nil {
		return nil, err
	}
	running, err := f.store.Runs(ctx, store.Filter{State: string(store.RunRunning)})
	if err != nil {
		return nil, err
	}
	listed := map[string]store.Run{}
	for _, run := range slices.Concat(recent, running) {
		listed[run.ID] = run
	}
	for id, before := range f.merged {
		if _, still := listed[id]; still {
			continue
		}
		if before.ended.IsZero() {
			run, err := f.store.Run(ctx, id)
			switch {
			case errors.Is(err, store.ErrUnknownRun):
			case err != nil:
				return nil, err
			default:
				listed[id] = run
			}
		}
		delete(f.merged, id)
	}
	return slices.Collect(maps.Values(listed)), nil
}

// readWords are the words of devices that were read.
var readWords = []string{
	string(remediate.Compliant), string(remediate.Change), string(remediate.Blocked), string(remediate.NotApplicable),
	string(remediate.Applied), string(remediate.Unchanged), string(remediate.Planned), string(remediate.Stale),
	string(remediate.Failed), string(remediate.RolledBack),
}

func (f *fleetIndex) readAll(ctx context.Context, now time.Time) error {
	merged := map[string]mergedRun{}
	f.merged = nil
	runs, err := f.runs(ctx)
	if err != nil {
		return err
	}
	for _, run := range runs {
		merged[run.ID] = mergedRun{run.Ended, now}
	}
	seen, err := f.store.LastTimes(ctx, readWords...)
	if err != nil {
		return err
	}
	rows, heads := map[string]web.FleetRow{}, map[string]report.RunHead{}
	for device, err := range f.store.LatestDevices(ctx) {
		if err != nil {
			return err
		}
		row, err := f.row(ctx, heads, device)
		if errors.Is(err, store.ErrUnknownRun) {
			continue // deleted in the meantime
		}
		if err != nil {
			return err
		}
		if row.Seen.IsZero() {
			row.Seen = seen[row.URL]
		}
		rows[row.URL] = row
	}
	f.rows, f.merged = rows, merged
	f.whole = now
	return nil
}

func (f *fleetIndex) row(
	ctx context.Context, heads map[string]report.RunHead, device store.Device,
) (web.FleetRow, error) {
	head, known := heads[device.Run]
	if !known {
		run, err := f.store.Run(ctx, device.Run)
		if err != nil {
			return web.FleetRow{}, err
		}
		if head, err = report.HeadOf(run); err != nil {
			return web.FleetRow{}, err
		}
		heads[device.Run] = head
	}
	shown, err := report.DeviceOf(device)
	return web.FleetRowOf(head, shown, metrics.Verdict), err
}

// merge replaces the rows of a run's devices that are newer.
func (f *fleetIndex) merge(ctx context.Context, run store.Run) error {
	heads := map[string]report.RunHead{}
	for device, err := range f.store.Devices(ctx, run.ID) {
		if errors.Is(err, store.ErrUnknownRun) {
			return nil
		}
		if err != nil {
			return err
		}
		before, known := f.rows[device.URL]
		if device.State != store.DeviceDone || known && !newer(device, before) {
			continue
		}
		row, err := f.row(ctx, heads, device)
		if err != nil {
			return err
		}
		if row.Seen.IsZero() {
			row.Seen = before.Seen
		}
		f.rows[device.URL] = row
	}
	return nil
}

// newer compares as Store.LatestDevices does.
func newer(device store.Device, before web.FleetRow) bool {
	order := cmp.Or(device.Ended.Compare(before.Ended),
		cmp.Compare(device.Run, before.Run), before.Position-device.Position)
	return order > 0 || device.Run == before.Run && device.Position == before.Position
}
