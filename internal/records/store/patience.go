package store

import (
	"context"
	"sync"
	"time"

	"github.com/acfix/acfix/internal/retry"
)

// longestOutage is how long callers wait for an unavailable database.
const longestOutage = 15 * time.Minute

// Patience waits for a database that is temporarily unavailable.
type Patience struct {
	Clock  retry.Clock
	Outage *Outage
	Warn   func(text string) // called when an outage begins and when it ends
}

// Do calls work until its database answers. Errors: work's own, ErrDown if it stayed away, the context's.
func (p Patience) Do(ctx context.Context, work func(context.Context) error) error {
	again := p.Clock.Policy(longestOutage, 250*time.Millisecond, 5*time.Second)
	return again.Do(ctx, IsDown, func(ctx context.Context) error {
		err := work(ctx)
		switch {
		case IsDown(err) && p.Outage.begins():
			p.Warn("the store does not answer; trying again for " + longestOutage.String())
		case err == nil && p.Outage.ends():
			p.Warn("the store answers again")
		}
		return err
	})
}

// Outage says whether the store failed the last attempt. A process shares one, to report an outage once.
type Outage struct {
	mutex sync.Mutex
	on    bool
}

func (o *Outage) begins() bool { return o.turns(true) }
func (o *Outage) ends() bool   { return o.turns(false) }

func (o *Outage) turns(on bool) bool {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	turned := o.on != on
	o.on = on
	return turned
}
