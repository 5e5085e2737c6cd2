package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/statedir"
)

// PolicyReference names the rule and the root set that this acfix plans by.
func PolicyReference() remediate.PolicyReference {
	policy := certs.TeamsPolicy()
	return remediate.PolicyReference{ID: policy.ID, Date: policy.Date, Source: policy.Source, RootSet: certs.RootSetDate}
}

// SavedPlan is a plan that was made before the run, to be carried out once on each device.
type SavedPlan struct {
	Head   remediate.Plan // without devices
	MaxAge time.Duration
	State  func() (statedir.Directory, error) // has the marks of where it was carried out
}

// Fits says why the plan may not be carried out any more on a device; nil if it may.
// Errors: remediate.ErrExpired, ErrDrift, ErrUsed.
func (s SavedPlan) Fits(device remediate.DevicePlan, now time.Time) error {
	created, err := time.Parse(time.RFC3339, s.Head.Created)
	switch age := now.Sub(created); {
	case err != nil:
		return fmt.Errorf("%w: its date %q can't be read", remediate.ErrExpired, s.Head.Created)
	case age < -5*time.Minute:
		return fmt.Errorf("%w: it was made at %s, which is still to come; check the clocks", remediate.ErrExpired, s.Head.Created)
	case age > s.MaxAge:
		return fmt.Errorf("%w: it was made %s ago, and %s are allowed", remediate.ErrExpired, age.Round(time.Minute), s.MaxAge)
	case s.Head.Policy != PolicyReference():
		return fmt.Errorf("%w: the plan was made by another rule or root set (%s, %s)", remediate.ErrDrift, s.Head.Policy.Date, s.Head.Policy.RootSet)
	}
	mark, err := s.mark(device)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(mark); err == nil {
		return remediate.ErrUsed
	}
	return nil
}

// claim marks the plan as used on a device. Of two runs that try at once, one fails.
func (s SavedPlan) claim(device remediate.DevicePlan) func() error {
	return func() error {
		mark, err := s.mark(device)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(mark), 0o700); err != nil {
			return fmt.Errorf("%w: mark the plan as used: %w", remediate.ErrJournal, err)
		}
		file, err := os.OpenFile(mark, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			return remediate.ErrUsed
		}
		if err == nil {
			err = errors.Join(file.Sync(), file.Close())
		}
		if err != nil {
			return fmt.Errorf("%w: mark the plan as used: %w", remediate.ErrJournal, err)
		}
		return nil
	}
}

func (s SavedPlan) mark(device remediate.DevicePlan) (string, error) {
	state, err := s.State()
	return filepath.Join(state.UsedPlans(), statedir.PlanName(s.Head.ID), statedir.DeviceName(device.Device.Serial, device.URL)), err
}
