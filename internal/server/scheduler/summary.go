package scheduler

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/output/summary"
	"github.com/acfix/acfix/internal/records/known"
	"github.com/acfix/acfix/internal/records/runs"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/acfix/acfix/remediate"
)

// Summaries makes pages for management from a store.
type Summaries struct {
	Ledger report.Ledger
	File   jobs.JobsFile // for what comes next; the zero file has no jobs
	Now    time.Time
}

// Fleet returns the page of all devices as last known; of those, nil listed lists all.
func (s Summaries) Fleet(ctx context.Context, listed *known.Listed) (*summary.Sheet, error) {
	devices, err := known.Devices(ctx, outlined{s.Ledger.Store}, listed)
	if err != nil {
		return nil, err
	}
	sheet := summary.Fleet(devices, listed.Unmet(devices), s.Now)
	var open []store.Run
	for _, state := range []store.RunState{store.RunWaiting, store.RunPaused, store.RunApproved} {
		found, err := s.Ledger.Store.Runs(ctx, store.Filter{State: string(state), Limit: mostOpen})
		if err != nil {
			return nil, err
		}
		open = append(open, found...)
	}
	policy, err := s.Ledger.FleetPolicy(ctx)
	if err != nil {
		return nil, err
	}
	sheet.SetPolicy(policy)
	if err := s.interrupted(ctx, sheet); err != nil {
		return nil, err
	}
	return sheet, s.complete(ctx, sheet, open, s.File.Jobs)
}

// Unread returns the page before the first run: all listed devices are unknown.
func (s Summaries) Unread(listed *known.Listed) *summary.Sheet {
	sheet := summary.Fleet(nil, listed.Unmet(nil), s.Now)
	sheet.Decisions = s.upcoming(s.File.Jobs)
	leave(sheet)
	return sheet
}

// interrupted adds the newest run if it waits for a person to continue it. A newer run would make that needless.
func (s Summaries) interrupted(ctx context.Context, sheet *summary.Sheet) error {
	newest, err := s.Ledger.Heads(ctx, store.Filter{Deciding: true, Limit: 1})
	if err != nil || len(newest) == 0 || newest[0].State != string(store.RunInterrupted) {
		return err
	}
	sheet.Decisions = append(sheet.Decisions, summary.Decision{
		Who:  "An operator",
		What: fmt.Sprintf("continues the interrupted run %.8s with --resume, or plans again", newest[0].ID),
	})
	return nil
}

// leave says that a person takes care of the devices that are left, where nothing else on the page will.
func leave(sheet *summary.Sheet) {
	others := func(d summary.Decision) bool { return d.Who != anEngineer }
	n := sheet.Left() - sheet.Count(summary.ByPerson)
	if n > 0 && !slices.ContainsFunc(sheet.Decisions, others) {
		sheet.Decisions = append(sheet.Decisions, summary.Decision{
			Who: "An operator", What: "takes care of " + summary.Devices(n) + ": no job that this page knows does",
		})
	}
}

// anEngineer settles what is wrong with devices.
const anEngineer = "An engineer"

// mostOpen bounds the runs of one state that a page looks at; it shows fewer.
const mostOpen = 20

// outlined is a store whose devices have documents only where these say why something is wrong.
type outlined struct{ *store.Store }

func (o outlined) Latest(ctx context.Context) store.Addresses { return o.Outlined(ctx) }

// Run returns the page of one run.
func (s Summaries) Run(ctx context.Context, run store.Run) (*summary.Sheet, error) {
	head, err := s.Ledger.Head(run)
	if err != nil {
		return nil, err
	}
	sheet, err := summary.Run(head, s.devices(ctx, run.ID), s.Now)
	if err != nil {
		return nil, err
	}
	sheet.SetPolicy(head.Policy)
	follows := slices.DeleteFunc(slices.Clone(s.File.Jobs), func(j jobs.Job) bool {
		return j.Name != run.Job && (run.Job == "" || j.PlanJob != run.Job)
	})
	return sheet, s.complete(ctx, sheet, []store.Run{run}, follows)
}

// verdictOnly is what a page needs of a plan, which has much more.
type verdictOnly struct {
	Verdict  remediate.Verdict   `json:"verdict"`
	Skipped  bool                `json:"skipped"`
	Findings []remediate.Finding `json:"findings"`
	Error    *remediate.Failure  `json:"error"`
}

// plain are the verdicts that say all; of others the plan says why.
var plain = []string{string(remediate.Compliant), string(remediate.Change), string(remediate.NotApplicable)}

func slimDevice(kept store.Device) (report.RunDevice, error) {
	text := kept.Plan
	kept.Plan = nil
	device, err := report.DeviceOf(kept)
	if err != nil || text == nil {
		return device, err
	}
	plan := verdictOnly{Verdict: remediate.Verdict(kept.Verdict)}
	if !slices.Contains(plain, kept.Verdict) {
		err = runs.Decode(text, &plan)
	}
	device.Plan = &remediate.DevicePlan{
		Verdict: plan.Verdict, Skipped: plan.Skipped, Findings: plan.Findings, Error: plan.Error,
	}
	return device, err
}

// devices yields the devices of a run with as much of their plans as a page needs.
func (s Summaries) devices(ctx context.Context, run string) report.RunDevices {
	return func(yield func(report.RunDevice, error) bool) {
		for kept, err := range s.Ledger.Store.Devices(ctx, run) {
			if err != nil {
				yield(report.RunDevice{}, err)
				return
			}
			device, err := slimDevice(kept)
			if !yield(device, err) || err != nil {
				return
			}
		}
	}
}

// complete adds the trend and the decisions.
func (s Summaries) complete(ctx context.Context, sheet *summary.Sheet, open []store.Run, next []jobs.Job) error {
	times := summary.WeeksBefore(s.Now)
	past, err := s.Ledger.Store.Past(ctx, times)
	if err != nil {
		return err
	}
	sheet.AddTrend(past, times)
	if n := sheet.Count(summary.ByPerson); n > 0 {
		settles := "settles what is wrong with " + summary.Devices(n) + ", see above"
		sheet.Decisions = append(sheet.Decisions, summary.Decision{Who: anEngineer, What: settles})
	}
	for _, run := range open {
		decision, waits, err := s.openRun(ctx, run)
		if err != nil {
			return err
		}
		if waits {
			sheet.Decisions = append(sheet.Decisions, decision)
		}
	}
	sheet.Decisions = append(sheet.Decisions, s.upcoming(next)...)
	leave(sheet)
	return nil
}

// maxJob bounds the name of a job on a page, in characters.
const maxJob = 24

// openRun returns what a run waits for.
func (s Summaries) openRun(ctx context.Context, run store.Run) (d summary.Decision, waits bool, err error) {
	name := foreign.Bounded(cmp.Or(run.Job, run.ID), maxJob)
	switch run.State {
	case store.RunWaiting:
		planned, err := s.changes(ctx, run.ID)
		return summary.Decision{
			Who: "An approver", At: run.Expires(),
			What: fmt.Sprintf("approves or rejects the plan of %s (run %.8s, changes %s), at the latest",
				name, run.ID, summary.Devices(planned)),
		}, true, err
	case store.RunApproved:
		carriesOut := "carries out the approved plan of " + name + " in the next change window"
		return summary.Decision{Who: "acfix", What: carriesOut}, true, nil
	case store.RunPaused:
		continues := "continues the run of " + name + " when its change window opens"
		return summary.Decision{Who: "acfix", What: continues}, true, nil
	}
	return summary.Decision{}, false, nil
}

// changes returns the number of devices on which a plan changes something.
func (s Summaries) changes(ctx context.Context, run string) (n int, err error) {
	tallies, err := s.Ledger.Store.Tallies(ctx, run)
	for _, tally := range tallies[run] {
		if tally.Verdict == string(remediate.Change) {
			n += tally.Count
		}
	}
	return n, err
}

// upcoming returns what jobs do next, the earliest first.
func (s Summaries) upcoming(of []jobs.Job) []summary.Decision {
	var all []summary.Decision
	for _, j := range of {
		at := nextStart(j, s.Now)
		if at.IsZero() {
			continue
		}
		does := "job " + foreign.Bounded(j.Name, maxJob) + " plans again"
		if j.Action == jobs.Apply {
			does = "job " + foreign.Bounded(j.Name, maxJob) + " may write to devices"
		}
		all = append(all, summary.Decision{Who: "acfix", What: does, At: at})
	}
	slices.SortStableFunc(all, func(a, b summary.Decision) int { return a.At.Compare(b.At) })
	return all
}

// nextStart returns when a job works on devices next: at its planned time, or when its window opens after that.
func nextStart(j jobs.Job, now time.Time) time.Time {
	at := jobs.Next(j, now)
	if at.IsZero() {
		return at
	}
	if opens := j.Settings.ChangeWindow().Opens(at); !opens.IsZero() {
		return opens
	}
	return at // there is no window
}
