package run

import (
	"context"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// TaskBook is the book of one task: of one device, to which no other process writes while the task's lease lasts. It reads
// nothing again that the worker has read or made, and keeps what came of the device until the task ends.
// docs/design/records.md: A task's document and its end are one write
type TaskBook struct {
	Book
	process Process
	writer  store.Writer
	device  store.Device

	plan   *remediate.DevicePlan // made by the task
	result *remediate.DeviceResult
	kept   []store.Document
}

// NewTaskBook returns the book of a device that a worker has taken. A device that is to be written to has been
// started.
func NewTaskBook(process Process, opened *store.Store, writer store.Writer, device store.Device) *TaskBook {
	all := NewBook(process, opened, writer, device.Run)
	return &TaskBook{Book: all, process: process, writer: writer, device: device}
}

// PutPlan keeps the plan until the task ends.
func (b *TaskBook) PutPlan(place int, plan remediate.DevicePlan) error {
	what, err := planDocument(place, plan, b.process.Clock.Now())
	if err == nil {
		b.kept, b.plan, b.result = append(b.kept, what), &plan, nil
		b.device.Result = nil
	}
	return err
}

// Plan returns the device's plan.
func (b *TaskBook) Plan(int) (plan remediate.DevicePlan, err error) {
	if b.plan != nil {
		return *b.plan, nil
	}
	return planOf(b.device)
}

// PlanBefore returns the plan from before; empty if there is none.
func (b *TaskBook) PlanBefore(place int) (plan remediate.DevicePlan, err error) {
	if b.plan == nil && b.device.Plan == nil {
		return plan, nil
	}
	return b.Plan(place)
}

// Start has nothing to do.
func (b *TaskBook) Start(int) error { return nil }

// PutResult keeps the result until the task ends.
func (b *TaskBook) PutResult(_ int, result remediate.DeviceResult) error {
	what, err := resultDocument(OutcomeOf(result), result, b.process.Clock.Now())
	if err == nil {
		b.kept, b.result = append(b.kept, what), &result
	}
	return err
}

// Result returns the result of the device, if it has one.
func (b *TaskBook) Result(int) (result remediate.DeviceResult, known bool, err error) {
	if b.result != nil {
		return *b.result, true, nil
	}
	return resultOf(b.device)
}

// Finish stores what came of the device, and that the task has ended.
func (b *TaskBook) Finish(kind string) error {
	return b.process.Persist(func(ctx context.Context) error {
		return b.writer.FinishTask(ctx, b.device.Run, b.device.Position, kind, b.kept...)
	})
}

// Leave stores what came of the device so far; another worker continues.
func (b *TaskBook) Leave() error {
	for _, what := range b.kept {
		err := b.process.Persist(func(ctx context.Context) error {
			return b.writer.Put(ctx, b.device.Run, b.device.Position, what)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Word returns what the device's task came to: the verdict of a reading, else the status; "" without one.
func (b *TaskBook) Word(reading bool) string {
	if reading {
		plan, err := b.PlanBefore(b.device.Position)
		if err != nil {
			return ""
		}
		return string(plan.Verdict)
	}
	result, _, err := b.Result(b.device.Position)
	if err != nil {
		return ""
	}
	return string(result.Status)
}
