package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// idleQueue notices that devices wait and no worker works on any.
type idleQueue struct {
	waited int
	warned bool
}

// queueBeat is the time between two looks; a queue that is idle at two of them in a row is idle.
const queueBeat = 30 * time.Second

// look returns what to warn of; "" for nothing, and after the first time, until a worker works again.
func (q *idleQueue) look(waiting, inHand int) string {
	before := q.waited
	q.waited = waiting
	if waiting == 0 || inHand > 0 {
		q.waited, q.warned = 0, false
		return ""
	}
	if before < waiting || before == 0 || q.warned {
		return ""
	}
	q.warned = true
	return fmt.Sprintf("devices wait for a worker, and none works: %d. "+
		"Is \"acfix worker\" running with this store and an inventory that has them?", waiting)
}

// watchQueue warns while nothing is done of what is asked for.
func (s *service) watchQueue(ctx context.Context) {
	var queue idleQueue
	for !errors.Is(s.app.sleep(ctx, queueBeat), context.Canceled) {
		waiting, err := s.store.OpenTasks(ctx)
		if err != nil {
			continue
		}
		inHand, err := s.store.TasksInHand(ctx)
		if err != nil {
			continue
		}
		if text := queue.look(waiting, inHand); text != "" {
			s.app.warn(text)
		}
	}
}
