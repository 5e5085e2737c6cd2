// Package retry repeats work that failed for a temporary reason, with growing, jittered pauses or after the time that
// an error asks for, until a time limit. The caller decides which errors are temporary.
package retry

import (
	"context"
	"errors"
	"time"
)

// Clock provides time and randomness, so that tests need neither.
type Clock struct {
	Now    func() time.Time
	Sleep  func(ctx context.Context, d time.Duration) error // ends early with ctx.Err()
	Jitter func() float64                                   // in [0,1)
}

// Limits say how long and how eagerly to repeat.
type Limits struct {
	For   time.Duration // repeat for this long; 0 never repeats
	First time.Duration // the first pause; each further one doubles
	Most  time.Duration // no pause is longer
}

// Policy repeats within limits, by a clock.
type Policy struct {
	Limits
	Clock
}

// Policy returns a Policy with this clock and these limits.
func (c Clock) Policy(total, first, most time.Duration) Policy {
	return Policy{Limits{For: total, First: first, Most: most}, c}
}

// Do calls work until it succeeds, fails with a permanent error, or the time is used up; it returns
// work's last error. If the context ends during a pause, Do returns the context's error. If an
// error says how long to wait, Do waits that long, unless too little time is left.
func (p Policy) Do(ctx context.Context, passes func(error) bool, work func(context.Context) error) error {
	start := p.Now()
	for pause := min(p.First, p.Most); ; pause = min(2*pause, p.Most) {
		err := work(ctx)
		if err == nil || !passes(err) {
			return err
		}
		// Half of the pause is fixed, so that jitter never makes a tight loop.
		wait := pause/2 + time.Duration(p.Jitter()*float64(pause/2))
		if asked := askedFor(err); asked > 0 {
			wait = asked
		}
		if p.For <= 0 || wait > p.For || p.Now().Add(wait).Sub(start) > p.For {
			return err
		}
		if err := p.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// timed is an error that says when to try again; 0 if it does not say.
type timed interface {
	error
	RetryAfter() time.Duration
}

func askedFor(err error) time.Duration {
	var asks timed
	if !errors.As(err, &asks) {
		return 0
	}
	return asks.RetryAfter()
}

// Sleep waits on the real clock.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
