package run

import (
	"errors"
	"fmt"
	"slices"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// Survey looks over all plans once they are made. It refuses a device that answers at another
// address of the run too, by its serial number or its MAC address: what is planned for it twice would
// be done to it twice.
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
	for _, done := range []bool{true, false} { // what is done came first, wherever it stands
		for place := range r.Devices {
			if r.Done[place] != done {
				continue
			}
			r.verdicts[place] = remediate.Verdict(seen[place].Verdict)
			first, equal := units.meet(seen[place], place)
			if equal == "" || done {
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

// ToChange tells whether steps of a device are still to be carried out.
func (r *Run) ToChange(place int) bool {
	return r.verdicts[place] == remediate.Change && !r.Done[place]
}

func twin(plan remediate.DevicePlan, first *access.Device, equal string) remediate.DevicePlan {
	refused := remediate.ErrorPlan(remediate.ErrSameDevice)
	refused.Target, refused.URL, refused.Device = plan.Target, plan.URL, plan.Device
	refused.Error.Message = fmt.Sprintf("%s: %s already answered as %s", refused.Error.Message, equal, first.Name)
	return refused
}

// Planned is for how many devices there is something to do by their plans, whenever these
// were made.
func (r *Run) Planned() int {
	n := 0
	for _, verdict := range r.verdicts {
		if verdict == remediate.Change {
			n++
		}
	}
	return n
}

// Changes is on how many devices steps are still to be carried out.
func (r *Run) Changes() int {
	n := 0
	for place := range r.verdicts {
		if r.ToChange(place) {
			n++
		}
	}
	return n
}
