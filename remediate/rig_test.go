package remediate_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/records/journal"
	"github.com/acfix/acfix/internal/retry"
	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/require"
)

// rig is a simulated SBC and everything needed to repair it, with a clock that moves only when a caller waits.
type rig struct {
	t       *testing.T
	device  *mockdevice.Device
	url     string
	trust   audiocodes.Trust
	clock   *clock
	timeout time.Duration // of one request, in real time: only a hanging device uses it up
	again   bool          // apply reads the whole device for the backup, instead of completing the plan's reading

	// backedUp is the number of requests that the device had seen when the backup was on
	// disk; -1 until then.
	backedUp   int
	kept       remediate.Snapshot // the last backup
	keptSteps  []remediate.Step   // and what its run was about to do
	archiveErr error
	stop       chan struct{}
	// journal is what all runs on this device took down; journalErr breaks it.
	journal    []journal.Entry
	boot       string // of the machine that the next run is on
	journalErr func(remediate.Record) error
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return ctx.Err()
}

var testTime = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

func preset(t *testing.T, name string) mockdevice.Model {
	t.Helper()
	model, err := mockdevice.Preset(name)
	require.NoError(t, err)
	return model
}

func newRig(t *testing.T, model mockdevice.Model) *rig {
	t.Helper()
	r := &rig{t: t, clock: &clock{now: testTime}, timeout: 20 * time.Second, backedUp: -1, stop: make(chan struct{})}
	model.Now = r.clock.Now
	r.device = mockdevice.New(model)
	// Plain HTTP is quicker; what concerns TLS needs TLS.
	start := mockdevice.StartPlain
	if model.Dialect.HTTPRedirect || model.Dialect.TLS12Only {
		start = mockdevice.Start
	}
	server, err := start(r.device)
	require.NoError(t, err)
	t.Cleanup(server.Close)
	r.url = server.URL()
	if pin := server.Fingerprint(); pin != "" {
		r.trust.Pins = []string{pin}
	}
	return r
}

func (r *rig) patience(d time.Duration) retry.Policy {
	clock := retry.Clock{Now: r.clock.Now, Sleep: r.clock.Sleep, Jitter: func() float64 { return 0.5 }}
	return clock.Policy(d, time.Second, 15*time.Second)
}

func patience(d time.Duration) remediate.Patience {
	return remediate.Patience{For: d, First: time.Second, Most: 15 * time.Second}
}

func repeatBy(clock retry.Clock) remediate.Repeat {
	return func(ctx context.Context, patience remediate.Patience, passes func(error) bool, work func(context.Context) error) error {
		return retry.Policy{Limits: retry.Limits(patience), Clock: clock}.Do(ctx, passes, work)
	}
}

func (r *rig) client(readOnly bool) *audiocodes.Client {
	client := audiocodes.New(audiocodes.Options{
		URL: r.url, Username: "Admin", Password: "Admin", Trust: r.trust, ReadOnly: readOnly,
		Timeout: r.timeout, LongTimeout: r.timeout, Retry: r.patience(2 * time.Minute).Do, Now: r.clock.Now,
	})
	r.t.Cleanup(client.Close)
	return client
}

func (r *rig) terms(choice remediate.Choice) remediate.Terms {
	return remediate.Terms{Policy: certs.TeamsPolicy(), Choice: choice, Earlier: r.earlier()}
}

func (r *rig) earlier() remediate.Earlier {
	return journal.Earlier(r.journal, r.boot)
}

func (r *rig) record(record remediate.Record) error {
	if r.journalErr != nil {
		if err := r.journalErr(record); err != nil {
			return err
		}
	}
	entry := journal.Entry{Run: "earlier"}
	entry.Set(record)
	r.journal = append(r.journal, entry)
	return nil
}

// save writes another administrator's changes to flash.
func (r *rig) save() {
	r.t.Helper()
	require.NoError(r.t, r.client(false).Save(context.Background()))
	r.device.ResetLog()
}

// plan reads and decides with a client that can't write.
func (r *rig) plan(choice remediate.Choice) remediate.DevicePlan {
	client := r.client(true)
	defer client.Close()
	state, err := remediate.Read(context.Background(), client, choice, r.clock.Now)
	if err != nil {
		return remediate.ErrorPlan(err)
	}
	return remediate.Build(state, r.terms(choice))
}

// apply makes a plan and carries it out, as one run of the command does.
func (r *rig) apply(choice remediate.Choice) remediate.DeviceResult {
	return r.applyUntil(context.Background(), choice)
}

func (r *rig) applyUntil(ctx context.Context, choice remediate.Choice) remediate.DeviceResult {
	if r.again {
		return r.carryOut(ctx, r.plan(choice), choice)
	}
	client := r.client(true)
	state, err := remediate.ReadAlso(context.Background(), client, choice, remediate.Also{Default: true}, r.clock.Now)
	client.Close()
	if err != nil {
		return remediate.NewResult(remediate.ErrorPlan(err))
	}
	recent := &remediate.Recent{State: state, SameConnection: func() bool { return true }}
	return r.carryOutFrom(ctx, recent, remediate.Build(state, r.terms(choice)), choice)
}

func (r *rig) carryOut(ctx context.Context, plan remediate.DevicePlan, choice remediate.Choice) remediate.DeviceResult {
	return r.carryOutFrom(ctx, nil, plan, choice)
}

func (r *rig) carryOutFrom(
	ctx context.Context, recent *remediate.Recent, plan remediate.DevicePlan, choice remediate.Choice,
) remediate.DeviceResult {
	client := r.client(false)
	defer client.Close()
	executor := r.executor(client)
	executor.Recent, executor.Terms = recent, r.terms(choice)
	return executor.Apply(ctx, plan)
}

func (r *rig) executor(device remediate.Device) remediate.Executor {
	return remediate.Executor{
		Device: device, Terms: r.terms(remediate.Choice{}), Archive: r.archive, Journal: r.record,
		Retry: patience(2 * time.Minute), Settle: patience(30 * time.Second), Repeat: repeatBy(r.patience(0).Clock),
		Now: r.clock.Now, Stop: r.stop,
	}
}

func (r *rig) archive(snapshot remediate.Snapshot, plan remediate.DevicePlan) (string, error) {
	if r.archiveErr != nil {
		return "", r.archiveErr
	}
	if len(snapshot.Configuration.Raw) == 0 || len(snapshot.Contexts) == 0 {
		return "", fmt.Errorf("an empty backup")
	}
	requests := r.device.Requests()
	r.backedUp = requests[len(requests)-1].Number
	r.kept, r.keptSteps = snapshot, plan.Steps
	return "backup", nil
}

// requireNoWriteBeforeBackup checks the rule that no run may ever break.
func (r *rig) requireNoWriteBeforeBackup() {
	r.t.Helper()
	for _, request := range r.device.Requests() {
		if request.Write && (r.backedUp < 0 || request.Number <= r.backedUp) {
			r.t.Fatalf("request %d (%s %s) wrote before the backup was on disk (%d)", request.Number, request.Method, request.Path, r.backedUp)
		}
	}
	require.Empty(r.t, r.device.Tripped(), "a request that resets a device was sent")
}

// codes are the codes of the findings, in their order.
func codes(findings []remediate.Finding) []string {
	codes := []string{}
	for _, f := range findings {
		codes = append(codes, f.Code)
	}
	return codes
}

// kinds are the kinds of the steps, in their order.
func kinds(steps []remediate.Step) []remediate.StepKind {
	kinds := []remediate.StepKind{}
	for _, step := range steps {
		kinds = append(kinds, step.Kind)
	}
	return kinds
}
