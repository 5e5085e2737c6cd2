package main

import (
	"context"
	"time"

	"github.com/acfix/acfix/queue"
	"github.com/acfix/acfix/store"
)

const (
	// askAgain is how often a controller looks for the end of a task.
	askAgain = 200 * time.Millisecond
	// handOutAgain is how long a task may wait for a worker before it is handed out once
	// more: the queue may have lost it, and twice does no harm.
	handOutAgain = time.Minute
)

// order asks for work on a device and waits until a worker has done it. A worker that died
// is followed by another: nobody has the task's lease then.
func (q queued) order(ctx context.Context, place int, kind string) error {
	writer := q.record.writer()
	if err := q.persist(func(ctx context.Context) error { return writer.Order(ctx, q.id, place, kind) }); err != nil {
		return err
	}
	handedOut := time.Time{}
	for {
		var task store.Task
		err := q.persist(func(ctx context.Context) (err error) {
			task, err = q.record.store.Task(ctx, q.id, place)
			return err
		})
		if err != nil || task.State == store.TaskDone {
			return err
		}
		waits := q.now().Sub(handedOut)
		if abandoned := task.State == store.TaskTaken && !task.Alive; waits > handOutAgain || abandoned && waits > time.Second {
			handedOut = q.now()
			err := q.persist(func(ctx context.Context) error { return q.queue.Add(ctx, queue.Task{Run: q.id, Place: place}) })
			if err != nil {
				return err
			}
		}
		if err := q.sleep(ctx, askAgain); err != nil {
			return err
		}
	}
}
