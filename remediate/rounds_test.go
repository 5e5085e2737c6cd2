package remediate_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// slowDevice takes a second of the test's own time for each request, so that the time which a run takes is the number
// of times that it waited for an answer before it asked for more.
type slowDevice struct {
	client *audiocodes.Client
	// ask and answers are of a goroutine outside the bubble: waiting for it stops the bubble's time.
	ask     chan<- func()
	answers chan chan struct{}
	t       *testing.T
	now     atomic.Int32 // requests under way
}

func (d *slowDevice) do(request func()) {
	assert.LessOrEqual(d.t, d.now.Add(1), int32(2), "requests at a time")
	defer d.now.Add(-1)
	answered := <-d.answers
	d.ask <- func() { request(); answered <- struct{}{} }
	<-answered
	d.answers <- answered
	time.Sleep(time.Second)
}

func (d *slowDevice) Status(ctx context.Context) (status audiocodes.Status, err error) {
	d.do(func() { status, err = d.client.Status(outside(ctx)) })
	return status, err
}

func (d *slowDevice) Configuration(ctx context.Context) (configuration audiocodes.Configuration, err error) {
	d.do(func() { configuration, err = d.client.Configuration(outside(ctx)) })
	return configuration, err
}

func (d *slowDevice) TrustedRoots(ctx context.Context, id int) (roots audiocodes.TrustedRoots, err error) {
	d.do(func() { roots, err = d.client.TrustedRoots(outside(ctx), id) })
	return roots, err
}

func (d *slowDevice) Certificate(ctx context.Context, id int) (certificate []byte, err error) {
	d.do(func() { certificate, err = d.client.Certificate(outside(ctx), id) })
	return certificate, err
}

func (d *slowDevice) ActiveAlarms(ctx context.Context) (alarms audiocodes.Alarms, err error) {
	d.do(func() { alarms, err = d.client.ActiveAlarms(outside(ctx)) })
	return alarms, err
}

func (d *slowDevice) CallStatistics(ctx context.Context, ipGroup int) (calls []audiocodes.CallStatistic, err error) {
	d.do(func() { calls, err = d.client.CallStatistics(outside(ctx), ipGroup) })
	return calls, err
}

func (d *slowDevice) LoadIncremental(ctx context.Context, partial []byte) (err error) {
	d.do(func() { err = d.client.LoadIncremental(outside(ctx), partial) })
	return err
}

func (d *slowDevice) AddTrustedRoot(ctx context.Context, id int, certificate []byte) (err error) {
	d.do(func() { err = d.client.AddTrustedRoot(outside(ctx), id, certificate) })
	return err
}

func (d *slowDevice) Save(ctx context.Context) (err error) {
	d.do(func() { err = d.client.Save(outside(ctx)) })
	return err
}

func (d *slowDevice) PinnedCertificate() string { return d.client.PinnedCertificate() }

// outside is a context that no timer of the bubble ends.
func outside(context.Context) context.Context { return context.Background() }

// TestHowOftenARunWaitsForAnAnswer: devices answer in seconds, so this is how long a run takes.
// docs/design/remediate.md: Readings that do not depend on each other are made side by side
func TestHowOftenARunWaitsForAnAnswer(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		preset      string
		again       bool
		calls       remediate.CallReadings
		plan, apply int
	}{
		"the plan's reading is used":                   {preset: "7.4.500", plan: 3, apply: 15},
		"a second whole reading":                       {preset: "7.4.500", again: true, plan: 3, apply: 18},
		"no root is missing: the plan's reading":       {preset: "7.4.604", plan: 3, apply: 12},
		"seven imports and no switch, second reading":  {preset: "7.0", again: true, plan: 3, apply: 26},
		"with call statistics":                         {preset: "7.4.500", calls: remediate.CallsAfterSave, plan: 3, apply: 17},
		"with call statistics, a second whole reading": {preset: "7.4.500", again: true, calls: remediate.CallsAfterSave, plan: 3, apply: 20},
		"with call statistics before a soak":           {preset: "7.4.500", calls: remediate.CallsAfterSoak, plan: 3, apply: 16},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, preset(t, test.preset))
			ask, answers := make(chan func()), make(chan chan struct{}, 2)
			answers <- make(chan struct{})
			answers <- make(chan struct{})
			go func() {
				for request := range ask {
					go request()
				}
			}()
			defer close(ask)
			client := r.client(false)
			synctest.Test(t, func(t *testing.T) {
				device := &slowDevice{client: client, ask: ask, answers: answers, t: t}
				start := time.Now()
				also := remediate.Also{Certificates: time.Minute, Default: !test.again}
				state, err := remediate.ReadAlso(t.Context(), device, remediate.Choice{}, also, r.clock.Now)
				require.NoError(t, err)
				assert.Equal(t, test.plan, seconds(start), "plan")
				plan := remediate.Build(state, r.terms(remediate.Choice{}))
				executor := r.executor(device)
				executor.Calls = test.calls
				if !test.again {
					executor.Recent = &remediate.Recent{State: state, SameConnection: func() bool { return true }}
				}
				start = time.Now()
				result := executor.Apply(t.Context(), plan)
				assert.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
				assert.Equal(t, test.apply, seconds(start), "apply")
			})
			assert.Equal(t, r.device.Running(), r.device.Flash())
		})
	}
}

func seconds(start time.Time) int { return int(time.Since(start) / time.Second) }

var _ remediate.Device = (*slowDevice)(nil)
