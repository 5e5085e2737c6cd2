package main

import (
	"sync"

	"github.com/acfix/acfix/remediate"
)

// memoryBook is the book of a run that leaves nothing behind.
type memoryBook struct {
	mutex sync.Mutex
	plans []remediate.DevicePlan
	done  map[int]remediate.DeviceResult
}

func newMemoryBook(devices int) *memoryBook {
	return &memoryBook{plans: make([]remediate.DevicePlan, devices), done: map[int]remediate.DeviceResult{}}
}

func (b *memoryBook) putPlan(place int, plan remediate.DevicePlan) error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.plans[place] = plan
	return nil
}

func (b *memoryBook) plan(place int) (remediate.DevicePlan, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.plans[place], nil
}

func (b *memoryBook) planBefore(int) (remediate.DevicePlan, error) {
	return remediate.DevicePlan{}, nil
}

func (b *memoryBook) sights() ([]sight, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	seen := make([]sight, len(b.plans))
	for place, plan := range b.plans {
		seen[place] = sight{plan.Device.Serial, plan.Verdict}
	}
	return seen, nil
}

func (b *memoryBook) start(int) error { return nil }

func (b *memoryBook) putResult(place int, result remediate.DeviceResult) error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.done[place] = result
	return nil
}

func (b *memoryBook) result(place int) (remediate.DeviceResult, bool, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	result, known := b.done[place]
	return result, known, nil
}
