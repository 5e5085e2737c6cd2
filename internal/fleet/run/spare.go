package run

import (
	"sync"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// spareBook keeps in memory what its book can't store any more: the operator must see every plan and result although
// the store is full. What it notes stops the run.
// docs/design/fleet.md: A fault of this machine stops the run
type spareBook struct {
	Book
	note func(error)

	mutex   sync.Mutex
	failed  bool
	plans   map[int]remediate.DevicePlan
	results map[int]remediate.DeviceResult
}

func withSpare(kept Book, note func(error)) Book {
	return &spareBook{
		Book: kept, note: note, plans: map[int]remediate.DevicePlan{}, results: map[int]remediate.DeviceResult{},
	}
}

func (b *spareBook) PutPlan(place int, plan remediate.DevicePlan) error {
	return b.put(!b.hasFailed(), func() error { return b.Book.PutPlan(place, plan) }, func() {
		b.plans[place] = plan
		delete(b.results, place)
	})
}

// PutResult stores the result even after a fault, unless the plan that it follows is not stored.
func (b *spareBook) PutResult(place int, result remediate.DeviceResult) error {
	_, unkept := b.plan(place)
	return b.put(!unkept, func() error { return b.Book.PutResult(place, result) }, func() { b.results[place] = result })
}

func (b *spareBook) put(try bool, store func() error, keep func()) error {
	var err error
	if try {
		err = store()
	}
	switch {
	case try && err == nil:
		return nil
	case err != nil && !isOfStore(err):
		return err
	case err != nil:
		b.note(err)
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.failed = true
	keep()
	return nil
}

func (b *spareBook) hasFailed() bool {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.failed
}

func (b *spareBook) plan(place int) (plan remediate.DevicePlan, kept bool) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	plan, kept = b.plans[place]
	return plan, kept
}

func (b *spareBook) Plan(place int) (remediate.DevicePlan, error) {
	if plan, kept := b.plan(place); kept {
		return plan, nil
	}
	return b.Book.Plan(place)
}

// Result returns the newest result. A plan discards the results before it.
func (b *spareBook) Result(place int) (remediate.DeviceResult, bool, error) {
	b.mutex.Lock()
	result, known := b.results[place]
	_, planned := b.plans[place]
	b.mutex.Unlock()
	if known || planned {
		return result, known, nil
	}
	return b.Book.Result(place)
}

func (b *spareBook) Sights() ([]store.Sight, error) {
	seen, err := b.Book.Sights()
	if err != nil {
		return nil, err
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for place, plan := range b.plans {
		if place < len(seen) {
			seen[place] = SightOf(place, plan)
		}
	}
	return seen, nil
}
