// Package ledger reads the runs that a store keeps as reports have them: a head for each run,
// and its devices with their documents. It writes nothing and shows nothing.
package ledger

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// Header is what the store keeps of a run besides its devices.
type Header struct {
	Plan  remediate.Plan `json:"plan"` // without devices
	Saved bool           `json:"saved"`
}

// Ledger is a store to read from.
type Ledger struct {
	Store *store.Store
	// Lives tells whether a process of this machine has a run in hand.
	Lives func(run string) bool
}

// Head is a run as it is: of a run on this machine whose process has died the store says
// "running" until somebody goes on with it.
func (l Ledger) Head(run store.Run) (report.RunHead, error) {
	head, err := HeadOf(run)
	if err != nil || run.State != store.RunRunning || l.Store.Shared() || l.Lives(run.ID) {
		return head, err
	}
	head.State, head.Reason = string(store.RunInterrupted), "its process has ended; go on with --resume "+run.ID
	return head, nil
}

// Heads are the runs that a filter selects as they are, newest first.
func (l Ledger) Heads(ctx context.Context, filter store.Filter) ([]report.RunHead, error) {
	runs, err := l.Store.Runs(ctx, filter)
	if err != nil {
		return nil, err
	}
	heads := make([]report.RunHead, 0, len(runs))
	for _, run := range runs {
		head, err := l.Head(run)
		if err != nil {
			return nil, err
		}
		heads = append(heads, head)
	}
	return heads, nil
}

// Devices are those of a run, by its whole ID, in its order.
func (l Ledger) Devices(ctx context.Context, run string) report.RunDevices {
	return func(yield func(report.RunDevice, error) bool) {
		for device, err := range l.Store.Devices(ctx, run) {
			var shown report.RunDevice
			if err == nil {
				shown, err = DeviceOf(device)
			}
			if !yield(shown, err) || err != nil {
				return
			}
		}
	}
}

// HeadOf is a run as the store has it, whether or not its process still lives.
func HeadOf(run store.Run) (report.RunHead, error) {
	var kept Header
	head := report.RunHead{
		ID: run.ID, Action: run.Action, Job: run.Job, State: string(run.State), Acfix: run.Acfix, Host: run.Host,
		Reason: run.Reason, PlanRun: run.PlanRun, Created: run.Created, Ended: run.Ended, Due: run.Due, Exit: run.Exit,
	}
	if given := run.Approval; given != nil {
		head.Approval = &report.Approval{Name: given.Name, Change: given.Change, Time: given.Time}
	}
	err := Decode(run.Header, &kept)
	head.Policy = kept.Plan.Policy
	return head, err
}

// DeviceOf is a device of a run with its documents.
func DeviceOf(kept store.Device) (report.RunDevice, error) {
	device := report.RunDevice{
		Position: kept.Position, Wave: kept.Wave, Target: kept.Target, URL: kept.URL,
		Ended: kept.Ended, Waiting: kept.State == store.DeviceWaiting,
	}
	if err := optional(kept.Plan, &device.Plan); err != nil {
		return device, err
	}
	return device, optional(kept.Result, &device.Result)
}

func optional[D any](text json.RawMessage, into **D) error {
	if text == nil {
		return nil
	}
	*into = new(D)
	return Decode(text, *into)
}

// Decode reads a document that is opaque to the store: a header, a plan, a result, an entry.
func Decode(text json.RawMessage, into any) error {
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("read the store: %w", err)
	}
	return nil
}
