package run

import (
	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/remediate"
)

// Write carries the plans out, wave by wave.
func (r *Run) Write(settings rollout.Rules, terms WriteTerms) error {
	if err := r.markOwed(); err != nil {
		return err
	}
	hands := r.hands(Writing, settings, writer{Run: r, WriteTerms: terms})
	if err := r.Drive(Writing, settings, r.settled, hands, r.skip); err != nil {
		return err
	}
	return r.doubtUnread()
}

func (r *Run) settled(place int) bool { return !r.ToChange(place) }

// markOwed also schedules the post-soak check for devices that a crash left applied but unrecorded.
func (r *Run) markOwed() error {
	for place, begun := range r.Begun {
		if !begun || !r.settled(place) {
			continue
		}
		result, known, err := r.Book.Result(place)
		if err != nil {
			return err
		}
		r.Owed[place] = known && owesReading(result)
	}
	return nil
}

// doubtUnread marks a device as failed if its post-soak check was skipped because its credential was refused:
// such a device must not be reported as applied.
func (r *Run) doubtUnread() error {
	for _, place := range r.unread {
		if !r.credentials.Stopped(r.logins[place]) {
			continue
		}
		result, _, err := r.Book.Result(place)
		if err != nil {
			return err
		}
		result.Status, result.Error = remediate.Failed, Unread(RefusedTwice)
		if err := r.Book.PutResult(place, result); err != nil {
			return err
		}
	}
	return nil
}

func (r *Run) skip(place int, why remediate.Failure) error {
	plan, err := r.Book.Plan(place)
	if err != nil {
		return err
	}
	status := remediate.Skipped
	if r.Begun[place] {
		status, why = remediate.Failed, Left(why)
	}
	return r.putResult(place, Refusal(plan, status, &why))
}

// putResult records the result of a device, merged with what the run did there before it was cut off.
func (r *Run) putResult(place int, result remediate.DeviceResult) error {
	if earlier, known := r.Earlier[place]; known {
		result = Since(earlier, result)
	}
	return r.Book.PutResult(place, result)
}

// Decline records that the operator did not agree to the plan.
func (r *Run) Decline() error {
	for place := range r.Devices {
		if !r.ToChange(place) {
			continue
		}
		plan, err := r.Book.Plan(place)
		if err != nil {
			return err
		}
		if err := r.Book.PutResult(place, Refusal(plan, remediate.Skipped, r.declined())); err != nil {
			return err
		}
	}
	return nil
}

func (r *Run) declined() *remediate.Failure {
	if r.Stopped() {
		return remediate.Fail(remediate.ErrInterrupted)
	}
	return &remediate.Failure{
		Code: remediate.CodeDeclined, Message: "the plan was declined; nothing was written",
		Hint: "Run apply again and answer yes, or give --yes.",
	}
}
