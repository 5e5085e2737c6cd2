package worker

import (
	"context"
	"sync"
	"time"
)

// Listening calls heard for each task that changes, and ready before the first. It returns when the connection fails.
type Listening func(ctx context.Context, ready func(), heard func(run string, place int)) error

// News says at once that a task has changed. A nil News never does.
// docs/design/fleet.md: A controller is told when a task changes
type News struct {
	listen Listening
	ctx    context.Context
	stop   context.CancelFunc
	begun  sync.Once
	all    sync.WaitGroup

	mutex   sync.Mutex
	on      bool
	changed map[Ticket]chan struct{} // a token says that the task may have changed
}

// listenAgain is the pause before a lost connection is made anew.
const listenAgain = time.Second

func newNews(listen Listening) *News {
	ctx, stop := context.WithCancel(context.Background())
	return &News{listen: listen, ctx: ctx, stop: stop, changed: map[Ticket]chan struct{}{}}
}

// of returns a channel that gets a token when the task changes, until forget is called.
func (n *News) of(task Ticket) (changed <-chan struct{}, forget func()) {
	if n == nil {
		return nil, func() {}
	}
	n.begun.Do(func() { n.all.Go(n.keepListening) })
	n.mutex.Lock()
	defer n.mutex.Unlock()
	token := make(chan struct{}, 1)
	n.changed[task] = token
	return token, func() {
		n.mutex.Lock()
		defer n.mutex.Unlock()
		delete(n.changed, task)
	}
}

// hears reports whether the news come now.
func (n *News) hears() bool {
	if n == nil {
		return false
	}
	n.mutex.Lock()
	defer n.mutex.Unlock()
	return n.on
}

func (n *News) keepListening() {
	for n.ctx.Err() == nil {
		_ = n.listen(n.ctx, func() { n.turn(true) }, n.heard) // without it, tasks are read more often
		n.turn(false)
		select {
		case <-n.ctx.Done():
		case <-time.After(listenAgain):
		}
	}
}

func (n *News) turn(on bool) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.on = on
	for _, token := range n.changed { // what came between is not known
		wake(token)
	}
}

func (n *News) heard(run string, place int) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if token, waits := n.changed[Ticket{Run: run, Place: place}]; waits {
		wake(token)
	}
}

func wake(token chan struct{}) {
	select {
	case token <- struct{}{}:
	default:
	}
}

func (n *News) close() {
	n.stop()
	n.all.Wait()
}
