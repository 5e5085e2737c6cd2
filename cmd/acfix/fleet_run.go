package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/acfix/acfix/evidence"
	"github.com/acfix/acfix/fleet"
	"github.com/acfix/acfix/progress"
	"github.com/acfix/acfix/queue"
	"github.com/acfix/acfix/reach"
	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/report"
	"github.com/acfix/acfix/target"
)

// fleetRun is one run of plan or apply over its devices, be it one or ten thousand.
type fleetRun struct {
	*app
	id      string
	targets []target.Target
	dialer  *reach.Dialer
	book    book
	watch   progress.Watcher
	record  *record // nil where the run is not kept
	// evidence is where journals and backups go, and who may be at a device.
	evidence evidence.Keeper
	// Of each target, from before a resume: nothing is to be done any more, and: it may have
	// been written to.
	done, begun []bool
	// owed, of each target: applied before a resume, and not read again by the soak of its wave.
	owed []bool

	logins      []string // of each target, as the rule for credentials knows them
	credentials fleet.Credentials
	tally       fleet.Tally
	halt        fleet.Halt
	unread      []int // places of devices that a soak was to read again, and did not

	verdicts []remediate.Verdict // of each target, once all are planned

	// queue hands the devices to workers anywhere; nil works on them here.
	queue *queue.Queue
}

// hands are who works on the devices: workers anywhere, or this process itself.
func (r *fleetRun) hands(task string, settings fleet.Settings, own fleet.Executor) fleet.Executor {
	if r.queue == nil {
		return own
	}
	return queued{fleetRun: r, add: r.queue.Add, task: task, open: settings.Open, own: own}
}

func (a *app) fleetRun(id string, targets []target.Target, dialer *reach.Dialer) *fleetRun {
	return &fleetRun{
		app: a, id: id, targets: targets, dialer: dialer, done: make([]bool, len(targets)), begun: make([]bool, len(targets)), owed: make([]bool, len(targets)),
		logins: logins(dialer, targets), credentials: fleet.Credentials{},
	}
}

// finish notes how the run ended, and returns the error that it ended with.
func (r *fleetRun) finish(cause error) error {
	if r.record == nil {
		return cause
	}
	if action := r.record.action; r.halt != fleet.Going && !r.record.goesOn && action != actionDryRun {
		r.say("To go on with this run: acfix %s --resume %s%s", action, r.id, r.alike())
	}
	err := r.record.end(cause, r.halt, r.planned())
	if err == nil || cause == nil {
		return cmp.Or(cause, err)
	}
	r.complain(err)
	return cause
}

// alike is what to give again to --resume. A shared store does not say where an inventory is: a
// path in it may be anybody's.
func (r *fleetRun) alike() string {
	switch {
	case r.record.store.Shared():
		return ", with the same --store and -i"
	case r.flags.store != "":
		return ", with the same --store"
	default:
		return ""
	}
}

// logins gives the same name to the same user and password, and says neither.
func logins(dialer *reach.Dialer, targets []target.Target) []string {
	numbers := map[[sha256.Size]byte]string{}
	names := make([]string, len(targets))
	for i, t := range targets {
		own := dialer.Access(t)
		if own.Failure != nil {
			continue
		}
		key := sha256.Sum256([]byte(own.Username + "\x00" + own.Password))
		if numbers[key] == "" {
			numbers[key] = "login " + strconv.Itoa(len(numbers)+1)
		}
		names[i] = numbers[key]
	}
	return names
}

// drive carries one phase out on the devices that are not settled, and says which of them
// were never started, and why.
func (r *fleetRun) drive(doing progress.Phase, settings fleet.Settings, settled func(place int) bool, x fleet.Executor, skip func(place int, why remediate.Failure) error) error {
	devices := make([]fleet.Device, len(r.targets))
	unsettled := 0
	for i, t := range r.targets {
		devices[i] = fleet.Device{Tags: t.Tags, Credential: r.logins[i], Settled: settled(i)}
		devices[i].Owed = settings.Soak > 0 && devices[i].Settled && r.owed[i]
		if !devices[i].Settled {
			unsettled++
		}
	}
	machine := fleet.New(devices, settings, r.tally, r.credentials)
	if r.halt != fleet.Going { // an earlier phase was stopped, and so is this one
		machine.Stop(r.halt)
	}
	r.watch.Begin(doing, unsettled)
	err := fleet.Drive(r.abort, machine, x, fleet.Clock{Now: r.now, Sleep: r.sleep}, r.stop, r.watch.Happened)
	r.watch.End()
	r.tally, r.halt, r.unread = machine.Tally(), machine.Halted(), machine.Unread()
	if err != nil {
		return err
	}
	for i := range devices {
		if machine.Fate(i) != fleet.Skipped {
			continue
		}
		if err := skip(i, r.whySkipped(i)); err != nil {
			return err
		}
	}
	return nil
}

// unplanned is the plan of a device that was never started, in this process at least.
func (r *fleetRun) unplanned(place int, why remediate.Failure) remediate.DevicePlan {
	plan := skipped(r.targets[place], why)
	if r.begun[place] {
		why = left(why)
		plan.Error, plan.Skipped = &why, false
	}
	return plan
}

func (r *fleetRun) whySkipped(place int) remediate.Failure {
	if r.credentials.Stopped(r.logins[place]) {
		return credentialFailure
	}
	return haltFailures[r.halt]
}

// read plans every device that has no plan yet, by clients that are unable to write.
func (r *fleetRun) read(settings fleet.Settings) error {
	isDone := func(place int) bool { return r.done[place] }
	if err := r.rememberBegun(); err != nil {
		return err
	}
	err := r.drive(progress.Reading, settings, isDone, r.hands(taskRead, settings, reader{r}), func(place int, why remediate.Failure) error {
		return r.book.putPlan(place, r.unplanned(place, why))
	})
	if err != nil {
		return err
	}
	return r.survey()
}

// rememberBegun: a new plan takes the place of the result that tells that a device was begun
// with, and this run may be cut off too.
func (r *fleetRun) rememberBegun() error {
	for place, begun := range r.begun {
		if !begun {
			continue
		}
		if err := r.book.start(place); err != nil {
			return err
		}
	}
	return nil
}

// reader plans one device after the other.
type reader struct{ *fleetRun }

func (r reader) Execute(_ context.Context, place int) (fleet.Outcome, error) {
	t := r.targets[place]
	own := r.dialer.Access(t)
	plan := r.planDevice(t, own.Choice)
	if err := r.keepPlan(place, plan); err != nil {
		return fleet.Untouched, err
	}
	r.watch.Planned(place, plan)
	return readOutcome(plan), nil
}

// planDevice reads one device and decides.
func (r *fleetRun) planDevice(t target.Target, choice remediate.Choice) remediate.DevicePlan {
	own := r.dialer.Access(t)
	device := r.decide(t, own, choice)
	device.Target, device.URL = t.Name, t.URL
	device.Findings = remediate.Waive(device.Findings, own.Waivers, r.now())
	return device
}

// certificatePatience is how long a plan waits for the SBC's own certificate: nothing is
// planned from it, so a device that is slow there must not hold the plan for as long as the
// readings that decide may take.
const certificatePatience = 30 * time.Second

func (r *fleetRun) decide(t target.Target, own reach.Access, choice remediate.Choice) remediate.DevicePlan {
	if own.Failure != nil {
		failed := remediate.ErrorPlan(nil)
		failed.Error = own.Failure
		return failed
	}
	ctx, cancel := r.reading()
	defer cancel()
	client := r.dialer.Reader(t)
	defer client.Close()
	terms := termsOf(own, choice)
	state, err := remediate.Read(ctx, client, choice, r.now)
	if err == nil && !own.NoCertCheck {
		err = remediate.ReadCertificates(ctx, client, &state, certificatePatience)
	}
	if err == nil {
		terms.Earlier, err = evidence.Earlier(r.evidence, state.Status.Serial, t.URL)
	}
	if err != nil {
		return remediate.ErrorPlan(err)
	}
	return remediate.Build(state, terms)
}

// Check is never ordered: nothing was written.
func (r reader) Check(context.Context, int) (fleet.Outcome, error) { return fleet.Well, nil }

// survey looks over all plans once they are made. It refuses a device that answers at another
// address of the run too: what is planned for it twice would be done to it twice.
func (r *fleetRun) survey() error {
	seen, err := r.book.sights()
	if err != nil {
		return err
	}
	noPlan := func(s sight) bool { return s.verdict == "" }
	if len(seen) != len(r.targets) || slices.ContainsFunc(seen, noPlan) {
		return errors.New("read the store: the plans of this run are not complete")
	}
	serials := map[string]int{}
	r.verdicts = make([]remediate.Verdict, len(r.targets))
	for _, done := range []bool{true, false} { // what is done came first, wherever it stands
		for place := range r.targets {
			if r.done[place] != done {
				continue
			}
			r.verdicts[place] = seen[place].verdict
			if first, twice := firstAt(serials, seen[place].serial, place); twice && !done {
				if err := r.refuseTwin(place, r.targets[first]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// firstAt is the place where a serial number was seen first, and whether that is another one.
func firstAt(serials map[string]int, serial string, place int) (first int, twice bool) {
	if serial == "" {
		return place, false
	}
	if first, twice = serials[serial]; !twice {
		serials[serial] = place
	}
	return first, twice
}

func (r *fleetRun) refuseTwin(place int, first target.Target) error {
	plan, err := r.book.plan(place)
	if err != nil {
		return err
	}
	plan = r.twin(plan, first)
	r.verdicts[place] = plan.Verdict
	return r.book.putPlan(place, plan)
}

// toChange tells whether steps of a device are still to be carried out.
func (r *fleetRun) toChange(place int) bool {
	return r.verdicts[place] == remediate.Change && !r.done[place]
}

func (r *fleetRun) twin(plan remediate.DevicePlan, first target.Target) remediate.DevicePlan {
	refused := remediate.ErrorPlan(remediate.ErrSameDevice)
	refused.Target, refused.URL, refused.Device = plan.Target, plan.URL, plan.Device
	refused.Error.Message = fmt.Sprintf("%s: serial number %s already answered as %s", refused.Error.Message, plan.Device.Serial, first.Name)
	return refused
}

// planned is for how many devices there is something to do by their plans, whenever these
// were made.
func (r *fleetRun) planned() int {
	n := 0
	for _, verdict := range r.verdicts {
		if verdict == remediate.Change {
			n++
		}
	}
	return n
}

func (r *fleetRun) changes() int {
	n := 0
	for place := range r.verdicts {
		if r.toChange(place) {
			n++
		}
	}
	return n
}

func (r *fleetRun) plans() report.PlanDevices     { return plans(r.book, len(r.targets)) }
func (r *fleetRun) results() report.ResultDevices { return results(r.book, len(r.targets)) }

// showPlan and showResult put the whole run on stdout, in the format that was asked for.
func (r *fleetRun) showPlan(head remediate.Plan, devices report.PlanDevices) error {
	if events, asked := r.watch.(*progress.Events); asked {
		return progress.RunEnded(events, devices, func(device remediate.DevicePlan) string { return string(device.Verdict) })
	}
	if r.flags.json() {
		return report.PlanJSON(r.stdout, head, devices)
	}
	if err := r.planText(r.stdout, r.whole(), r.style(r.stdoutIsTerminal)); err != nil {
		return err
	}
	for _, err := range devices { // who hands them in counts them too, and the text reads its own
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *fleetRun) showResult(head remediate.Result) error {
	if events, asked := r.watch.(*progress.Events); asked {
		return progress.RunEnded(events, r.results(), func(device remediate.DeviceResult) string { return string(device.Status) })
	}
	if r.flags.json() {
		return report.ResultJSON(r.stdout, head, r.results())
	}
	return r.resultText(r.stdout, r.style(r.stdoutIsTerminal))
}
