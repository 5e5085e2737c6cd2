package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/ownership"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/retry"
	"github.com/acfix/acfix/internal/server/jobs"
)

// soakProcess is "acfix serve" on a machine of its own. It is started again after each end.
type soakProcess struct {
	soak    *soak
	nth     int
	service *service
	abort   context.CancelFunc
	stop    chan struct{}
	ended   chan struct{}
	up      []soakSpan // when it ran and was not frozen; the last one may be open

	mutex sync.Mutex
	alive chan struct{} // closed unless the process is frozen
}

// soakSpan is open while to is zero.
type soakSpan struct{ from, to time.Time }

func (s soakSpan) end() time.Time {
	if s.to.IsZero() {
		return time.Now()
	}
	return s.to
}

// gate holds whatever calls it while the process is frozen. Nothing calls it inside a transaction or with a lock.
func (p *soakProcess) gate() {
	p.mutex.Lock()
	alive := p.alive
	p.mutex.Unlock()
	<-alive
}

// soakIdle is the longest pause between two looks at the schedules; the real one would take years. A scheduler that
// starts or wakes looks at once, and each looks when a job is due.
const soakIdle = 20 * time.Minute

func (p *soakProcess) sleep(ctx context.Context, pause time.Duration) error {
	if pause == 5*time.Second { // the scheduler's beat
		pause = soakIdle
		for _, job := range p.soak.file.Jobs {
			pause = min(pause, time.Until(job.Schedule.Next(time.Now()))+p.soak.fleet.luck(2*time.Second))
		}
	}
	err := retry.Sleep(ctx, pause)
	p.gate()
	return err
}

// operator is acfix on the command line, and the base of a service.
func (s *soak) operator() *app {
	ctx := s.t.Context()
	return &app{
		stdin: strings.NewReader(""), stdout: io.Discard, stderr: &s.judge,
		getenv: s.environment("operator"), environ: func() []string { return nil },
		user: os.Geteuid(), guard: ownership.For(os.Geteuid()), boot: func() string { return "" },
		restoreTerminal: func() {}, now: time.Now, sleep: retry.Sleep, jitter: func() float64 { return 0.5 },
		abort: ctx, stop: make(chan struct{}), outage: &store.Outage{},
		flags: commonFlags{
			store: s.url(), output: "text", timeout: time.Minute, retryFor: time.Second, lease: store.DefaultTerm,
			backupDir: filepath.Join(s.folder, "backups"),
		},
	}
}

func (s *soak) url() string { return "sqlite:" + filepath.Join(s.folder, "runs.db") }

func (s *soak) environment(machine string) func(string) string {
	variables := map[string]string{
		"ACFIX_USERNAME": "Admin", "ACFIX_PASSWORD": "Admin", "XDG_STATE_HOME": filepath.Join(s.folder, machine),
	}
	return func(name string) string { return variables[name] }
}

// acfix is a command that must succeed. All have one tree of commands: cobra keeps a part of each tree for ever.
func (s *soak) acfix(arguments ...string) {
	s.commands.SetArgs(append(arguments, "--store", s.url()))
	require.NoError(s.t, s.commands.ExecuteContext(s.t.Context()), "%v\n%s", arguments, s.judge.lately())
}

func (p *soakProcess) start() {
	served := p.soak.operator()
	ctx, abort := context.WithCancel(p.soak.t.Context())
	p.stop, p.abort, p.ended = make(chan struct{}), abort, make(chan struct{})
	known := p.soak.environment(fmt.Sprintf("machine-%d", p.nth))
	alive := make(chan struct{})
	close(alive)
	p.mutex.Lock() // goroutines of the process before may still wake
	p.alive = alive
	p.mutex.Unlock()
	served.abort, served.stop, served.sleep = ctx, p.stop, p.sleep
	served.getenv = func(name string) string {
		p.gate()
		return known(name)
	}
	opened, err := served.openStore()
	require.NoError(p.soak.t, err)
	p.service = newService(served, opened, p.soak.file)
	p.service.hands = p.hands
	p.up = append(p.up, soakSpan{from: time.Now()})
	go p.work(p.service, p.ended)
}

func (p *soakProcess) work(service *service, ended chan struct{}) {
	defer close(ended)
	defer func() { _ = service.store.Close() }()
	ctx, cancel := service.app.reading()
	defer cancel()
	if err := service.scheduler.Work(ctx); err != nil {
		service.app.warn(err.Error())
	}
}

func (p *soakProcess) hands(begun *fleetRun) run.Hands {
	if !begun.Assignment.Due.IsZero() {
		p.soak.fleet.begun(begun.Assignment.Job, begun.Assignment.Due, begun.ID)
	}
	return func(doing run.Phase, _ func(time.Time) bool, _ rollout.Executor) rollout.Executor {
		return soakHands{app: begun.app, fleet: p.soak.fleet, begun: begun, writes: doing == run.Writing}
	}
}

func (p *soakProcess) isUp() bool { return len(p.up) > 0 && p.up[len(p.up)-1].to.IsZero() }

func (p *soakProcess) down() { p.up[len(p.up)-1].to = time.Now() }

func (p *soakProcess) freeze() {
	p.down()
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.alive = make(chan struct{})
}

func (p *soakProcess) thaw() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	close(p.alive)
}

func (p *soakProcess) wakes() {
	p.thaw()
	p.up = append(p.up, soakSpan{from: time.Now()})
}

// buried lets the goroutines of a process end that was killed long before. To the store it was gone since then: its
// leases ended without it.
func (p *soakProcess) buried() {
	p.abort()
	p.thaw()
	p.restart()
}

func (p *soakProcess) restart() {
	<-p.ended
	p.abort()
	p.start()
}

// end stops the process for good, or waits for one that ends.
func (p *soakProcess) end() {
	if p.service == nil {
		return
	}
	if p.isUp() {
		close(p.stop)
	} else {
		p.abort()
		select {
		case <-p.alive:
		default:
			p.thaw()
		}
	}
	<-p.ended
	p.abort()
}

// disturb plans what happens to the processes in a day: mostly around the times of the jobs.
func (s *soak) disturb(midnight time.Time) {
	if s.random.IntN(12) == 0 { // no scheduler runs at the time of a job
		at, pause := s.job().Schedule.Next(midnight).Add(-time.Minute), s.pause()
		for _, process := range s.both {
			kind := s.random.IntN(8)
			s.plan(at, func() { s.fate(process, kind, pause+2*time.Minute) })
		}
	}
	for range s.random.IntN(4) {
		at := midnight.Add(time.Duration(s.random.Int64N(int64(24 * time.Hour))))
		if s.random.IntN(4) > 0 {
			due := s.job().Schedule.Next(midnight)
			at = due.Add(time.Duration(s.random.Int64N(int64(75*time.Second))) - 5*time.Second)
		}
		if at.Before(midnight.AddDate(0, 0, 1)) && at.After(midnight) {
			process, kind, pause := s.both[s.random.IntN(2)], s.random.IntN(8), s.pause()
			s.plan(at, func() { s.fate(process, kind, pause) })
		}
	}
}

func (s *soak) job() jobs.Job { return s.file.Jobs[s.random.IntN(len(s.file.Jobs))] }

// pause is how long a process is away: seconds, minutes, now and then hours or days.
func (s *soak) pause() time.Duration {
	most := []time.Duration{time.Minute, 5 * time.Minute, 20 * time.Minute, 20 * time.Minute, 5 * time.Hour, 50 * time.Hour}
	return time.Second + time.Duration(s.random.Int64N(int64(most[s.random.IntN(len(most))])))
}

// fate kills, stops, aborts or, most often, freezes a process.
func (s *soak) fate(process *soakProcess, kind int, pause time.Duration) {
	if !process.isUp() {
		return
	}
	then := process.restart
	s.judge.tally[[]string{"killed", "killed", "stopped", "left at once", "frozen", "frozen", "frozen", "frozen"}[kind]]++
	switch kind {
	case 0, 1: // SIGKILL
		process.freeze()
		pause, then = max(pause, 2*store.DefaultTerm), process.buried
	case 2: // SIGTERM
		process.down()
		close(process.stop)
	case 3: // the second Ctrl-C
		process.down()
		close(process.stop)
		process.abort()
	default:
		process.freeze()
		then = process.wakes
	}
	s.plan(time.Now().Add(pause), then)
}
