package run

import (
	"errors"
	"fmt"
	"slices"

	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/target"
)

// Survey looks over all plans once they are made. It refuses a device that answers at another
// address of the run too: what is planned for it twice would be done to it twice.
func (r *Run) Survey() error {
	seen, err := r.Book.Sights()
	if err != nil {
		return err
	}
	noPlan := func(s Sight) bool { return s.Verdict == "" }
	if len(seen) != len(r.Targets) || slices.ContainsFunc(seen, noPlan) {
		return errors.New("read the store: the plans of this run are not complete")
	}
	serials := map[string]int{}
	r.verdicts = make([]remediate.Verdict, len(r.Targets))
	for _, done := range []bool{true, false} { // what is done came first, wherever it stands
		for place := range r.Targets {
			if r.Done[place] != done {
				continue
			}
			r.verdicts[place] = seen[place].Verdict
			if first, twice := firstAt(serials, seen[place].Serial, place); twice && !done {
				if err := r.refuseTwin(place, r.Targets[first]); err != nil {
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

func (r *Run) refuseTwin(place int, first target.Target) error {
	plan, err := r.Book.Plan(place)
	if err != nil {
		return err
	}
	plan = r.twin(plan, first)
	r.verdicts[place] = plan.Verdict
	return r.Book.PutPlan(place, plan)
}

// ToChange tells whether steps of a device are still to be carried out.
func (r *Run) ToChange(place int) bool {
	return r.verdicts[place] == remediate.Change && !r.Done[place]
}

func (r *Run) twin(plan remediate.DevicePlan, first target.Target) remediate.DevicePlan {
	refused := remediate.ErrorPlan(remediate.ErrSameDevice)
	refused.Target, refused.URL, refused.Device = plan.Target, plan.URL, plan.Device
	refused.Error.Message = fmt.Sprintf("%s: serial number %s already answered as %s", refused.Error.Message, plan.Device.Serial, first.Name)
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
