package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/records/runs"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

// Actions of a run, as the store calls them.
const (
	ActionPlan   = "plan"
	ActionApply  = "apply"
	ActionDryRun = "dry_run"
	// ActionRestore undoes what another run did.
	ActionRestore = "restore"
)

// Order is what the operator asked of a run, kept so that a resume does not need the flags again.
type Order struct {
	Inventory string   `json:"inventory"`
	Settings  Settings `json:"flags"`
}

// Assignment is what a run is about.
type Assignment struct {
	ID     string
	Action string
	Head   remediate.Plan         // without devices
	Saved  bool                   // the plan came from a file, or was approved
	Plans  []remediate.DevicePlan // of each device, where they were made before
	Order  Order
	Policy certs.Policy // by which the run decides; Head.Policy names it. The zero value is the default policy

	// OtherPolicy: the command line asked for another policy than the fleet's own, so the run says nothing of the fleet.
	OtherPolicy bool

	// The next fields are for scheduled jobs only.
	Job     string
	Due     time.Time // its planned time; zero for none
	PlanRun string    // the run whose approved plan is carried out
	// MaxAge is how long the run's own plan may be approved and carried out; 0 is store.DefaultMaxAge.
	MaxAge time.Duration

	// The next fields are not stored; they matter when the run ends.
	Note            string // why the run exists, where that is not obvious
	AwaitsApproval  bool   // a person must approve the plans
	ResumedByOthers bool   // another process resumes the run when this one is stopped
}

// Recall returns the assignment of a recorded run. The given settings win over the recorded ones; the path of
// the inventory is the recorded one. A usage error names a setting that this version does not take.
func Recall(kept store.Run, given Order) (Assignment, error) {
	what := Assignment{
		ID: kept.ID, Action: kept.Action, Job: kept.Job, Due: kept.Due, PlanRun: kept.PlanRun, Order: given,
		OtherPolicy: kept.OtherPolicy,
	}
	var head runs.Header
	if err := runs.Decode(kept.Header, &head); err != nil {
		return what, err
	}
	what.Head, what.Saved = head.Plan, head.Saved
	err := runs.Decode(kept.Order, &what.Order)
	var unfit *usage.Error
	if errors.As(err, &unfit) {
		return what, unfit
	}
	return what, err
}

// flags returns the settings of a job as flags: the jobs file gave them, and not the command line.
func (a Assignment) flags() []string {
	if a.Job == "" {
		return nil
	}
	var given []string
	for name, field := range a.Order.Settings.Fields() {
		if field.given() && name != "proxy" { // which may hold a password
			given = append(given, "--"+name+"="+field.String())
		}
	}
	slices.Sort(given)
	return given
}

func (a Assignment) kept() (store.Run, error) {
	run := store.Run{ID: a.ID, Action: a.Action, Job: a.Job, Due: a.Due, PlanRun: a.PlanRun, MaxAge: a.MaxAge,
		OtherPolicy: a.OtherPolicy}
	var err error
	if run.Order, err = json.Marshal(a.Order); err != nil {
		return run, err
	}
	run.Header, err = json.Marshal(runs.Header{Plan: a.Head, Saved: a.Saved})
	return run, err
}

// devices returns the devices of a new run together with the plans made before it, so that the store has
// the run with all of its plans or not at all.
func (a Assignment) devices(all []*access.Device) ([]store.Device, error) {
	waves, err := Waves(Batches(a.Action, a.Order.Settings.Batch.Value, len(all)), all)
	if err != nil {
		return nil, err
	}
	devices := make([]store.Device, len(all))
	for i, device := range all {
		devices[i] = store.Device{Position: i, Wave: waves[i], Target: device.Name, URL: device.URL}
	}
	for i, plan := range a.Plans {
		text, err := json.Marshal(plan)
		if err != nil {
			return nil, fmt.Errorf("keep the plan of %s: %w", plan.Target, err)
		}
		devices[i].Serial, devices[i].MAC = plan.Device.Serial, plan.Device.MAC
		devices[i].Verdict, devices[i].Plan = string(plan.Verdict), text
	}
	return devices, nil
}
