package world

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/records/planfile"
	"github.com/acfix/acfix/internal/records/statedir"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

func (p *played) process() run.Process {
	return run.Process{Clock: p.player.clock.retry(), Abort: p.ctx, Stop: p.stop, Outage: &store.Outage{},
		Warn: func(string) {}}
}

func (p *played) device() *access.Device {
	return &access.Device{Name: fmt.Sprintf("sbc-%d", p.Act.Address), URL: p.player.urls[p.Act.Address]}
}

func (p *played) resolve() (*access.Device, error) {
	flags := access.Flags{
		Username: username, TLSMin: "1.2",
		Given: func(string) bool { return false },
		Decide: func(own *access.Setup) {
			own.Choice = remediate.Choice{
				AllRoots: p.Act.AllRoots, SaveUnsaved: p.Act.SaveUnsaved,
				AllowSharedContext: p.Act.AllowShared, AllowDefaultContext: p.Act.AllowDefault,
			}
		},
	}
	settings := access.ClientSettings{Timeout: httpTimeout, LongTimeout: httpTimeout,
		Retry: p.player.clock.retry().Policy(retryFor, time.Second, 15*time.Second)}
	device := p.device()
	secrets := &access.Secrets{Getenv: p.player.getenv}
	return device, access.Resolve(p.ctx, []*access.Device{device}, flags, secrets, settings)
}

func (p *played) files() evidence.Files {
	return evidence.Files{
		State:   func() (statedir.Directory, error) { return p.player.state, nil },
		Backups: evidence.Backups{Store: backup.Store{Disk: backup.OS{}}, Acfix: "test"},
		Now:     p.player.clock.Now,
	}
}

func (p *played) terms() run.WriteTerms {
	clock := p.player.clock.retry()
	return run.WriteTerms{
		LockTimeout: lockTimeout,
		Retry:       clock.Policy(retryFor, time.Second, 15*time.Second),
		Settle:      clock.Policy(settleFor, time.Second, 8*time.Second),
	}
}

// begin is a run over the one device, by a book that outlives the process.
func (p *played) begin() (*run.Run, error) {
	device, err := p.resolve()
	if err != nil {
		return nil, err
	}
	begun := run.New(p.id, []*access.Device{device}, p.process())
	if p.book == nil {
		p.book = &book{}
	}
	p.book.writer = p
	begun.Book, begun.Evidence, begun.Standing = p.book, p.files(), p.book.standing()
	return begun, nil
}

func (p *played) apply() error {
	begun, err := p.begin()
	if err != nil {
		return err
	}
	terms := p.terms()
	if saved := p.book.saved; saved != nil { // a resumed run with a plan from a file
		terms.Saved = saved
		err = begun.Survey()
	} else {
		err = begun.Read(rollout.Rules{Parallel: 1})
	}
	if err != nil {
		return err
	}
	return p.write(begun, terms)
}

func (p *played) write(begun *run.Run, terms run.WriteTerms) error {
	if err := begun.Write(rollout.Rules{Parallel: 1}, terms); err != nil {
		return err
	}
	plan, err := begun.Book.Plan(0)
	if err != nil {
		return err
	}
	p.Steps = plan.Steps
	result, err := begun.Result(0)
	p.Result = &result
	return err
}

func (p *played) head() remediate.Plan {
	return remediate.Plan{
		Schema: remediate.PlanSchema, ID: "plan-of-" + p.id, Created: p.player.clock.Now().UTC().Format(time.RFC3339),
		Acfix: "test", Policy: remediate.CurrentPolicy(), Devices: []remediate.DevicePlan{},
	}
}

// makePlan is acfix plan --out.
func (p *played) makePlan() error {
	head := p.head()
	begun, err := p.begin()
	if err != nil {
		return err
	}
	if err := begun.Read(rollout.Rules{Parallel: 1}); err != nil {
		return err
	}
	plan, err := begun.Book.Plan(0)
	if err != nil || p.dead() {
		return err
	}
	p.Steps = plan.Steps
	head.Devices = append(head.Devices, plan)
	sealed, err := planfile.Seal(head, planKey)
	if err != nil {
		return err
	}
	p.plan = filepath.Join(filepath.Dir(string(p.player.state)), head.ID+".json")
	return os.WriteFile(p.plan, sealed, 0o600)
}

// applyPlan is acfix apply PLANFILE; without that file, it is nothing.
func (p *played) applyPlan() error {
	before := p.before()
	if before == nil || before.plan == "" {
		return nil
	}
	sealed, err := os.ReadFile(before.plan)
	if err != nil {
		return err
	}
	var plan remediate.Plan
	if err := planfile.Open(sealed, planKey, &plan); err != nil {
		return err
	}
	begun, err := p.begin()
	if err != nil {
		return err
	}
	device := plan.Devices[0]
	device.URL = begun.Devices[0].URL // the plan's own address counts
	p.book.plan, p.book.planned = device, true
	plan.Devices = nil
	p.book.saved = &planfile.SavedPlan{
		Head: plan, MaxAge: planAge,
		Marks: planfile.Marks{State: func() (statedir.Directory, error) { return p.player.state, nil }},
	}
	if err := begun.Survey(); err != nil {
		return err
	}
	terms := p.terms()
	terms.Saved = p.book.saved
	return p.write(begun, terms)
}

// restore is acfix restore of the backup that an earlier act made; without one, it is nothing.
func (p *played) restore() error {
	directory := p.backupToRestore()
	if directory == "" {
		return nil
	}
	kept, err := backup.Read(directory)
	if err != nil {
		return err
	}
	device, err := p.resolve()
	if err != nil {
		return err
	}
	work := run.Restore{Process: p.process(), ID: p.id, Device: device, Evidence: p.files()}
	if err := work.Open(kept, nil); err != nil {
		return err
	}
	plan := work.Plan(remediate.RestoreTerms{SaveUnsaved: p.Act.SaveUnsaved})
	plan.Target, plan.URL, plan.Backup, plan.Taken = device.Name, device.URL, directory, kept.Manifest.Taken
	p.Steps = plan.Steps
	result := remediate.NewRestoreResult(plan)
	if plan.Verdict == remediate.Change {
		result = work.CarryOut(plan, p.terms())
	}
	p.Result = &result
	return nil
}

// backupToRestore is the newest backup that the run of the earlier act made; "" if it made none.
func (p *played) backupToRestore() string {
	before := p.before()
	if before == nil {
		return ""
	}
	if before.Result != nil && before.Result.Backup != "" {
		return before.Result.Backup
	}
	for _, name := range p.player.backupNames() {
		if runOf(name) == before.id {
			return filepath.Dir(name) // from before all that the run did
		}
	}
	return ""
}
