// Package gather does together what many goroutines ask for at the same moment.
package gather

import (
	"sync"
	"time"
)

// Gatherer collects items and does them in groups. Its methods may be called from many goroutines.
type Gatherer[T any] struct {
	window time.Duration
	most   int
	do     func([]T)
	turns  chan struct{} // one token per group that may be done at a time

	mutex sync.Mutex
	open  *group[T]
}

type group[T any] struct {
	items []T
	done  chan struct{}
}

// New returns a Gatherer. A group takes what comes within the window, and goes on to do so while as many groups as
// atOnce are being done; it has at most most items. do must not call the Gatherer.
func New[T any](window time.Duration, most, atOnce int, do func([]T)) *Gatherer[T] {
	return &Gatherer[T]{window: window, most: most, do: do, turns: make(chan struct{}, atOnce)}
}

// Add puts an item into the next group. The channel is closed once the group is done; the item says what came of it.
func (g *Gatherer[T]) Add(item T) <-chan struct{} {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.open == nil {
		g.open = &group[T]{done: make(chan struct{})}
		go g.lead(g.open)
	}
	into := g.open
	into.items = append(into.items, item)
	if len(into.items) == g.most {
		g.open = nil // the next item begins another group
	}
	return into.done
}

// lead does a group after its window, when it is its turn.
func (g *Gatherer[T]) lead(led *group[T]) {
	time.Sleep(g.window)
	g.turns <- struct{}{}
	defer func() { <-g.turns }()
	g.mutex.Lock()
	if g.open == led {
		g.open = nil
	}
	g.mutex.Unlock()
	defer close(led.done)
	g.do(led.items)
}
