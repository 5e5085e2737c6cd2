// Package retry is patience with an end: it repeats work that failed for a passing
// reason, with growing, jittered pauses or after the time that an error asks for, until a
// time is used up. It decides nothing about devices; the caller says which errors pass.
package retry

import (
	"context"
	"errors"
	"time"
)

// Clock is time and chance. They come in from outside, so that tests need neither.
type Clock struct {
	Now    func() time.Time
	Sleep  func(ctx context.Context, d time.Duration) error // ends early with ctx.Err()
	Jitter func() float64                                   // in [0,1)
}

// Limits say how long and how eagerly to repeat.
type Limits struct {
	For   time.Duration // repeat until this much time has gone by; 0 never repeats
	First time.Duration // the first pause; each further one is twice as long
	Most  time.Duration // no pause is longer
}

// Policy repeats within limits, by a clock.
type Policy struct {
	Limits
	Clock
}

// Policy repeats by this clock; the durations are those of Limits, in its order.
func (c Clock) Policy(total, first, most time.Duration) Policy {
	return Policy{Limits{For: total, First: first, Most: most}, c}
}

// Do calls work until it succeeds, fails with an error that does not pass, or the time is
// used up; it returns work's last error. When the context ends during a pause, that is
// the error, for the caller asked to stop. Where an error says how long to wait, that is the
// pause; one that the time left does not allow is not begun.
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

// timed is an error that says after how long another try makes sense; 0 where it does not say.
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
