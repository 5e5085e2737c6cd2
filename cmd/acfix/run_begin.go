package main

import (
	"fmt"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/usage"
)

// fleetRun is a run as the command line shows and ends it.
type fleetRun struct {
	app *app
	*run.Session
}

// begin begins a run and puts it on record. The ID of a run that plans is its plan's.
func (a *app) begin(what run.Assignment, devices []*access.Device) (*fleetRun, error) {
	what.ID = newID()
	if what.Action == run.ActionPlan {
		what.ID = what.Head.ID
	}
	begun, err := a.registry().BeginRun(what, devices)
	if err != nil {
		return nil, err
	}
	if begun.Unkept != nil {
		a.warn("this run is not kept: " + begun.Unkept.Error())
		if hint := hintOf(begun.Unkept); hint != "" {
			fmt.Fprintf(a.stderr, "acfix: hint:  %s\n", hint)
		}
	}
	return &fleetRun{app: a, Session: begun}, nil
}

// resume resumes the run of --resume.
func (a *app) resume(action string, arguments []string, flags planFlags) (*fleetRun, error) {
	if len(arguments) > 0 || flags.limit != "" {
		return nil, usage.Errorf("--resume goes on with the devices of that run").Hint("leave out the devices")
	}
	registry := a.registry()
	registry.Open = a.openKept
	resumed, err := registry.ResumeRun(run.Resumption{
		ID: flags.resume, Action: action, Order: flags.order(),
		Resolve: func(order run.Order, devices []*access.Device) error {
			used := flags.connection
			used.ProxyOnRecord = !used.settings.Proxy.Given
			used.inventory, used.settings = order.Inventory, order.Settings
			roster, err := a.roster(used)
			if err != nil {
				return err
			}
			return a.resolveKnown(devices, used, roster, "the run")
		},
	})
	if err != nil {
		return nil, noRun(flags.resume, err)
	}
	return &fleetRun{app: a, Session: resumed}, nil
}

// takeOver copies the approved plans that the run carries out, where it is such a run.
func (r *fleetRun) takeOver() error {
	if r.Assignment.PlanRun == "" {
		return nil
	}
	if err := r.TakeOver(r.Record); err != nil {
		return r.finish(err)
	}
	return nil
}
