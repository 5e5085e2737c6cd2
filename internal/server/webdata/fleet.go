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
	"github.com/acfix/acfix/internal/records/known"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/remediate"
)

// fleetIndex keeps a row for each device in memory, so that no request reads ten thousand documents. It reads all
// devices at the start and every hour, and the devices of new or running runs in between.
// docs/design/server.md: Pages read lines and not documents
type fleetIndex struct {
	store *store.Store
	now   func() time.Time

	listed  func() *known.Listed
	met     map[string]meeting // by address
	forgets int64              // as of Store.Forgets
	merged  map[string]mergedRun
	whole   time.Time // when all was read last
	trend   trend
	current atomic.Pointer[web.FleetState]
}

// meeting is a device at one address: what is known of it, a row with the facts of its last reading, and the reasons of
// its last run.
type meeting struct {
	known known.Device
	row   web.FleetRow
	whys  []web.Why
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
	index := &fleetIndex{
		store: options.Ledger.Store, now: options.Now, listed: options.Listed,
	}
	index.current.Store(&web.FleetState{})
	return index
}

// refresh publishes changes. After an error it keeps the old rows, with the error.
func (f *fleetIndex) refresh(ctx context.Context) {
	fleet := *f.current.Load()
	now := f.now()
	err := f.update(ctx, now)
	if err == nil {
		fleet.Deadline, err = deadline(ctx, f.store, now)
	}
	if err != nil {
		fleet.Error = err.Error()
		f.current.Store(&fleet)
		return
	}
	fleet.Rows = f.rows()
	fleet.AsOf, fleet.Error = now, ""
	fleet.Trend = f.trend.points(fleet.Rows, now)
	f.current.Store(&fleet)
	f.addTrend(ctx, fleet, now)
}

// addTrend reads what the trend lacks, after the rows are published: the first time it takes longer than they do.
// Without it the rows are as right as before, so its failure shows as theirs does.
func (f *fleetIndex) addTrend(ctx context.Context, fleet web.FleetState, now time.Time) {
	if f.trend.has(now, f.forgets) {
		return
	}
	if err := f.trend.read(ctx, f.store, now, f.forgets); err != nil {
		fleet.Error = err.Error()
	}
	fleet.Trend = f.trend.points(fleet.Rows, now)
	f.current.Store(&fleet)
}

// rows are the devices, each once, by address.
func (f *fleetIndex) rows() []web.FleetRow {
	met := slices.SortedFunc(maps.Values(f.met), func(a, b meeting) int { return cmp.Compare(a.known.URL, b.known.URL) })
	devices := make([]known.Device, len(met))
	for i := range met {
		devices[i] = met[i].known
	}
	listed := f.inventories()
	listed.Mark(devices)
	rows := make([]web.FleetRow, 0, len(met))
	for _, group := range known.Same(devices) {
		one, row, whys := devices[group[0]], met[group[0]].row, met[group[0]].whys
		for _, place := range group[1:] {
			if devices[place].Read.After(one.Read) {
				row = met[place].row
			}
			if devices[place].Ended.After(one.Ended) {
				whys = met[place].whys
			}
			one = one.With(devices[place])
		}
		row.ResultWhys = whys
		row.Put(one)
		rows = append(rows, row)
	}
	for _, unmet := range listed.UnmetDevices(devices) {
		rows = append(rows, web.FleetRowOf(unmet, nil))
	}
	slices.SortFunc(rows, func(a, b web.FleetRow) int { return cmp.Compare(a.URL, b.URL) })
	return rows
}

func (f *fleetIndex) inventories() *known.Listed {
	if f.listed == nil {
		return nil
	}
	return f.listed()
}

func (f *fleetIndex) update(ctx context.Context, now time.Time) error {
	forgets, err := f.store.Forgets(ctx)
	if err != nil {
		return err
	}
	if f.whole.IsZero() || now.Sub(f.whole) >= wholeAgain || forgets != f.forgets {
		f.forgets = forgets
		return f.readAll(ctx, now)
	}
	runs, err := f.runs(ctx)
	if err != nil {
		return err
	}
	for _, run := range runs {
		before, known := f.merged[run.ID]
		again := run.Ended.IsZero() && now.Sub(before.at) >= runningAgain
		if known && before.ended.Equal(run.Ended) && !again {
			continue
		}
		if err := f.merge(ctx, run); err != nil {
			return err
		}
		f.merged[run.ID] = mergedRun{run.Ended, now}
	}
	return nil
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
	met := map[string]meeting{}
	for at, err := range f.store.Latest(ctx) {
		if err != nil {
			return err
		}
		if met[at.URL], err = meetingOf(at); err != nil {
			return err
		}
	}
	f.met, f.merged, f.whole = met, merged, now
	return nil
}

func meetingOf(at store.Latest) (meeting, error) {
	one := meeting{known: known.Of(at)}
	var reading *report.RunDevice
	var err error
	if at.Read != nil {
		reading, err = readingOf(*at.Read)
	}
	one.row = web.FleetRowOf(one.known, reading)
	one.whys = whysOf(at)
	return one, err
}

// whysOf returns why the last run of an address left it to a person; nil if it did not.
func whysOf(at store.Latest) []web.Why {
	if at.Ended == nil {
		return nil
	}
	switch tone, _ := report.ToneOf(known.ResultOf(*at.Ended)); {
	case tone != "bad":
		return nil
	case at.Ended.Result != nil:
		return web.WhysIn(at.Ended.Result)
	default:
		return web.WhysIn(at.Ended.Plan)
	}
}

// readingOf returns a device as it was read in a run. A result belongs to that if the run applied its plan.
func readingOf(row store.Device) (*report.RunDevice, error) {
	read := row
	read.Plan = row.Reading()
	if row.Status != string(remediate.Applied) || row.Known != string(remediate.Compliant) {
		read.Result = nil
	}
	device, err := report.DeviceOf(read)
	return &device, err
}

// merge adds what a run says of its devices.
func (f *fleetIndex) merge(ctx context.Context, run store.Run) error {
	for device, err := range f.store.Devices(ctx, run.ID) {
		if errors.Is(err, store.ErrUnknownRun) {
			return nil
		}
		if err != nil {
			return err
		}
		at := store.Latest{URL: device.URL, Inventory: run.Inventory}
		if device.State == store.DeviceDone {
			at.Ended = &device
		}
		if !device.KnownAt.IsZero() {
			at.Read = &device
		}
		if device.Forgotten || at.Ended == nil && at.Read == nil {
			continue
		}
		now, err := meetingOf(at)
		if err != nil {
			return err
		}
		f.met[device.URL] = f.met[device.URL].with(now)
	}
	return nil
}

// with adds what another run says of the device at the same address.
func (m meeting) with(other meeting) meeting {
	switch {
	case m.known.URL == "":
		return other
	case other.known.Read.After(m.known.Read):
		m.row = other.row
	}
	if other.known.Ended.After(m.known.Ended) {
		m.whys = other.whys
	}
	m.known = m.known.With(other.known)
	return m
}
