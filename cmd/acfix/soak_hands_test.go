package main

import (
	"context"
	"errors"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// soakHands work on the devices of the table instead of real ones. All records are made as always: plans, results,
// leases, locks, journals and backups.
type soakHands struct {
	app    *app
	fleet  *soakFleet
	begun  *fleetRun
	writes bool
}

func (h soakHands) Execute(ctx context.Context, place int) (rollout.Outcome, error) {
	if err := h.app.sleep(h.begun.Abort, time.Second+h.fleet.luck(9*time.Second)); err != nil {
		return rollout.Untouched, err
	}
	device := h.begun.Devices[place]
	if device.Gone != nil {
		h.fleet.dialledGone(device.Name)
	}
	if h.writes {
		return h.write(ctx, place)
	}
	plan := h.fleet.plan(device.Name, device.URL)
	if err := h.begun.Book.PutPlan(place, plan); err != nil {
		return rollout.Untouched, err
	}
	h.fleet.recorded(plan, string(plan.Verdict))
	return run.OfPlan(plan), nil
}

// Check finds every change still there.
func (h soakHands) Check(context.Context, int) (rollout.Outcome, error) { return rollout.Well, nil }

func (h soakHands) write(ctx context.Context, place int) (rollout.Outcome, error) {
	plan, err := h.begun.Book.Plan(place)
	if err != nil {
		return rollout.Untouched, err
	}
	if err := h.begun.Book.Start(place); err != nil {
		return rollout.Untouched, err
	}
	held, err := h.app.holder(h.begun.Record.Store).Devices(ctx, h.begun.ID, time.Minute, "serial "+plan.Device.Serial)
	if errors.Is(err, store.ErrHeld) {
		return h.end(place, run.Refusal(plan, remediate.Failed, &remediate.Failure{Code: remediate.CodeLocked}))
	} else if err != nil {
		return rollout.Untouched, err
	}
	defer held.End()
	h.fleet.taken(plan.Device.Serial, held)
	result, err := h.carryOut(ctx, plan, held)
	if err != nil {
		return rollout.Untouched, err
	}
	return h.end(place, result)
}

func (h soakHands) end(place int, result remediate.DeviceResult) (rollout.Outcome, error) {
	if err := h.begun.Book.PutResult(place, result); err != nil {
		return rollout.Untouched, err
	}
	if result.Status == remediate.Applied {
		h.fleet.applied(result.URL)
	}
	return run.OfResult(result), nil
}

// carryOut keeps a backup and a journal of the device, and then repairs it.
func (h soakHands) carryOut(
	ctx context.Context, plan remediate.DevicePlan, held *store.Tenure,
) (result remediate.DeviceResult, err error) {
	device := evidence.DeviceOf(plan.Target, plan.URL, plan.Device)
	grip, failure := h.begun.Evidence.Hold(ctx, h.begun.ID, device, time.Minute)
	if failure != nil {
		return run.Refusal(plan, remediate.Failed, failure), nil
	}
	defer grip.Release()
	record, closeIt, err := grip.Journal()
	if err != nil {
		return result, err
	}
	defer closeIt()
	if result, err = archived(grip, plan); err != nil {
		return result, err
	}
	backup := remediate.Record{Event: remediate.EventBackup, Detail: result.Backup, Steps: plan.Steps}
	if err := record(backup); err != nil {
		return result, err
	}
	if err := h.app.sleep(h.begun.Abort, time.Second+h.fleet.luck(20*time.Second)); err != nil {
		return result, err
	}
	if err := held.Valid(); err != nil { // a process that was frozen writes nothing more
		return result, err
	}
	h.fleet.repair(plan.URL, plan.Device.Serial, h.begun.Assignment.PlanRun, h.begun.ID, held)
	return result, record(remediate.Record{Event: remediate.EventEnd, Detail: string(remediate.Applied)})
}

// archived makes the backup, and the result of a plan that will be carried out.
func archived(grip evidence.Grip, plan remediate.DevicePlan) (remediate.DeviceResult, error) {
	result := remediate.NewResult(plan)
	result.Status = remediate.Applied
	for i := range result.Steps {
		result.Steps[i].Status = remediate.StepDone
	}
	status := audiocodes.Status{Serial: plan.Device.Serial, Product: plan.Device.Product, Raw: []byte(`{}`)}
	var err error
	result.Backup, err = grip.Archive(remediate.Snapshot{Taken: time.Now(), Status: status}, plan)
	return result, err
}
