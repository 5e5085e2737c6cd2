package run

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"

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
	what, err := planDocument(place, plan, b.process.Clock.Now())
	if err != nil {
		return err
	}
	return b.put(place, what)
}

func (b *storedBook) put(place int, what store.Document) error {
	return b.process.Persist(func(ctx context.Context) error { return b.writer.Put(ctx, b.run, place, what) })
}

func planDocument(place int, plan remediate.DevicePlan, at time.Time) (store.Document, error) {
	text, err := json.Marshal(plan)
	if err != nil {
		return store.Document{}, fmt.Errorf("keep the plan of %s: %w", plan.Target, err)
	}
	return store.PlanOf(SightOf(place, plan), text, at), nil
}

func resultDocument(outcome store.Outcome, result remediate.DeviceResult, at time.Time) (store.Document, error) {
	text, err := json.Marshal(result)
	if err != nil {
		return store.Document{}, fmt.Errorf("keep the result of %s: %w", result.Target, err)
	}
	return store.ResultOf(outcome, text, at), nil
}

func (b *storedBook) Start(place int) error {
	return b.process.Persist(func(ctx context.Context) error { return b.writer.Start(ctx, b.run, place) })
}

func (b *storedBook) PutResult(place int, result remediate.DeviceResult) error {
	what, err := resultDocument(b.outcome(result), result, b.process.Clock.Now())
	if err != nil {
		return err
	}
	return b.put(place, what)
}

func (b *storedBook) Plan(place int) (remediate.DevicePlan, error) {
	device, err := b.device(place)
	if err != nil {
		return remediate.DevicePlan{}, err
	}
	return planOf(device)
}

func planOf(device store.Device) (plan remediate.DevicePlan, err error) {
	err = runs.Decode(device.Plan, &plan)
	return plan, err
}

func (b *storedBook) PlanBefore(place int) (plan remediate.DevicePlan, err error) {
	device, err := b.device(place)
	if err != nil || device.Plan == nil {
		return plan, err
	}
	return planOf(device)
}

// Each reads the devices page by page.
// docs/design/records.md: What follows a phase reads devices by the page
func (b *storedBook) Each() iter.Seq2[Documents, error] {
	return func(yield func(Documents, error) bool) {
		for last := -1; ; {
			page, err := b.after(last)
			if err != nil {
				yield(Documents{}, err)
			}
			if err != nil || len(page) == 0 {
				return
			}
			for _, device := range page {
				if !yield(documentsOf(device), nil) {
					return
				}
				last = device.Position
			}
		}
	}
}

func (b *storedBook) after(place int) (page []store.Device, err error) {
	err = b.process.Persist(func(ctx context.Context) error {
		page, err = b.store.DevicesAfter(ctx, b.run, place)
		return err
	})
	return page, err
}

func documentsOf(device store.Device) Documents {
	return Documents{
		Plan:   func() (remediate.DevicePlan, error) { return planOf(device) },
		Result: func() (remediate.DeviceResult, bool, error) { return resultOf(device) },
	}
}

// Sights needs no sorting: a run's places are 0, 1, 2, …
func (b *storedBook) Sights() (seen []store.Sight, err error) {
	err = b.process.Persist(func(ctx context.Context) error {
		seen, err = b.store.Sights(ctx, b.run)
		return err
	})
	return seen, err
}

func (b *storedBook) Result(place int) (result remediate.DeviceResult, known bool, err error) {
	device, err := b.device(place)
	if err != nil {
		return result, false, err
	}
	return resultOf(device)
}

func resultOf(device store.Device) (result remediate.DeviceResult, known bool, err error) {
	if device.Result == nil {
		return result, false, nil
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
