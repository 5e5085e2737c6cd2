package worker

import (
	"context"
	"time"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/gather"
	"github.com/acfix/acfix/internal/records/store"
)

// progress asks for the tasks of a run, those of many devices at once.
type progress struct {
	*run.Run
	store *store.Store
	asked *gather.Gatherer[*question]
	news  *News
}

// question is what the store holds of a task.
type question struct {
	place  int
	answer store.Tasked
	err    error
}

const (
	askWindow = 2 * time.Millisecond
	mostAsked = 64
	// longestAsk is how long one attempt to read tasks may take.
	longestAsk = time.Minute
	// askAnyway is how often tasks are read although news come by themselves: some may be lost.
	askAnyway = time.Second
)

func newProgress(of *run.Run, kept *store.Store, news *News) *progress {
	p := &progress{Run: of, store: kept, news: news}
	p.asked = gather.New(askWindow, mostAsked, 1, p.ask)
	return p
}

func (p *progress) ask(all []*question) {
	ctx, cancel := context.WithTimeout(p.Abort, longestAsk)
	defer cancel()
	places := make([]int, len(all))
	for i, one := range all {
		places[i] = one.place
	}
	tasks, err := p.store.Tasks(ctx, p.ID, places...)
	for _, one := range all {
		one.answer, one.err = tasks[one.place], err
	}
}

// task returns a device and its task as they are now.
func (p *progress) task(place int) (store.Tasked, error) {
	own := &question{place: place}
	err := p.Persist(func(context.Context) error {
		<-p.asked.Add(own)
		return own.err
	})
	return own.answer, err
}

// wait returns when a task may have changed, or is to be read anyway.
func (p *progress) wait(ctx context.Context, changed <-chan struct{}) error {
	if p.Stopped() || !p.news.hears() {
		return p.Clock.Sleep(ctx, run.AskAgain)
	}
	now := time.Now()
	// All devices wake at the same moment, so that they are one question.
	together := time.NewTimer(now.Truncate(askAnyway).Add(askAnyway).Sub(now))
	defer together.Stop()
	select {
	case <-changed:
	case <-p.Stop:
	case <-together.C:
	case <-ctx.Done():
	}
	return ctx.Err()
}
