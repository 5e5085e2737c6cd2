package remediate

import (
	"errors"
	"fmt"

	"github.com/acfix/acfix/audiocodes"
)

// errPlannedOther comes with ErrDrift: the plan was made for another unit than the one that answers.
var errPlannedOther = errors.New("the plan is for that unit only")

// Drift returns why the plan does not fit the unit that answers: ErrDrift, which names both units if they differ.
func (p DevicePlan) Drift(answers Identity) error {
	planned := p.Device
	switch {
	case differ(planned.Serial, answers.Serial):
		return otherAnswers("serial number", answers.Serial, planned.Serial)
	case differ(planned.MAC, answers.MAC):
		return otherAnswers("MAC address", answers.MAC, planned.MAC)
	default:
		return ErrDrift
	}
}

func otherAnswers(what, is, was string) error {
	return fmt.Errorf("%w: %s %q answers, the plan was made for %s %q (%w)",
		ErrDrift, what, is, what, was, errPlannedOther)
}

func identityOf(status audiocodes.Status) Identity {
	return Identity{Serial: status.Serial, MAC: status.MAC}
}

// onOtherUnit says which unit holds the changes that a failed run lists as left, if another unit answers than the one
// whose backup was taken. answers is the status of the unit that answers.
func (r *run) onOtherUnit(answers audiocodes.Status, left int) string {
	was, is := unitOf(r.before.Status), unitOf(answers)
	const unread = "What became of the unit whose backup was taken (%s) can't be read: it does not answer now."
	if left == 0 {
		return fmt.Sprintf(" The unit that answers now (%s) has none of the changes. "+unread, is, was)
	}
	saved := "; whether it is saved there is not known"
	if answers.SaveNeeded == audiocodes.Yes {
		saved = ", where changes wait unsaved"
	}
	return fmt.Sprintf(" What is listed as left on the device is on the unit that answers now (%s)%s. "+unread,
		is, saved, was)
}
