package report

import (
	"context"
	"encoding/json"
	"time"

	"github.com/acfix/acfix/internal/records/runs"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// Ledger is a store to read from.
type Ledger struct {
	Store *store.Store
	// Lives reports whether a process of this machine works on a run.
	Lives func(run string) bool
}

// Head returns a run's actual state: a local run stays "running" in the store after its process has died.
func (l Ledger) Head(run store.Run) (RunHead, error) {
	head, err := HeadOf(run)
	if err != nil || run.State != store.RunRunning || l.Store.Shared() || l.Lives(run.ID) {
		return head, err
	}
	head.State, head.Reason = string(store.RunInterrupted), "its process has ended; continue with --resume "+run.ID
	return head, nil
}

// Heads returns the selected runs in their actual states, newest first.
func (l Ledger) Heads(ctx context.Context, filter store.Filter) ([]RunHead, error) {
	selected, err := l.Store.Runs(ctx, filter)
	if err != nil {
		return nil, err
	}
	heads := make([]RunHead, 0, len(selected))
	for _, run := range selected {
		head, err := l.Head(run)
		if err != nil {
			return nil, err
		}
		heads = append(heads, head)
	}
	return heads, nil
}

// FleetPolicy returns the policy by which the devices were last decided on: that of the newest run whose readings are the
// last known state. Zero without such a run.
func (l Ledger) FleetPolicy(ctx context.Context) (remediate.PolicyReference, error) {
	newest, err := l.Store.Runs(ctx, store.Filter{Deciding: true, Limit: 1})
	if err != nil || len(newest) == 0 {
		return remediate.PolicyReference{}, err
	}
	head, err := HeadOf(newest[0])
	return head.Policy, err
}

// DaysLeft returns how many calendar days of UTC are left until a deadline: 0 on its day, less after it.
func DaysLeft(deadline, now time.Time) int {
	midnight := func(at time.Time) time.Time {
		year, month, day := at.UTC().Date()
		return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	}
	return int(midnight(deadline).Sub(midnight(now)).Hours() / 24)
}

// Devices yields the devices of a run, by its full ID, in its order.
func (l Ledger) Devices(ctx context.Context, run string) RunDevices {
	return func(yield func(RunDevice, error) bool) {
		for device, err := range l.Store.Devices(ctx, run) {
			if err != nil {
				yield(RunDevice{}, err)
				return
			}
			shown, err := DeviceOf(device)
			if !yield(shown, err) || err != nil {
				return
			}
		}
	}
}

// HeadOf returns a run as the store has it, whether or not its process is alive.
func HeadOf(run store.Run) (RunHead, error) {
	var kept runs.Header
	head := RunHead{
		ID: run.ID, Action: run.Action, Job: run.Job, State: string(run.State), Acfix: run.Acfix, Host: run.Host,
		Reason: run.Reason, PlanRun: run.PlanRun, Created: run.Created, Ended: run.Ended, Due: run.Due, Exit: run.Exit,
		Approval: run.Approval, Pruned: run.Pruned, Person: run.Person, Flags: run.Flags,
		Inventory: run.Inventory, InventorySHA: run.InventorySHA,
	}
	err := runs.Decode(run.Header, &kept)
	head.Policy = kept.Plan.Policy
	return head, err
}

// DeviceOf returns a device of a run with its documents.
func DeviceOf(kept store.Device) (RunDevice, error) {
	device := RunDevice{
		Position: kept.Position, Wave: kept.Wave, Target: kept.Target, URL: kept.URL,
		Ended: kept.Ended, Waiting: kept.State == store.DeviceWaiting, Again: kept.State == store.DeviceDone && kept.Result == nil,
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
	return runs.Decode(text, *into)
}
