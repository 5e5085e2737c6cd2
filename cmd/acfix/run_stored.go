package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/acfix/acfix/ledger"
	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/store"
)

// storedBook is the book of a run in a store. It is written to also after a wish to stop:
// what came of a device must not be lost.
type storedBook struct {
	app    *app
	store  *store.Store
	writer store.Writer
	run    string
}

func (b *storedBook) putPlan(place int, plan remediate.DevicePlan) error {
	text, err := json.Marshal(plan)
	if err != nil {
		return fmt.Errorf("keep the plan of %s: %w", plan.Target, err)
	}
	return b.app.persist(func(ctx context.Context) error {
		return b.writer.PutPlan(ctx, b.run, place, plan.Device.Serial, string(plan.Verdict), text, b.app.now())
	})
}

func (b *storedBook) start(place int) error {
	return b.app.persist(func(ctx context.Context) error { return b.writer.Start(ctx, b.run, place) })
}

func (b *storedBook) putResult(place int, result remediate.DeviceResult) error {
	text, err := json.Marshal(result)
	if err != nil {
		return fmt.Errorf("keep the result of %s: %w", result.Target, err)
	}
	return b.app.persist(func(ctx context.Context) error {
		return b.writer.PutResult(ctx, b.run, place, string(result.Status), text, b.app.now())
	})
}

func (b *storedBook) plan(place int) (remediate.DevicePlan, error) {
	var plan remediate.DevicePlan
	device, err := b.device(place)
	if err == nil {
		err = ledger.Decode(device.Plan, &plan)
	}
	return plan, err
}

func (b *storedBook) planBefore(place int) (remediate.DevicePlan, error) {
	var plan remediate.DevicePlan
	device, err := b.device(place)
	if err == nil && device.Plan != nil {
		err = ledger.Decode(device.Plan, &plan)
	}
	return plan, err
}

func (b *storedBook) sights() ([]sight, error) {
	var kept []store.Sight
	err := b.app.persist(func(ctx context.Context) (err error) {
		kept, err = b.store.Sights(ctx, b.run)
		return err
	})
	seen := make([]sight, len(kept)) // a run's places are 0, 1, 2, …
	for place, device := range kept {
		seen[place] = sight{device.Serial, remediate.Verdict(device.Verdict)}
	}
	return seen, err
}

func (b *storedBook) result(place int) (remediate.DeviceResult, bool, error) {
	var result remediate.DeviceResult
	device, err := b.device(place)
	if err != nil || device.Result == nil {
		return result, false, err
	}
	return result, true, ledger.Decode(device.Result, &result)
}

func (b *storedBook) device(place int) (device store.Device, err error) {
	err = b.app.persist(func(ctx context.Context) error {
		device, err = b.store.Device(ctx, b.run, place)
		return err
	})
	return device, err
}
