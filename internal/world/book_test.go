package world

import (
	"iter"
	"slices"
	"sync"

	"github.com/acfix/acfix/internal/records/planfile"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// book is what a run keeps of its one device, as a store would: it outlives the process, and takes
// nothing from one that was killed.
type book struct {
	mutex   sync.Mutex
	writer  *played
	plan    remediate.DevicePlan
	planned bool
	started bool
	result  *remediate.DeviceResult
	saved   *planfile.SavedPlan
}

func (b *book) change(how func()) error {
	if b.writer.dead() {
		return nil
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	how()
	return nil
}

// PutPlan puts a plan in the place of the result that was there, as a store does.
func (b *book) PutPlan(_ int, plan remediate.DevicePlan) error {
	return b.change(func() { b.plan, b.planned, b.result = plan, true, nil })
}

func (b *book) Plan(int) (remediate.DevicePlan, error) { return b.plan, nil }

func (b *book) Each() iter.Seq2[run.Documents, error] {
	return func(yield func(run.Documents, error) bool) {
		yield(run.Documents{
			Plan:   func() (remediate.DevicePlan, error) { return b.Plan(0) },
			Result: func() (remediate.DeviceResult, bool, error) { return b.Result(0) },
		}, nil)
	}
}

func (b *book) PlanBefore(int) (remediate.DevicePlan, error) { return b.plan, nil }

func (b *book) Sights() ([]store.Sight, error) {
	if !b.planned {
		return nil, nil
	}
	return []store.Sight{{Serial: b.plan.Device.Serial, MAC: b.plan.Device.MAC, Verdict: string(b.plan.Verdict)}}, nil
}

func (b *book) Start(int) error { return b.change(func() { b.started = true }) }

func (b *book) PutResult(_ int, result remediate.DeviceResult) error {
	return b.change(func() { b.result, b.started = &result, false })
}

func (b *book) Result(int) (remediate.DeviceResult, bool, error) {
	if b.result == nil {
		return remediate.DeviceResult{}, false, nil
	}
	return *b.result, true, nil
}

// standing is how far the run was, as run.Devices reads it from a store.
func (b *book) standing() run.Standing {
	standing := run.NewStanding(1)
	switch {
	case b.started:
		standing.Begun[0] = true
	case b.result == nil || b.result.Status == remediate.Stale:
	case b.result.Status == remediate.Applied || b.result.Status == remediate.Unchanged ||
		b.result.Status == remediate.StatusNotApplicable:
		standing.Done[0] = true
	default:
		isDone := func(step remediate.StepResult) bool { return step.Status == remediate.StepDone }
		if b.result.WasWrittenTo() || slices.ContainsFunc(b.result.Steps, isDone) {
			standing.Begun[0], standing.Earlier[0] = true, *b.result
		}
	}
	return standing
}
