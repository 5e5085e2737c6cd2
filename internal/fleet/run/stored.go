package run

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/acfix/acfix/internal/records/runs"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// storedBook is the book of a run in a store. It is written even after the operator asks to stop: the result of a
// device must not be lost.
type storedBook struct {
	process Process
	store   *store.Store
	writer  store.Writer
	run     string
	outcome func(remediate.DeviceResult) store.Outcome
}

// NewBook returns the book of a stored run. It writes through writer.
func NewBook(process Process, opened *store.Store, writer store.Writer, run string) Book {
	return &storedBook{process: process, store: opened, writer: writer, run: run, outcome: OutcomeOf}
}

func (b *storedBook) PutPlan(place int, plan remediate.DevicePlan) error {
	text, err := json.Marshal(plan)
	if err != nil {
		return fmt.Errorf("keep the plan of %s: %w", plan.Target, err)
	}
	sight := SightOf(place, plan)
	return b.process.Persist(func(ctx context.Context) error {
		return b.writer.PutPlan(ctx, b.run, sight, text, b.process.Clock.Now())
	})
}

func (b *storedBook) Start(place int) error {
	return b.process.Persist(func(ctx context.Context) error { return b.writer.Start(ctx, b.run, place) })
}

func (b *storedBook) PutResult(place int, result remediate.DeviceResult) error {
	text, err := json.Marshal(result)
	if err != nil {
		return fmt.Errorf("keep the result of %s: %w", result.Target, err)
	}
	return b.process.Persist(func(ctx context.Context) error {
		return b.writer.PutResult(ctx, b.run, place, b.outcome(result), text, b.process.Clock.Now())
	})
}

func (b *storedBook) Plan(place int) (remediate.DevicePlan, error) {
	var plan remediate.DevicePlan
	device, err := b.device(place)
	if err != nil {
		return plan, err
	}
	err = runs.Decode(device.Plan, &plan)
	return plan, err
}

func (b *storedBook) PlanBefore(place int) (remediate.DevicePlan, error) {
	var plan remediate.DevicePlan
	device, err := b.device(place)
	if err != nil || device.Plan == nil {
		return plan, err
	}
	err = runs.Decode(device.Plan, &plan)
	return plan, err
}

// Sights needs no sorting: a run's places are 0, 1, 2, …
func (b *storedBook) Sights() (seen []store.Sight, err error) {
	err = b.process.Persist(func(ctx context.Context) error {
		seen, err = b.store.Sights(ctx, b.run)
		return err
	})
	return seen, err
}

func (b *storedBook) Result(place int) (remediate.DeviceResult, bool, error) {
	var result remediate.DeviceResult
	device, err := b.device(place)
	if err != nil || device.Result == nil {
		return result, false, err
	}
	return result, true, runs.Decode(device.Result, &result)
}

func (b *storedBook) device(place int) (device store.Device, err error) {
	err = b.process.Persist(func(ctx context.Context) error {
		device, err = b.store.Device(ctx, b.run, place)
		return err
	})
	return device, err
}
