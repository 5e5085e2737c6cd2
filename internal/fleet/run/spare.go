package run

import (
	"iter"
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

func (b *spareBook) Result(place int) (remediate.DeviceResult, bool, error) {
	if result, known, kept := b.result(place); kept {
		return result, known, nil
	}
	return b.Book.Result(place)
}

// result returns the newest result that the store could not take, or that there is none since such a plan, which
// discards the results before it.
func (b *spareBook) result(place int) (result remediate.DeviceResult, known, kept bool) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	result, known = b.results[place]
	_, planned := b.plans[place]
	return result, known, known || planned
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

// Each yields what the store has, and in its place what it could not take.
func (b *spareBook) Each() iter.Seq2[Documents, error] {
	return func(yield func(Documents, error) bool) {
		place := 0
		for of, err := range b.Book.Each() {
			if !yield(b.over(place, of), err) {
				return
			}
			place++
		}
	}
}

func (b *spareBook) over(place int, stored Documents) Documents {
	return Documents{
		Plan: func() (remediate.DevicePlan, error) {
			if plan, kept := b.plan(place); kept {
				return plan, nil
			}
			return stored.Plan()
		},
		Result: func() (remediate.DeviceResult, bool, error) {
			if result, known, kept := b.result(place); kept {
				return result, known, nil
			}
			return stored.Result()
		},
	}
}
