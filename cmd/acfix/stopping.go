package main

import (
	"fmt"
	"io"
	"sync"

	"github.com/acfix/acfix/internal/fleet/run"

	"github.com/acfix/acfix/internal/output/progress"
)

// stopping is the answer to the first interrupt.
const stopping = "acfix: stopping: work in progress is finished or left safely first; a second Ctrl-C exits at once"

// interrupts answers the first interrupt. While acfix asks a question it writes nothing, for an interrupt ends the
// question at once; while progress bars are drawn, they write the answer.
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

func (i *interrupts) answer(stderr io.Writer) {
	i.mutex.Lock()
	asked, bars := i.asked, i.bars
	i.mutex.Unlock()
	switch {
	case asked:
	case bars != nil:
		bars.Note(stopping)
	default:
		fmt.Fprintln(stderr, stopping)
	}
}
