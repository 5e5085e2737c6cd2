package main

import (
	"fmt"
	"sync"

	"github.com/acfix/acfix/internal/fleet/run"

	"github.com/acfix/acfix/internal/output/progress"
)

// stopping is what is said at the first interrupt.
const stopping = "acfix: stopping: what is in hand is finished or left safely first; a second Ctrl-C leaves at once"

// interrupts is how the first interrupt is answered. At a question there is no answer, for an interrupt
// leaves that at once; where bars are drawn they write it.
type interrupts struct {
	mutex sync.Mutex
	asked bool
	bars  progress.Noter
}

func (i *interrupts) asking(asked bool) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	i.asked = asked
}

func (i *interrupts) answeredBy(watcher run.Watcher) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	i.bars, _ = watcher.(progress.Noter)
}

func (i *interrupts) answer(a *app) {
	i.mutex.Lock()
	asked, bars := i.asked, i.bars
	i.mutex.Unlock()
	switch {
	case asked:
	case bars != nil:
		bars.Note(stopping)
	default:
		fmt.Fprintln(a.stderr, stopping)
	}
}

// answerInterrupt answers the first interrupt, until what it returns is called.
func (a *app) answerInterrupt() (ended func()) {
	done, left := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(left)
		select {
		case <-a.stop:
			a.interrupts.answer(a)
		case <-done:
		}
	}()
	return func() { close(done); <-left }
}
