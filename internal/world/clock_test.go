package world

import (
	"context"
	"sync"
	"time"

	"github.com/acfix/acfix/internal/retry"
)

// clock is time that moves only when a caller waits, or when a request takes its time.
type clock struct {
	mutex sync.Mutex
	now   time.Time
}

var midnight = time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)

// Now is the time in this world.
func (c *clock) Now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.now
}

// pass moves the time.
func (c *clock) pass(d time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.now = c.now.Add(d)
}

// Sleep moves the time, unless the context has ended.
func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	c.pass(d)
	return nil
}

func (c *clock) retry() retry.Clock {
	return retry.Clock{Now: c.Now, Sleep: c.Sleep, Jitter: func() float64 { return 0.5 }}
}
