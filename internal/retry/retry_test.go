package retry_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acfix/acfix/internal/retry"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	errBusy    = errors.New("busy")
	errRefused = errors.New("refused")
	errEndless = errors.New("it repeats for ever")
)

func busyPasses(err error) bool { return errors.Is(err, errBusy) }

// clock is time that only passes while a caller sleeps or works.
type clock struct {
	now    time.Time
	pauses []time.Duration
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time { return c.now }

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if len(c.pauses) == 1000 {
		return errEndless
	}
	c.pauses = append(c.pauses, d)
	c.now = c.now.Add(d)
	return nil
}

// policy pauses 1, 2, 4, 8, 8, … seconds when jitter is at its most, half of that at its least.
func (c *clock) policy(budget time.Duration, jitter float64) retry.Policy {
	clock := retry.Clock{Now: c.Now, Sleep: c.Sleep, Jitter: func() float64 { return jitter }}
	return clock.Policy(budget, time.Second, 8*time.Second)
}

// work answers with the given errors in turn, the last one for ever, and counts the calls.
type work struct {
	answers []error
	calls   int
}

func (w *work) do(context.Context) error {
	answer := w.answers[min(w.calls, len(w.answers)-1)]
	w.calls++
	return answer
}

func seconds(values ...float64) []time.Duration {
	var durations []time.Duration
	for _, value := range values {
		durations = append(durations, time.Duration(value*float64(time.Second)))
	}
	return durations
}

func TestDo(t *testing.T) {
	t.Parallel()
	const whole = 1 // jitter just so: the pause in full
	tests := map[string]struct {
		budget  time.Duration
		jitter  float64
		answers []error
		wanted  error
		calls   int
		pauses  []time.Duration
	}{
		"success at once":              {budget: time.Minute, answers: []error{nil}, calls: 1},
		"success after two failures":   {budget: time.Minute, jitter: whole, answers: []error{errBusy, errBusy, nil}, calls: 3, pauses: seconds(1, 2)},
		"an error that does not pass":  {budget: time.Minute, answers: []error{errRefused}, wanted: errRefused, calls: 1},
		"it passes, then it does not":  {budget: time.Minute, jitter: whole, answers: []error{errBusy, errRefused}, wanted: errRefused, calls: 2, pauses: seconds(1)},
		"no time never repeats":        {budget: 0, answers: []error{errBusy, nil}, wanted: errBusy, calls: 1},
		"less than no time":            {budget: -time.Second, answers: []error{errBusy, nil}, wanted: errBusy, calls: 1},
		"pauses grow up to the cap":    {budget: 40 * time.Second, jitter: whole, answers: []error{errBusy}, wanted: errBusy, calls: 8, pauses: seconds(1, 2, 4, 8, 8, 8, 8)},
		"the least jitter halves them": {budget: 20 * time.Second, jitter: 0, answers: []error{errBusy}, wanted: errBusy, calls: 8, pauses: seconds(0.5, 1, 2, 4, 4, 4, 4)},
		"jitter in between":            {budget: 5 * time.Second, jitter: 0.5, answers: []error{errBusy}, wanted: errBusy, calls: 3, pauses: seconds(0.75, 1.5)},
		"a pause up to the very end":   {budget: 3 * time.Second, jitter: whole, answers: []error{errBusy}, wanted: errBusy, calls: 3, pauses: seconds(1, 2)},
		"no pause that would outlast":  {budget: 3*time.Second - 1, jitter: whole, answers: []error{errBusy}, wanted: errBusy, calls: 2, pauses: seconds(1)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock, work := newClock(), &work{answers: test.answers}
			err := clock.policy(test.budget, test.jitter).Do(t.Context(), busyPasses, work.do)
			assert.Equal(t, test.wanted, err, "the last error, as it is")
			assert.Equal(t, test.calls, work.calls)
			assert.Equal(t, test.pauses, clock.pauses)
		})
	}
}

// later is an error that asks for a pause.
type later time.Duration

func (l later) Error() string             { return "later" }
func (l later) Unwrap() error             { return errBusy }
func (l later) RetryAfter() time.Duration { return time.Duration(l) }

func TestAPauseThatIsAskedForIsKept(t *testing.T) {
	t.Parallel()
	after := func(n time.Duration) error { return fmt.Errorf("read: %w", later(n*time.Second)) }
	for name, test := range map[string]struct {
		answers []error
		calls   int
		pauses  []time.Duration
	}{
		"longer than ours":          {[]error{after(30), nil}, 2, seconds(30)},
		"shorter than ours":         {[]error{errBusy, errBusy, errBusy, after(1), nil}, 5, seconds(1, 2, 4, 1)},
		"none":                      {[]error{after(0), nil}, 2, seconds(1)},
		"less than none":            {[]error{after(-5), nil}, 2, seconds(1)},
		"all the time there is":     {[]error{after(60), nil}, 2, seconds(60)},
		"more than there is":        {[]error{after(61), nil}, 1, nil},
		"more than is left":         {[]error{after(40), after(21), nil}, 2, seconds(40)},
		"the longest that there is": {[]error{later(math.MaxInt64), nil}, 1, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock, work := newClock(), &work{answers: test.answers}
			err := clock.policy(time.Minute, 1).Do(t.Context(), busyPasses, work.do)
			assert.Equal(t, test.answers[test.calls-1], err)
			assert.Equal(t, test.calls, work.calls)
			assert.Equal(t, test.pauses, clock.pauses)
		})
	}
}

func TestTheTimeOfTheWorkCounts(t *testing.T) {
	t.Parallel()
	clock := newClock()
	calls := 0
	err := clock.policy(20*time.Second, 0).Do(t.Context(), busyPasses, func(context.Context) error {
		calls++
		clock.now = clock.now.Add(9 * time.Second)
		return errBusy
	})
	assert.Equal(t, errBusy, err)
	assert.Equal(t, 3, calls, "9 s, pause, 9 s, pause, 9 s, and the time is used up")
}

func TestNoPauseIsLongerThanMost(t *testing.T) {
	t.Parallel()
	clock, work := newClock(), &work{answers: []error{errBusy, errBusy, nil}}
	policy := clock.policy(time.Minute, 1)
	policy.First = time.Hour
	require.NoError(t, policy.Do(t.Context(), busyPasses, work.do))
	assert.Equal(t, seconds(8, 8), clock.pauses)
}

func TestNoTimeNeverRepeatsEvenWithoutPauses(t *testing.T) {
	t.Parallel()
	clock, work := newClock(), &work{answers: []error{errBusy}}
	policy := clock.policy(0, 0)
	policy.First = 0
	assert.Equal(t, errBusy, policy.Do(t.Context(), busyPasses, work.do))
	assert.Equal(t, 1, work.calls)
}

func TestJitterStaysWithinThePause(t *testing.T) {
	t.Parallel()
	chances := []float64{0, 0.999999, 0.25, 0.75}
	clock, work := newClock(), &work{answers: slices.Repeat([]error{errBusy}, 40)}
	policy := clock.policy(5*time.Minute, 0)
	draws := 0
	policy.Jitter = func() float64 { draws++; return chances[draws%len(chances)] }
	require.Equal(t, errBusy, policy.Do(t.Context(), busyPasses, work.do))
	require.Greater(t, len(clock.pauses), 10)
	for i, pause := range clock.pauses {
		full := min(time.Second<<min(i, 10), 8*time.Second)
		assert.GreaterOrEqual(t, pause, full/2)
		assert.LessOrEqual(t, pause, full)
	}
}

func TestACancelledContextEndsThePause(t *testing.T) {
	t.Parallel()
	clock := newClock()
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	err := clock.policy(time.Minute, 0).Do(ctx, busyPasses, func(context.Context) error {
		calls++
		if calls == 2 {
			cancel()
		}
		return errBusy
	})
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, 2, calls, "no further try after the caller asked to stop")
}

func TestTheWorkGetsTheContext(t *testing.T) {
	t.Parallel()
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, "value")
	err := newClock().policy(0, 0).Do(ctx, busyPasses, func(ctx context.Context) error {
		assert.Equal(t, "value", ctx.Value(key{}))
		return nil
	})
	assert.NoError(t, err)
}

func TestSleepWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		require.NoError(t, retry.Sleep(t.Context(), time.Minute))
		assert.Equal(t, time.Minute, time.Since(start))
	})
}

func TestSleepEndsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		require.ErrorIs(t, retry.Sleep(ctx, time.Minute), context.DeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(start))
	})
}
