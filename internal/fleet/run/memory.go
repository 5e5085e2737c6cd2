package run

import (
	"iter"
	"sync"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// memoryBook is the book of a run that is not stored.
type memoryBook struct {
	mutex sync.Mutex
	plans []remediate.DevicePlan
	done  map[int]remediate.DeviceResult
}

// NewMemoryBook returns the book of a run that is not stored. plans are earlier plans of its first devices.
func NewMemoryBook(devices int, plans ...remediate.DevicePlan) Book {
	b := &memoryBook{plans: make([]remediate.DevicePlan, devices), done: map[int]remediate.DeviceResult{}}
	copy(b.plans, plans)
	return b
}

func (b *memoryBook) PutPlan(place int, plan remediate.DevicePlan) error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.plans[place] = plan
	return nil
}

func (b *memoryBook) Plan(place int) (remediate.DevicePlan, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.plans[place], nil
}

func (b *memoryBook) Each() iter.Seq2[Documents, error] {
	return func(yield func(Documents, error) bool) {
		for place := range b.plans {
			of := Documents{
				Plan:   func() (remediate.DevicePlan, error) { return b.Plan(place) },
				Result: func() (remediate.DeviceResult, bool, error) { return b.Result(place) },
			}
			if !yield(of, nil) {
				return
			}
		}
	}
}

func (b *memoryBook) PlanBefore(int) (remediate.DevicePlan, error) {
	return remediate.DevicePlan{}, nil
}

func (b *memoryBook) Sights() ([]store.Sight, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	seen := make([]store.Sight, len(b.plans))
	for place, plan := range b.plans {
		seen[place] = SightOf(place, plan)
		seen[place].Read = false // as of a store
	}
	return seen, nil
}

func (b *memoryBook) Start(int) error { return nil }

func (b *memoryBook) PutResult(place int, result remediate.DeviceResult) error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.done[place] = result
	return nil
}

func (b *memoryBook) Result(place int) (remediate.DeviceResult, bool, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	result, known := b.done[place]
	return result, known, nil
}
