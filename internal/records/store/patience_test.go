package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/retry"
	"github.com/stretchr/testify/assert"
)

var errOther = errors.New("another error")

// patient works by a clock that only goes on in pauses, and keeps what it is warned of.
type patient struct {
	now    time.Time
	outage store.Outage
	warned []string
}

func (p *patient) do(ctx context.Context, answers ...error) error {
	calls := 0
	patience := store.Patience{
		Clock: retry.Clock{
			Now:    func() time.Time { return p.now },
			Sleep:  func(ctx context.Context, d time.Duration) error { p.now = p.now.Add(d); return ctx.Err() },
			Jitter: func() float64 { return 1 },
		},
		Outage: &p.outage,
		Warn:   func(text string) { p.warned = append(p.warned, text) },
	}
	return patience.Do(ctx, func(context.Context) error {
		answer := answers[min(calls, len(answers)-1)]
		calls++
		return answer
	})
}

const (
	away = "the store does not answer; trying again for 15m0s"
	back = "the store answers again"
)

// TestAnOutageIsSaidOnce: when it begins and when it ends, however much is done meanwhile.
func TestAnOutageIsSaidOnce(t *testing.T) {
	t.Parallel()
	down := &store.Error{Doing: "read", Kind: store.ErrDown, Cause: errOther}
	for name, test := range map[string]struct {
		works  [][]error // what each work comes to, try by try
		wanted []error   // and in the end
		warned []string
	}{
		"it answers":              {[][]error{{nil}, {nil}}, []error{nil, nil}, nil},
		"away for two tries":      {[][]error{{down, down, nil}, {nil}}, []error{nil, nil}, []string{away, back}},
		"away for two works":      {[][]error{{down}, {down, nil}}, []error{store.ErrDown, nil}, []string{away, back}},
		"away twice":              {[][]error{{down, nil}, {down, nil}}, []error{nil, nil}, []string{away, back, away, back}},
		"another error":           {[][]error{{errOther, nil}}, []error{errOther}, nil},
		"no answer is no back":    {[][]error{{down, errOther}, {nil}}, []error{errOther, nil}, []string{away, back}},
		"away until it is enough": {[][]error{{down}}, []error{store.ErrDown}, []string{away}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &patient{}
			for i, answers := range test.works {
				assert.ErrorIs(t, p.do(t.Context(), answers...), test.wanted[i])
			}
			assert.Equal(t, test.warned, p.warned)
		})
	}
}

func TestPatienceLastsAQuarterOfAnHour(t *testing.T) {
	t.Parallel()
	p := &patient{}
	begun := p.now
	assert.ErrorIs(t, p.do(t.Context(), store.ErrDown), store.ErrDown)
	assert.InDelta(t, 15*time.Minute, p.now.Sub(begun), float64(5*time.Second))
}

func TestPatienceEndsWithItsContext(t *testing.T) {
	t.Parallel()
	p := &patient{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorIs(t, p.do(ctx, store.ErrDown), context.Canceled)
}
