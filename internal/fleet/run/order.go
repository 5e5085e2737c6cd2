package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

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
)

// Order is what a run was asked for, kept so that a resume needs no flags again.
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

	// What follows is of scheduled jobs alone.
	Job     string
	Due     time.Time // its planned time; zero for none
	PlanRun string    // the run whose approved plan is carried out

	// What follows is not kept in the store; it counts when the run ends.
	Note            string // why there is this run, where that is not plain
	AwaitsApproval  bool   // a person is to approve what is planned
	ResumedByOthers bool   // another process resumes the run when this one is stopped
}

// Recall is what a run on record is about. What given says wins over the settings that the run was begun
// with; the inventory's path is the one on record. A usage error names a setting that this version does not
// take.
func Recall(kept store.Run, given Order) (Assignment, error) {
	what := Assignment{ID: kept.ID, Action: kept.Action, Job: kept.Job, Due: kept.Due, PlanRun: kept.PlanRun, Order: given}
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

func (a Assignment) kept() (store.Run, error) {
	run := store.Run{ID: a.ID, Action: a.Action, Job: a.Job, Due: a.Due, PlanRun: a.PlanRun}
	var err error
	if run.Order, err = json.Marshal(a.Order); err != nil {
		return run, err
	}
	run.Header, err = json.Marshal(runs.Header{Plan: a.Head, Saved: a.Saved})
	return run, err
}

// devices are those of a new run. Plans that were made before come with them: a run that dies
// then has all of them or is none.
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
