package run

import (
	"errors"
	"fmt"
	"slices"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// Survey checks all plans together. It refuses a device that also answers at another address of the run, by
// serial number or MAC address: otherwise its plan would be carried out twice.
func (r *Run) Survey() error {
	seen, err := r.Book.Sights()
	if err != nil {
		return err
	}
	noPlan := func(s store.Sight) bool { return s.Verdict == "" }
	if len(seen) != len(r.Devices) || slices.ContainsFunc(seen, noPlan) {
		return errors.New("read the store: the plans of this run are not complete")
	}
	units := newUnits()
	r.verdicts = make([]remediate.Verdict, len(r.Devices))
	for _, done := range []bool{true, false} { // finished devices count as first, wherever they are in the list
		for place := range r.Devices {
			if r.Done[place] != done {
				continue
			}
			r.verdicts[place] = remediate.Verdict(seen[place].Verdict)
			first, equal := units.meet(seen[place], place)
			if equal == "" || done || r.Devices[place].Export != nil { // a folder may hold several exports of a device
				continue
			}
			if err := r.refuseTwin(place, r.Devices[first], equal); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *Run) refuseTwin(place int, first *access.Device, equal string) error {
	plan, err := r.Book.Plan(place)
	if err != nil {
		return err
	}
	plan = twin(plan, first, equal)
	r.verdicts[place] = plan.Verdict
	return r.Book.PutPlan(place, plan)
}

// ToChange reports whether a device has steps left to run.
func (r *Run) ToChange(place int) bool {
	return r.verdicts[place] == remediate.Change && !r.Done[place]
}

func twin(plan remediate.DevicePlan, first *access.Device, equal string) remediate.DevicePlan {
	refused := remediate.ErrorPlan(remediate.ErrSameDevice)
	refused.Target, refused.URL = plan.Target, plan.URL
	refused.Device = plan.Device
	refused.Error.Message = fmt.Sprintf("%s: %s already answered as %s", refused.Error.Message, equal, first.Name)
	return refused
}

// Planned returns the number of devices whose plans have steps, done or not.
func (r *Run) Planned() int {
	n := 0
	for _, verdict := range r.verdicts {
		if verdict == remediate.Change {
			n++
		}
	}
	return n
}

// Changes returns the number of devices with steps left to run.
func (r *Run) Changes() int {
	n := 0
	for place := range r.verdicts {
		if r.ToChange(place) {
			n++
		}
	}
	return n
}
