package planfile

import (
	"cmp"
	"fmt"
	"time"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/span"
	"github.com/acfix/acfix/remediate"
)

// SavedPlan is a plan that was made before the run, to be carried out once on each device.
type SavedPlan struct {
	Head remediate.Plan // without devices
	// Policy is the rule in use here, which must be the plan's; the zero value is the default policy.
	Policy remediate.PolicyReference
	MaxAge time.Duration
	Marks  Marks // record where it was carried out
}

// Fits returns nil if the plan may still be carried out on a device. Errors: remediate.ErrExpired, ErrDrift, ErrUsed,
// and ErrJournal if the marks can't be read.
func (s SavedPlan) Fits(device remediate.DevicePlan, now time.Time) error {
	created, err := time.Parse(time.RFC3339, s.Head.Created)
	allowed := min(s.MaxAge, store.OldestPlan)
	switch age := now.Sub(created); {
	case err != nil:
		return fmt.Errorf("%w: its date %q can't be read", remediate.ErrExpired, s.Head.Created)
	case age < -5*time.Minute:
		return fmt.Errorf("%w: it was made at %s, which is still to come; check the clocks",
			remediate.ErrExpired, s.Head.Created)
	case age > allowed:
		return fmt.Errorf("%w: it was made %s ago, and at most %s may have passed",
			remediate.ErrExpired, aged(age, allowed), span.Words(allowed, time.Second))
	case s.Head.Policy != cmp.Or(s.Policy, remediate.CurrentPolicy()):
		return fmt.Errorf("%w: the plan was made by another rule or root set (%s, %s)",
			remediate.ErrDrift, s.Head.Policy.Date, s.Head.Policy.RootSet)
	}
	return s.Marks.find(s.Head.ID, device)
}

// aged words an age beyond the allowed one, finely enough to read as more than that.
func aged(age, allowed time.Duration) string {
	if allowed%time.Minute == 0 && allowed > 0 {
		return span.Words(age, time.Minute)
	}
	return span.Words(age, time.Second)
}
