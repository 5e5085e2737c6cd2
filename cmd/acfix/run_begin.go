package main

import (
	"cmp"
	"fmt"
	"os"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/remediate"
)

// fleetRun is a run that the command line shows and ends.
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

// resume continues the run id, which must have that action. The flags of c override those on record. open refuses a run
// that another process has ended.
func (a *app) resume(action, id string, c connection, open bool) (*fleetRun, error) {
	registry := a.registry()
	registry.Open = a.openKept
	resumed, err := registry.ResumeRun(run.Resumption{
		ID: id, Action: action, Order: c.order(), Open: open,
		Resolve: func(what run.Assignment, devices []*access.Device) (certs.Policy, error) {
			used := c
			used.ProxyOnRecord = !used.settings.Proxy.Given
			used.inventory, used.settings = what.Order.Inventory, what.Order.Settings
			inventoryFile, err := a.readInventory(used)
			if err != nil {
				return certs.Policy{}, err
			}
			policy, err := a.policyOfPlan(what.Head.Policy, what.Order.Settings, inventoryFile)
			err = cmp.Or(err, sameRule(what, policy))
			switch {
			case err != nil:
				return policy, err
			case what.Job != "":
				return policy, a.resolveListed(devices, used, inventoryFile)
			default:
				return policy, a.resolveKnown(devices, used, inventoryFile, "the run")
			}
		},
	})
	if err != nil {
		return nil, noRun(id, err)
	}
	return &fleetRun{app: a, Session: resumed}, nil
}

// planHead returns a new plan without devices.
func (a *app) planHead() remediate.Plan {
	return remediate.Plan{
		Schema: remediate.PlanSchema, ID: newID(), Created: a.now().UTC().Format(time.RFC3339), Acfix: version,
		Policy: remediate.CurrentPolicy(),
	}
}

// registry returns what puts runs on record in the store of --store.
func (a *app) registry() run.Registry {
	host, _ := os.Hostname()
	return run.Registry{
		Process: a.process(), Open: a.openStore, State: a.stateDirectory, Holder: a.holder,
		Evidence: a.evidence, Watch: a.watcher, Acfix: version, Host: host,
		Person: person(), Flags: a.flags.onRecord, Inventory: inventoryOnRecord,
	}
}
