package worker

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/records/planfile"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/ownership"
	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/records/statedir"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/retry"
	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/require"
)

// workerRig is a controller and a worker in one process, and a queue between them that does what a
// test wants. Pauses of the controller take no time; leases go by the store's own clock.
type workerRig struct {
	t         *testing.T
	device    *mockdevice.Device
	url, pin  string // of the device
	inventory string
	folder    string
	password  string
	stop      chan struct{}
	store     *store.Store
	run       *run.Run
	record    *run.Record
	worker    *Worker
	open      func(time.Time) bool // the change window, as the worker has it
	saved     *planfile.SavedPlan
	said      said

	mutex  sync.Mutex
	clock  time.Time
	queued int // tasks that were handed out
	met    int // how often the inventory was read
}

// said is what the workers log.
type said struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.text.String()
}

const aDevice = "devices:\n  - {name: sbc, url: %q, pin: %q}\n"

func newWorkerRig(t *testing.T) *workerRig {
	t.Helper()
	model, err := mockdevice.Preset("7.4.500")
	require.NoError(t, err)
	folder := t.TempDir()
	f := &workerRig{
		t: t, device: mockdevice.New(model), folder: folder, inventory: filepath.Join(folder, "inventory.yaml"),
		password: "Admin", stop: make(chan struct{}), clock: time.Now(),
	}
	server, err := mockdevice.Start(f.device)
	require.NoError(t, err)
	t.Cleanup(server.Close)
	f.url, f.pin = server.URL(), server.Fingerprint()
	f.lists(aDevice, f.url, f.pin)
	f.begin()
	f.worker = f.workerOf(f.process(f.stop))
	return f
}

// begin puts the run of the one device on record.
func (f *workerRig) begin() {
	process := f.process(f.stop)
	registry := run.Registry{
		Process: process, State: f.state, Holder: f.holder,
		Open: func() (*store.Store, error) {
			return store.Open(f.t.Context(), "sqlite:"+filepath.Join(f.folder, "runs.db"))
		},
	}
	roster, err := access.ReadInventory(f.inventory, ownership.For(os.Geteuid()))
	require.NoError(f.t, err)
	devices, err := roster.ChooseDevices(nil, "")
	require.NoError(f.t, err)
	f.record, err = registry.Begin(run.Assignment{ID: "run1", Action: run.ActionApply, Job: "nightly"}, devices)
	require.NoError(f.t, err)
	f.t.Cleanup(func() { _ = f.record.Close() })
	f.store = f.record.Store
	require.NoError(f.t, f.resolve(devices))
	f.run = run.New("run1", devices, process)
	f.run.Book, f.run.Evidence = f.record.Book(), f.evidence()
}

func (f *workerRig) process(stop <-chan struct{}) run.Process {
	clock := retry.Clock{Now: f.now, Sleep: f.sleep, Jitter: func() float64 { return 0 }}
	return run.Process{Clock: clock, Abort: f.t.Context(), Stop: stop, Outage: &store.Outage{}, Warn: func(text string) { fmt.Fprintln(&f.said, text) }}
}

func (f *workerRig) state() (statedir.Directory, error) { return statedir.Directory(f.folder), nil }

func (f *workerRig) holder(opened *store.Store) store.Holder {
	return store.Holder{Store: opened, Name: "workerRig", Term: store.DefaultTerm, Clock: f.process(f.stop).Clock}
}

func (f *workerRig) evidence() evidence.Keeper {
	return evidence.Files{State: f.state, Backups: evidence.Backups{Store: backup.Store{Disk: backup.OS{}}}, Now: f.now}
}

func (f *workerRig) resolve(devices []*access.Device) error {
	flags := access.Flags{TLSMin: "1.2", Given: func(string) bool { return false }, Decide: func(*access.Setup) {}}
	environment := map[string]string{"ACFIX_USERNAME": "Admin", "ACFIX_PASSWORD": f.password}
	secrets := &access.Secrets{Getenv: func(name string) string { return environment[name] }, Say: func(string) {}}
	settings := access.ClientSettings{Timeout: time.Minute, LongTimeout: time.Minute, Retry: f.patience()}
	return access.Resolve(f.t.Context(), devices, flags, secrets, settings)
}

func (f *workerRig) patience() retry.Policy {
	return f.process(f.stop).Clock.Policy(time.Minute, time.Second, 15*time.Second)
}

// workerOf is a worker that has the inventory as it is when it meets the run.
func (f *workerRig) workerOf(process run.Process) *Worker {
	return &Worker{
		Process: process, Holder: f.holder(f.store), Log: slog.New(slog.NewTextHandler(&f.said, nil)),
		Meet: func(kept store.Run) (Met, error) { return f.meet(process, kept) },
	}
}

func (f *workerRig) meet(process run.Process, kept store.Run) (Met, error) {
	f.met++ // a worker meets one run after the other
	devices, _, err := run.Devices(f.t.Context(), f.store, kept.ID, kept.Action)
	if err != nil {
		return Met{}, err
	}
	roster, err := access.ReadInventory(f.inventory, ownership.For(os.Geteuid()))
	if err != nil {
		return Met{}, err
	}
	ours, strangers := ReplaceKnown(roster, devices, f.inventory)
	if err := f.resolve(ours); err != nil {
		return Met{}, err
	}
	met := Met{
		Run: run.New(kept.ID, devices, process), Open: f.open, Strangers: strangers,
		Terms: run.WriteTerms{Saved: f.saved, LockTimeout: time.Minute, Retry: f.patience(), Settle: f.patience()},
	}
	met.Run.Evidence = f.evidence()
	return met, nil
}

func (f *workerRig) lists(format string, values ...any) {
	require.NoError(f.t, os.WriteFile(f.inventory, fmt.Appendf(nil, format, values...), 0o600))
}

func (f *workerRig) now() time.Time {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return f.clock
}

func (f *workerRig) jump(d time.Duration) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.clock = f.clock.Add(d)
}

// sleep lets the controller's pauses take no time, and renewals of leases never come.
func (f *workerRig) sleep(ctx context.Context, d time.Duration) error {
	if d != run.AskAgain {
		<-ctx.Done()
		return ctx.Err()
	}
	f.jump(d)
	time.Sleep(time.Millisecond) // others have something to do too
	return ctx.Err()
}

// by is the controller's side, with that queue.
func (f *workerRig) by(task string, add func(nth int, task Ticket)) queued {
	hand := func(_ context.Context, task Ticket) error {
		f.queued++
		add(f.queued, task)
		return nil
	}
	controller := Controller{Run: f.run, Record: f.record, Add: hand}
	return queued{
		Controller: controller, task: task, own: f.run.Reader(), progress: newProgress(f.run, f.store, nil),
	}
}

func (f *workerRig) work(_ int, task Ticket) { go f.worker.Attend(f.t.Context(), task) }

func (f *workerRig) plan() remediate.DevicePlan {
	plan, err := f.run.Book.Plan(0)
	require.NoError(f.t, err)
	return plan
}

// isCutOff lets a worker begin to write and be stopped then.
func (f *workerRig) isCutOff() {
	_, err := f.by(taskRead, func(_ int, task Ticket) { f.worker.Attend(f.t.Context(), task) }).Execute(f.t.Context(), 0)
	require.NoError(f.t, err)
	require.NoError(f.t, f.record.Writer().Order(f.t.Context(), f.run.ID, 0, taskWrite))
	stop := make(chan struct{})
	f.device.AddFault(mockdevice.Fault{Method: "PUT", Path: "/files/ini/incremental", Do: mockdevice.Delay, Delay: 50 * time.Millisecond})
	go func() {
		for f.device.Writes() == 0 {
			time.Sleep(time.Millisecond)
		}
		close(stop)
	}()
	f.workerOf(f.process(stop)).Attend(f.t.Context(), Ticket{Run: f.run.ID})
	result, err := f.run.Result(0)
	require.NoError(f.t, err)
	require.NotNil(f.t, result.Error)
	require.Equal(f.t, remediate.CodeInterrupted, result.Error.Code)
}
