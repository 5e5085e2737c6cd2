package webdata

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
	"unique"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/records/journal"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/remediate"
)

// runIndex keeps the rows of watched runs. Of a running run it rereads only changed devices' documents.
type runIndex struct {
	ledger  report.Ledger
	journal func(context.Context, evidence.Subject) ([]journal.Entry, error)
	now     func() time.Time

	mutex sync.Mutex
	kept  map[string]*keptRun
}

// keptRun is a run as last read.
type keptRun struct {
	mutex    sync.Mutex
	used, at time.Time
	head     report.RunHead
	outlines []store.Outline
	rows     []web.RunRow
}

const (
	// mostKeptRuns bounds the memory: a run of ten thousand devices has some four megabytes.
	mostKeptRuns = 16
	// freshFor is the time that visitors share one reading of a running run.
	freshFor = time.Second
	// oneByOne is the number of devices up to which they are read one at a time.
	oneByOne = 64
)

func newRunIndex(options ProviderOptions) *runIndex {
	return &runIndex{ledger: options.Ledger, now: options.Now, kept: map[string]*keptRun{}}
}

func (x *runIndex) run(ctx context.Context, run store.Run) (web.RunDetail, error) {
	head, err := x.ledger.Head(run)
	if err != nil {
		return web.RunDetail{}, err
	}
	kept := x.place(run.ID)
	kept.mutex.Lock()
	defer kept.mutex.Unlock()
	if err := x.refresh(ctx, kept, head); err != nil {
		return web.RunDetail{}, err
	}
	return web.RunDetail{Head: head, Devices: kept.rows}, nil
}

// place returns the place of a run; the least recently used one makes room.
func (x *runIndex) place(id string) *keptRun {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	if x.kept[id] == nil && len(x.kept) >= mostKeptRuns {
		oldest := ""
		for id, kept := range x.kept {
			if oldest == "" || kept.used.Before(x.kept[oldest].used) {
				oldest = id
			}
		}
		delete(x.kept, oldest)
	}
	if x.kept[id] == nil {
		x.kept[id] = &keptRun{}
	}
	x.kept[id].used = x.now()
	return x.kept[id]
}

func (x *runIndex) refresh(ctx context.Context, kept *keptRun, head report.RunHead) error {
	now := x.now()
	same := kept.rows != nil && kept.head.Ended.Equal(head.Ended) && kept.head.State == head.State
	if same && (!head.Ended.IsZero() || now.Sub(kept.at) < freshFor) {
		return nil
	}
	outlines, err := x.ledger.Store.Outlines(ctx, head.ID)
	if err != nil {
		return err
	}
	moved := moved(kept.outlines, outlines)
	rows := make([]web.RunRow, len(outlines))
	copy(rows, kept.rows)
	if !same || len(moved) > oneByOne {
		err = x.readAll(ctx, head, outlines, rows)
	} else {
		err = x.readSome(ctx, head, outlines, moved, rows)
	}
	if err != nil {
		return err
	}
	x.addDoing(ctx, head, rows)
	kept.head, kept.at = head, now
	kept.outlines, kept.rows = outlines, rows
	return nil
}

// moved returns the places of changed devices in the list.
func moved(before, now []store.Outline) []int {
	var places []int
	for i := range now {
		if i >= len(before) || now[i] != before[i] {
			places = append(places, i)
		}
	}
	return places
}

func (x *runIndex) readAll(
	ctx context.Context, head report.RunHead, outlines []store.Outline, rows []web.RunRow,
) error {
	places := map[int]int{}
	for place, outline := range outlines {
		places[outline.Position] = place
	}
	for device, err := range x.ledger.Store.Devices(ctx, head.ID) {
		if err != nil {
			return err
		}
		if place, known := places[device.Position]; known {
			if rows[place], err = runRow(head, device); err != nil {
				return err
			}
		}
	}
	return nil
}

func (x *runIndex) readSome(
	ctx context.Context, head report.RunHead, outlines []store.Outline, places []int, rows []web.RunRow,
) error {
	for _, place := range places {
		device, err := x.ledger.Store.Device(ctx, head.ID, outlines[place].Position)
		if err != nil {
			return err
		}
		if rows[place], err = runRow(head, device); err != nil {
			return err
		}
	}
	return nil
}

func runRow(head report.RunHead, device store.Device) (web.RunRow, error) {
	shown, err := report.DeviceOf(device)
	if err != nil {
		return web.RunRow{}, err
	}
	view := head.Show(shown)
	row := web.RunRow{
		Position: device.Position, Wave: device.Wave, Name: device.Target, URL: device.URL,
		Word: view.Word, Tone: view.Tone(), Gravity: view.Gravity(),
		Reason: unique.Make(web.ReasonOf(view)).Value(), Ended: device.Ended,
	}
	if view.Word == string(remediate.Change) {
		for _, step := range shown.Plan.Steps {
			row.Steps = append(row.Steps, step.Kind)
		}
	}
	return row, nil
}

// Run returns a run with a row for each device.
func (s *Provider) Run(ctx context.Context, id string) (web.RunDetail, error) {
	run, err := s.exactly(ctx, id)
	if err != nil {
		return web.RunDetail{}, err
	}
	detail, err := s.outlines.run(ctx, run)
	if err != nil {
		return web.RunDetail{}, webError(err)
	}
	detail.Pace = paceOf(run, s.Now())
	if detail.Control, err = s.control(ctx, run); err != nil {
		return web.RunDetail{}, webError(err)
	}
	if run.State == store.RunRunning && detail.Head.State == string(store.RunInterrupted) { // Control says what comes next
		detail.Head.Reason = "its process has ended"
	}
	detail.Carriers = s.carriers(run, len(detail.Devices))
	return detail, nil
}

// Runs returns the newest runs.
func (s *Provider) Runs(ctx context.Context, filter web.RunFilter) ([]report.RunHead, error) {
	heads, err := s.Ledger.Heads(ctx, store.Filter{
		Job: filter.Job, Action: filter.Action, State: filter.State, URLs: s.met(filter.Device), Limit: filter.Limit,
	})
	return heads, webError(err)
}

// met returns the addresses of a device that is named by its name or by one of its addresses; for an unknown one, the
// name itself, which no run knows.
func (s *Provider) met(device string) []string {
	if device == "" {
		return nil
	}
	var urls []string
	for _, row := range s.Fleet().Rows {
		if strings.EqualFold(row.Name, device) || slices.Contains(row.Addresses, device) {
			urls = append(urls, row.Addresses...)
		}
	}
	if len(urls) == 0 {
		return []string{device}
	}
	return urls
}

// RunDevices returns devices of a run with their documents.
func (s *Provider) RunDevices(ctx context.Context, id string, positions []int) ([]report.RunDevice, error) {
	devices := make([]report.RunDevice, 0, len(positions))
	for _, position := range positions {
		device, err := s.store.Device(ctx, id, position)
		if err != nil {
			return nil, webError(err)
		}
		shown, err := report.DeviceOf(device)
		if err != nil {
			return nil, webError(err)
		}
		devices = append(devices, shown)
	}
	return devices, nil
}

// Report returns a whole run.
func (s *Provider) Report(ctx context.Context, id string) (report.RunHead, report.RunDevices, error) {
	run, err := s.store.Run(ctx, id)
	if err != nil {
		return report.RunHead{}, nil, webError(err)
	}
	if run.ID != id {
		return report.RunHead{}, nil, web.ErrUnknown
	}
	head, err := s.Ledger.Head(run)
	return head, s.Ledger.Devices(ctx, id), webError(err)
}
