package main

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/store"
)

// assignment is what a run is about.
type assignment struct {
	action string
	head   remediate.Plan // without devices
	saved  bool           // the plan came from a file
	order  order
}

// begin puts a new run on record. A run that only reads needs no store: without one it says
// so and goes on.
func (a *app) begin(what assignment, targets []target, dialer *dialer) (*fleetRun, error) {
	run := a.fleetRun(newID(), targets, dialer)
	if what.action == actionPlan {
		run.id = what.head.ID
	}
	record, err := a.newRecord(run.id, what, targets)
	switch {
	case err == nil:
		run.record, run.book = record, record.book()
	case what.action == actionApply || codeOf(err) == exitUsage:
		return nil, err
	default:
		a.warn("this run is not kept: " + err.Error())
		run.book = newMemoryBook(len(targets))
	}
	run.watch, run.evidence = a.watcher(run.id, targets), a.evidence(run.record)
	return run, nil
}

// newRecord begins a run in the store.
func (a *app) newRecord(id string, what assignment, targets []target) (*record, error) {
	run := store.Run{ID: id, Action: what.action}
	var err error
	if run.Order, err = encoded(what.order); err != nil {
		return nil, err
	}
	if run.Header, err = encoded(header{Plan: what.head, Saved: what.saved}); err != nil {
		return nil, err
	}
	return a.create(run, targets)
}

// resume goes on with a run: what is done stays as it is, all else is read anew.
func (a *app) resume(action string, arguments []string, flags *planFlags) (*fleetRun, header, error) {
	var head header
	if len(arguments) > 0 || flags.limit != "" {
		return nil, head, misuse("leave out the devices", "--resume goes on with the devices of that run")
	}
	record, run, err := a.reopen(flags.resume)
	if err != nil {
		return nil, head, err
	}
	resumed, head, err := a.continued(record, run, action, flags)
	if err != nil {
		_ = record.close()
		return nil, head, err
	}
	return resumed, head, a.persist(func(ctx context.Context) error { return record.store.Reopen(ctx, run.ID) })
}

func (a *app) continued(record *record, run store.Run, action string, flags *planFlags) (*fleetRun, header, error) {
	var head header
	if run.Action != action {
		return nil, head, misuse("acfix "+run.Action+" --resume "+run.ID, "run %s is a %s, not a %s", run.ID, run.Action, action)
	}
	var asked order
	if err := decoded(run.Header, &head); err != nil {
		return nil, head, err
	}
	if err := decoded(run.Order, &asked); err != nil {
		return nil, head, err
	}
	if err := asked.repeat(flags.connection.given); err != nil {
		return nil, head, err
	}
	if flags.inventory == "" && !record.store.Shared() { // a path in a shared store may be anybody's
		flags.inventory = asked.Inventory
	}
	targets, done, err := record.devices(action)
	if err != nil {
		return nil, head, err
	}
	roster, err := a.roster(flags.connection)
	if err != nil {
		return nil, head, err
	}
	targets, dialer, err := a.dialKnown(targets, flags.connection, roster, "the run")
	if err != nil {
		return nil, head, err
	}
	resumed := a.fleetRun(run.ID, targets, dialer)
	resumed.record, resumed.book, resumed.done = record, record.book(), done
	resumed.watch, resumed.evidence = a.watcher(run.ID, targets), a.evidence(record)
	return resumed, head, nil
}

// wellEnded are the verdicts and statuses of devices that a resumed run does not touch again.
var wellEnded = map[string][]string{
	actionPlan:  {string(remediate.Compliant), string(remediate.Change), string(remediate.Blocked), string(remediate.NotApplicable)},
	actionApply: {string(remediate.Applied), string(remediate.Unchanged), string(remediate.Compliant), string(remediate.NotApplicable)},
}

// devices are those of a run, and which of them are done.
func (r *record) devices(action string) (targets []target, done []bool, err error) {
	for device, err := range r.store.Devices(r.app.abort, r.id) {
		if err != nil {
			return nil, nil, err
		}
		came := device.Verdict
		if device.Status != "" {
			came = device.Status
		}
		targets = append(targets, target{name: device.Target, url: device.URL})
		done = append(done, slices.Contains(wellEnded[action], came))
	}
	return targets, done, nil
}

// encoded is the JSON of a document of our own.
func encoded(document any) (json.RawMessage, error) { return json.Marshal(document) }
