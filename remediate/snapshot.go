package remediate

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/certs"
)

// Snapshot is everything of a device that a backup keeps. The configuration does not contain the trusted roots and
// certificates, so they are read separately. Private keys can never be read.
type Snapshot struct {
	Taken         time.Time
	Pinned        string // see State.ManagementCertificate
	Status        audiocodes.Status
	Configuration audiocodes.Configuration
	Contexts      []ContextFiles
	// Churn is what changed between the two readings of the configuration and may be the device's own doing.
	Churn Churn
}

// ContextFiles are the files of one TLS Context.
type ContextFiles struct {
	ID          int
	Name        string
	Roots       audiocodes.TrustedRoots
	Certificate []byte // nil when the context has none

	noRoots error // why it gives no roots, where it gave no certificate either when they were read
}

// absent reports whether the device gave neither file of the context.
func (f ContextFiles) absent() bool { return f.Roots.Absent != 0 && f.Certificate == nil }

// sameReading reports what shows, between two readings of a device, that they are not of the
// same state: single cells and parameters of other tables than the leg's may be churn.
func sameReading(first, second Snapshot) error {
	moved := compareSnapshots(first, second)
	moved.changes.parameters = nil
	moved.changes = moved.changes.without(isChurning)
	moved.files = slices.DeleteFunc(moved.files, func(f fileDeviation) bool { return f.root == "" })
	if moved.none() {
		return nil
	}
	return fmt.Errorf("%w: while it was being read: %s", ErrDrift, moved)
}

// compareStatuses reports what shows, between the statuses around a reading, that it is not of one unit, or that
// more waits unsaved.
func compareStatuses(before, after audiocodes.Status) error {
	switch {
	case differ(before.Serial, after.Serial):
		return fmt.Errorf("%w: while it was being read: its serial number was %q and is "+
			"%q", ErrDrift, before.Serial, after.Serial)
	case differ(before.MAC, after.MAC), restarted(before, after), MoreWaits(before.SaveNeeded, after.SaveNeeded):
		return fmt.Errorf("%w: while it was being read", ErrDrift)
	default:
		return nil
	}
}

// MoreWaits reports whether changes wait unsaved now that did not before, as far as the device says. It does no harm
// if what waited was saved meanwhile.
func MoreWaits(before, now audiocodes.Answer) bool { return now != before && now != audiocodes.No }

// state is what a plan would be made from, by a policy, if this snapshot were its reading.
func (s Snapshot) state(policy certs.Policy, choice Choice, wanted func(State) []int) (State, error) {
	state, err := newState(policy, s.Status, s.Configuration, choice, s.Taken)
	if err != nil {
		return State{}, err
	}
	state.ManagementCertificate = s.Pinned
	for _, id := range wanted(state) {
		files, ok := s.context(id)
		if !ok {
			return State{}, fmt.Errorf("TLS Context %d is missing from the backup", id)
		}
		state.addStore(id, files.Roots)
	}
	return state, nil
}

// baseline returns what a later run compares the device with; it lists the churn and leaves it out of its digests.
func (s Snapshot) baseline(churn Churn) Baseline {
	stores := map[int]certs.Store{}
	for _, files := range s.Contexts {
		stores[files.ID] = certs.ParseStore(files.Roots.PEM)
	}
	baseline := baselineOf(s.Configuration.File, stores, churn)
	for _, files := range s.Contexts {
		baseline[keyCertificate+strconv.Itoa(files.ID)] = digest(string(files.Certificate))
	}
	return baseline
}

func (s Snapshot) context(id int) (ContextFiles, bool) {
	for _, files := range s.Contexts {
		if files.ID == id {
			return files, true
		}
	}
	return ContextFiles{}, false
}
