package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/acfix/acfix/ledger"
	"github.com/acfix/acfix/misuse"
	"github.com/acfix/acfix/reach"
	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/store"
	"github.com/acfix/acfix/target"
)

// assignment is what a run is about.
type assignment struct {
	action string
	head   remediate.Plan         // without devices
	saved  bool                   // the plan came from a file
	plans  []remediate.DevicePlan // of each target, where they were made before
	order  order

	// What follows is of scheduled jobs alone.
	job     string
	due     time.Time // its planned time; zero for none
	planRun string    // the run whose approved plan is carried out
	waits   bool      // what is planned waits for a person's approval
	goesOn  bool      // stopped, it is gone on with by itself
}

// begin puts a new run on record. A run that only reads needs no store: without one it says
// so and goes on.
func (a *app) begin(what assignment, targets []target.Target, dialer *reach.Dialer) (*fleetRun, error) {
	run := a.fleetRun(newID(), targets, dialer)
	if what.action == actionPlan {
		run.id = what.head.ID
	}
	record, err := a.newRecord(run.id, what, targets)
	switch {
	case err == nil:
		run.record, run.book = record, record.book()
	case what.action == actionApply || what.job != "" || codeOf(err) == exitUsage:
		return nil, err
	default:
		a.warn("this run is not kept: " + err.Error())
		book := newMemoryBook(len(targets))
		copy(book.plans, what.plans)
		run.book = book
	}
	run.watch, run.evidence = a.watcher(run.id, targets), a.evidence(run.record)
	return run, nil
}

// newRecord begins a run in the store.
func (a *app) newRecord(id string, what assignment, targets []target.Target) (*record, error) {
	run := store.Run{ID: id, Action: what.action, Job: what.job, Due: what.due, PlanRun: what.planRun}
	var err error
	if run.Order, err = json.Marshal(what.order); err != nil {
		return nil, err
	}
	if run.Header, err = json.Marshal(ledger.Header{Plan: what.head, Saved: what.saved}); err != nil {
		return nil, err
	}
	waves, err := waveNumbers(batchesOf(what.action, what.order.Flags["batch"], len(targets)), targets)
	if err != nil {
		return nil, err
	}
	devices, err := newDevices(targets, waves, what.plans)
	if err != nil {
		return nil, err
	}
	record, err := a.create(run, devices)
	if err == nil {
		record.waits, record.goesOn = what.waits, what.goesOn
	}
	return record, err
}

// newDevices are the devices of a new run. Plans that were made before come with them: a run
// that dies then has all of them or is none.
func newDevices(targets []target.Target, waves []int, plans []remediate.DevicePlan) ([]store.Device, error) {
	devices := make([]store.Device, len(targets))
	for i, t := range targets {
		devices[i] = store.Device{Position: i, Wave: waves[i], Target: t.Name, URL: t.URL}
	}
	for i, plan := range plans {
		text, err := json.Marshal(plan)
		if err != nil {
			return nil, fmt.Errorf("keep the plan of %s: %w", plan.Target, err)
		}
		devices[i].Serial, devices[i].Verdict, devices[i].Plan = plan.Device.Serial, string(plan.Verdict), text
	}
	return devices, nil
}

// resume goes on with a run: what is done stays as it is, all else is read anew.
func (a *app) resume(action string, arguments []string, flags *planFlags) (*fleetRun, ledger.Header, error) {
	var head ledger.Header
	if len(arguments) > 0 || flags.limit != "" {
		return nil, head, misuse.New("leave out the devices", "--resume goes on with the devices of that run")
	}
	record, run, err := a.reopen(flags.resume)
	if err != nil {
		return nil, head, err
	}
	if err := a.untilNoneInHand(record); err != nil {
		return nil, head, errors.Join(err, record.close())
	}
	resumed, head, err := a.continued(record, run, action, flags)
	if err != nil {
		_ = record.close()
		return nil, head, err
	}
	if err := a.persist(func(ctx context.Context) error { return record.store.Reopen(ctx, run.ID) }); err != nil {
		_ = record.close()
		return nil, head, notResumable(run, err)
	}
	return resumed, head, nil
}

// notResumable says what to do instead with a plan that is for a person to approve, or was.
func notResumable(run store.Run, err error) error {
	if errors.Is(err, store.ErrNotResumable) {
		return misuse.New("run the job that plans again; it makes a new plan", "run %s: %s", run.ID, err)
	}
	return err
}

// untilNoneInHand waits for the devices that workers have in hand from before: what comes of
// them decides what is still to be done.
func (a *app) untilNoneInHand(r *record) error {
	ctx, cancel := a.reading()
	defer cancel()
	for {
		inHand := 0
		err := a.persist(func(ctx context.Context) (err error) {
			inHand, err = r.store.TasksInHand(ctx, r.id)
			return err
		})
		if err != nil || inHand == 0 {
			return err
		}
		if a.sleep(ctx, askAgain) != nil {
			return fmt.Errorf("%w: %d devices are still in hand", remediate.ErrInterrupted, inHand)
		}
	}
}

func (a *app) continued(record *record, run store.Run, action string, flags *planFlags) (*fleetRun, ledger.Header, error) {
	var head ledger.Header
	if run.Action == actionDryRun {
		return nil, head, misuse.New("do it again: acfix apply --dry-run", "run %s was a dry run; there is nothing to go on with", run.ID)
	}
	if run.Action != action {
		return nil, head, misuse.New("acfix "+run.Action+" --resume "+run.ID, "run %s is of acfix %s", run.ID, run.Action)
	}
	var asked order
	if err := ledger.Decode(run.Header, &head); err != nil {
		return nil, head, err
	}
	if err := ledger.Decode(run.Order, &asked); err != nil {
		return nil, head, err
	}
	if name := choiceFlag(flags.connection.given); name != "" && head.Saved {
		return nil, head, decidedBefore(name)
	}
	if err := asked.repeat(flags.connection.given); err != nil {
		return nil, head, err
	}
	if err := flags.checkRun(); err != nil { // with what the run was begun with
		return nil, head, err
	}
	if flags.inventory == "" && !record.store.Shared() { // a path in a shared store may be anybody's
		flags.inventory = asked.Inventory
	}
	targets, stand, err := record.devices(action)
	if err != nil {
		return nil, head, err
	}
	roster, err := a.roster(flags.connection)
	if err != nil {
		return nil, head, err
	}
	targets, dialer, err := a.dialKnown(targets, flags.connection, roster, "the run")
	if err == nil {
		_, err = waveNumbers(flags.batch, targets)
	}
	if err != nil {
		return nil, head, err
	}
	resumed := a.fleetRun(run.ID, targets, dialer)
	resumed.record, resumed.book, resumed.done, resumed.begun, resumed.owed = record, record.book(), stand.done, stand.begun, stand.owed
	resumed.watch, resumed.evidence = a.watcher(run.ID, targets), a.evidence(record)
	return resumed, head, nil
}

// wellEnded are the verdicts and statuses of devices that a resumed run does not touch again.
var wellEnded = map[string][]string{
	actionPlan:  {string(remediate.Compliant), string(remediate.Change), string(remediate.Blocked), string(remediate.NotApplicable)},
	actionApply: {string(remediate.Applied), string(remediate.Unchanged), string(remediate.Compliant), string(remediate.NotApplicable)},
}

// standing is how far the devices of a run are, each in its place.
type standing struct {
	done  []bool // need not be touched again
	owed  []bool // applied, and not read again since
	begun []bool // were written to, or may have been
}

// devices are those of a run, and how far they are.
func (r *record) devices(action string) (targets []target.Target, stand standing, err error) {
	for device, err := range r.store.Devices(r.app.abort, r.id) {
		if err != nil {
			return nil, stand, err
		}
		came := device.Verdict
		if device.Status != "" {
			came = device.Status
		}
		done := slices.Contains(wellEnded[action], came)
		begun, owed, err := cutOff(device)
		if err != nil {
			return nil, stand, err
		}
		targets = append(targets, target.Target{Name: device.Target, URL: device.URL})
		stand.done = append(stand.done, done)
		stand.begun = append(stand.begun, !done && begun)
		stand.owed = append(stand.owed, owed)
	}
	return targets, stand, nil
}

// cutOff tells whether a device was backed up or written to, or may have been, and whether no
// soak has read again what was applied. One that was refused, or could not be reached, was not
// begun with: a saved plan still has to fit it as it was made.
func cutOff(device store.Device) (begun, owed bool, err error) {
	if device.State == store.DeviceRunning || device.Result == nil || device.Status == string(remediate.Stale) {
		return device.State == store.DeviceRunning, false, nil
	}
	var result remediate.DeviceResult
	err = ledger.Decode(device.Result, &result)
	return result.WasWrittenTo() || slices.ContainsFunc(result.Steps, isDone), owesReading(result), err
}

func owesReading(result remediate.DeviceResult) bool {
	return result.Status == remediate.Applied && result.ReadAgain == ""
}

func isDone(step remediate.StepResult) bool { return step.Status == remediate.StepDone }
