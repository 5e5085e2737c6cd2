package run

import (
	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/remediate"
)

// Write carries the plans out, wave by wave.
func (r *Run) Write(settings rollout.Rules, terms WriteTerms) error {
	if err := r.oweFound(); err != nil {
		return err
	}
	hands := r.hands(Writing, settings, writer{Run: r, WriteTerms: terms})
	if err := r.Drive(Writing, settings, r.settled, hands, r.skip); err != nil {
		return err
	}
	return r.doubtUnread()
}

func (r *Run) settled(place int) bool { return !r.ToChange(place) }

// oweFound: a device that was applied when the run was cut off, and is found so by its plan, is
// owed the reading after the soak as those are whose result was on record.
func (r *Run) oweFound() error {
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

// doubtUnread: what a soak was to read again, and could not for want of a credential, is not
// called applied.
func (r *Run) doubtUnread() error {
	for _, place := range r.unread {
		result, _, err := r.Book.Result(place)
		if err == nil && r.credentials.Stopped(r.logins[place]) {
			result.Status, result.Error = remediate.Failed, Unread(RefusedTwice)
			err = r.Book.PutResult(place, result)
		}
		if err != nil {
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

// putResult keeps what a device came to, with what the run did there before it was cut off.
func (r *Run) putResult(place int, result remediate.DeviceResult) error {
	if earlier, known := r.Earlier[place]; known {
		result = Since(earlier, result)
	}
	return r.Book.PutResult(place, result)
}

// Decline puts on record that nobody agreed to what was planned.
func (r *Run) Decline() error {
	for place := range r.Devices {
		if !r.ToChange(place) {
			continue
		}
		plan, err := r.Book.Plan(place)
		if err == nil {
			err = r.Book.PutResult(place, Refusal(plan, remediate.Skipped, r.declined()))
		}
		if err != nil {
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
		Code: remediate.CodeDeclined, Message: "the plan was declined; nothing was written", Hint: "Run apply again and answer yes, or give --yes.",
	}
}
