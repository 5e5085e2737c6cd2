package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/runs"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

// assignment is what a run is about, and what of it the store does not keep.
type assignment struct {
	run.Assignment
	closing
}

// closing is what counts when a run ends.
type closing struct {
	note   string // why there is this run, where that is not plain
	waits  bool   // what is planned waits for a person's approval
	goesOn bool   // stopped, it is gone on with by itself
}

// fleetRun is a run as the command line shows and ends it.
type fleetRun struct {
	*app
	*run.Run
	record *run.Record // nil where the run is not kept
	closing
}

func (a *app) fleetRun(id string, devices []*access.Device) *fleetRun {
	return &fleetRun{app: a, Run: run.New(id, devices, a.process())}
}

// newAssignment is one that was typed.
func newAssignment(action string, head remediate.Plan, given connection) assignment {
	return assignment{Assignment: run.Assignment{Action: action, Head: head, Order: orderOf(given)}}
}

// begin puts a new run on record. A run that only reads needs no store: without one it says
// so and goes on.
func (a *app) begin(what assignment, devices []*access.Device) (*fleetRun, error) {
	what.ID = newID()
	if what.Action == run.ActionPlan {
		what.ID = what.Head.ID
	}
	begun := a.fleetRun(what.ID, devices)
	begun.closing = what.closing
	record, err := a.registry().Begin(what.Assignment, devices)
	switch {
	case err == nil:
		begun.record, begun.Book = record, record.Book()
		begun.Evidence = a.evidence(record.Store)
	case what.Action == run.ActionApply || what.Job != "" || codeOf(err) == exitUsage:
		return nil, err
	default:
		a.warn("this run is not kept: " + err.Error())
		if hint := hintOf(err); hint != "" {
			fmt.Fprintf(a.stderr, "acfix: hint:  %s\n", hint)
		}
		begun.Book = run.NewMemoryBook(len(devices), what.Plans...)
		begun.Evidence = a.evidence(nil)
	}
	begun.Watch = a.watcher(what.ID, devices)
	return begun, nil
}

// resume goes on with a run: what is done stays as it is, all else is read anew.
func (a *app) resume(action string, arguments []string, flags *planFlags) (*fleetRun, runs.Header, error) {
	var head runs.Header
	if len(arguments) > 0 || flags.limit != "" {
		return nil, head, usage.Errorf("--resume goes on with the devices of that run").Hint("leave out the devices")
	}
	record, kept, err := a.reopen(flags.resume)
	if err != nil {
		return nil, head, err
	}
	if err := record.UntilNoneInHand(); err != nil {
		return nil, head, errors.Join(err, record.Close())
	}
	resumed, head, err := a.continued(record, kept, action, flags)
	if err != nil {
		_ = record.Close()
		return nil, head, err
	}
	if err := a.persist(func(ctx context.Context) error { return record.Store.Reopen(ctx, kept.ID) }); err != nil {
		_ = record.Close()
		return nil, head, notResumable(kept, err)
	}
	return resumed, head, nil
}

// notResumable says what to do instead with a plan that is for a person to approve, or was.
func notResumable(run store.Run, err error) error {
	if errors.Is(err, store.ErrNotResumable) {
		return usage.Errorf("run %s: %s", run.ID, err).Hint("run the job that plans again; it makes a new plan")
	}
	return err
}

// continued is a run as it stands, by the flags that it was begun with.
func (a *app) continued(record *run.Record, kept store.Run, action string, flags *planFlags) (*fleetRun, runs.Header, error) {
	head, asked, err := begunWith(kept, action)
	if err == nil {
		err = flags.checkProxyOnRecord(asked, record.Store.Shared())
	}
	if err == nil {
		err = flags.takeUp(asked, head.Saved)
	}
	if err != nil {
		return nil, head, err
	}
	if flags.inventory == "" && !record.Store.Shared() { // a path in a shared store may be anybody's
		flags.inventory = asked.Inventory
	}
	devices, stand, err := run.Devices(a.abort, record.Store, kept.ID, action)
	if err != nil {
		return nil, head, err
	}
	roster, err := a.roster(flags.connection)
	if err != nil {
		return nil, head, err
	}
	err = a.resolveKnown(devices, flags.connection, roster, "the run")
	if err == nil {
		_, err = run.Waves(flags.batch, devices)
	}
	if err != nil {
		return nil, head, err
	}
	resumed := a.fleetRun(kept.ID, devices)
	resumed.record, resumed.Book, resumed.Standing = record, record.Book(), stand
	resumed.Watch, resumed.Evidence = a.watcher(kept.ID, devices), a.evidence(record.Store)
	return resumed, head, nil
}

// begunWith is what a run was begun with, if it can be gone on with by that action.
func begunWith(kept store.Run, action string) (head runs.Header, asked run.Order, err error) {
	if kept.Action == run.ActionDryRun {
		return head, asked, usage.Errorf("run %s was a dry run; there is nothing to go on with", kept.ID).
			Hint("do it again: acfix apply --dry-run")
	}
	if kept.Action != action {
		return head, asked, usage.Errorf("run %s is of acfix %s", kept.ID, kept.Action).
			Hint("acfix " + kept.Action + " --resume " + kept.ID)
	}
	if err := runs.Decode(kept.Header, &head); err != nil {
		return head, asked, err
	}
	return head, asked, runs.Decode(kept.Order, &asked)
}

// checkProxyOnRecord: what stands in a store that others write to must not say through whom
// passwords go; with --insecure that would be to anybody.
func (f *planFlags) checkProxyOnRecord(asked run.Order, shared bool) error {
	if used := asked.Flags[proxyFlag]; shared && used != "" && !f.connection.given.Changed(proxyFlag) {
		return usage.Errorf("the run was begun with a proxy, which is not taken from a shared store").
			Hint("give it again: --proxy " + used)
	}
	return nil
}

// takeUp sets the flags that a run was begun with, saved: with a plan that was made before.
func (f *planFlags) takeUp(asked run.Order, saved bool) error {
	if name := choiceFlag(f.connection.given); name != "" && saved {
		return decidedBefore(name)
	}
	f.ProxyOnRecord = !f.connection.given.Changed(proxyFlag)
	if err := repeat(asked, f.connection.given); err != nil {
		return err
	}
	return f.checkRun() // with what the run was begun with
}
