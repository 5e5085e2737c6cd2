package remediate

import (
	"context"
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
}

// absent reports whether the device gave neither file of the context.
func (f ContextFiles) absent() bool { return f.Roots.Absent != 0 && f.Certificate == nil }

// TakeSnapshot reads all of a device for a backup: the configuration, which names the TLS
// Contexts, their trusted roots and certificates, the configuration once more, and the status
// last, so that what it says of unsaved changes holds for all that was read. The trusted roots
// are read twice: an answer that was cut between two of them looks whole. ErrDrift: the device
// was changed, restarted or replaced meanwhile, or does not give the same roots twice.
// ErrIncomplete: a file of a TLS Context can't be read.
func TakeSnapshot(ctx context.Context, device Reader, now func() time.Time) (Snapshot, error) {
	before, err := device.Status(ctx)
	if err != nil {
		return Snapshot{}, err
	}
	first := Snapshot{}
	if first.Configuration, err = device.Configuration(ctx); err != nil {
		return Snapshot{}, err
	}
	tables, err := readTables(first.Configuration.File)
	if err != nil {
		return Snapshot{}, err
	}
	for _, tlsContext := range tables.contexts {
		files := ContextFiles{ID: tlsContext.index}
		if files.Roots, _, err = readRoots(ctx, device, tlsContext.index); err != nil {
			return Snapshot{}, incomplete(err)
		}
		first.Contexts = append(first.Contexts, files)
	}
	snapshot, err := readAll(ctx, device, tables.contexts, now, incomplete)
	if err != nil {
		return Snapshot{}, err
	}
	if err := sameReading(before, first, snapshot); err != nil {
		return Snapshot{}, err
	}
	if before.SaveNeeded == snapshot.Status.SaveNeeded && before.SaveNeeded != audiocodes.Unknown {
		snapshot.Churn = learnChurn(first.Configuration.File, snapshot.Configuration.File)
	}
	return snapshot, nil
}

// readAll reads the files of the TLS Contexts, the configuration and the status, in this
// order: whatever changes meanwhile shows in what is read later, or as unsaved. mark is asked for the
// error of a file that can't be read.
// docs/design/remediate.md: The backup is the drift check
func readAll(
	ctx context.Context, device Reader, contexts []tlsContext, now func() time.Time, mark func(error) error,
) (Snapshot, error) {
	snapshot := Snapshot{Taken: now()}
	for _, tlsContext := range contexts {
		files, err := readContextFiles(ctx, device, tlsContext)
		if err != nil {
			return Snapshot{}, mark(err)
		}
		snapshot.Contexts = append(snapshot.Contexts, files)
	}
	var err error
	if snapshot.Configuration, err = device.Configuration(ctx); err != nil {
		return Snapshot{}, err
	}
	status, err := device.Status(ctx)
	if err != nil {
		return Snapshot{}, err
	}
	snapshot.Status = identified(status, snapshot.Configuration)
	snapshot.Pinned = device.PinnedCertificate()
	return snapshot, nil
}

// readAgain reads the same files once more.
func (s Snapshot) readAgain(ctx context.Context, device Reader, now func() time.Time) (Snapshot, error) {
	var contexts []tlsContext
	for _, files := range s.Contexts {
		contexts = append(contexts, tlsContext{index: files.ID, name: files.Name})
	}
	return readAll(ctx, device, contexts, now, func(err error) error { return err })
}

// sameReading reports what shows, between two readings of a device, that they are not of the
// same state: single cells and parameters of other tables than the leg's may be churn.
func sameReading(before audiocodes.Status, first, second Snapshot) error {
	moved := compareSnapshots(first, second)
	moved.changes.parameters = nil
	moved.changes = moved.changes.without(isChurning)
	moved.files = slices.DeleteFunc(moved.files, func(f fileDeviation) bool { return f.root == "" })
	after := second.Status
	isOther := differ(before.Serial, after.Serial) || differ(before.MAC, after.MAC) || restarted(before, after)
	switch {
	case !moved.none():
		return fmt.Errorf("%w: while it was being read: %s", ErrDrift, moved)
	case differ(before.Serial, after.Serial):
		return fmt.Errorf("%w: while it was being read: its serial number was %q and is "+
			"%q", ErrDrift, before.Serial, after.Serial)
	case isOther, MoreWaits(before.SaveNeeded, after.SaveNeeded):
		return fmt.Errorf("%w: while it was being read", ErrDrift)
	default:
		return nil
	}
}

// MoreWaits reports whether changes wait unsaved now that did not before, as far as the device says. It does no harm
// if what waited was saved meanwhile.
func MoreWaits(before, now audiocodes.Answer) bool { return now != before && now != audiocodes.No }

// readContextFiles reads what a backup keeps of a TLS Context. A spare one may have neither
// roots nor a certificate, which is on record with the status by which the device said so.
func readContextFiles(ctx context.Context, device Reader, tlsContext tlsContext) (ContextFiles, error) {
	files := ContextFiles{ID: tlsContext.index, Name: tlsContext.name}
	roots, noRoots, err := readRoots(ctx, device, tlsContext.index)
	if err != nil {
		return files, err
	}
	files.Roots = roots
	certificate, err := device.Certificate(ctx, tlsContext.index)
	_, noCertificate := audiocodes.Absent(err)
	if noCertificate { // a moment's refusal must not stand in a backup as "there is none"
		certificate, err = device.Certificate(ctx, tlsContext.index)
		_, noCertificate = audiocodes.Absent(err)
	}
	switch {
	case err != nil && !noCertificate:
		return files, err
	case err == nil && noRoots != nil:
		// The certificate did not answer when the roots were read, and answers now: the device
		// is not settled, and what roots it has is not known.
		return files, noRoots
	case err == nil:
		files.Certificate = certificate
	}
	return files, nil
}

// readRoots reads a store. absent is why a context that gives no certificate either has none.
// docs/design/remediate.md: Absent is what the device calls absent
func readRoots(ctx context.Context, device Reader, id int) (roots audiocodes.TrustedRoots, absent, err error) {
	roots, err = device.TrustedRoots(ctx, id)
	status, isAbsent := audiocodes.Absent(err)
	switch {
	case isAbsent:
		return audiocodes.TrustedRoots{Absent: status}, err, nil
	case err != nil:
		return audiocodes.TrustedRoots{}, nil, err
	default:
		return roots, nil, nil
	}
}

// incomplete marks an answer that says nothing about the file; an error of the connection or
// the login, and a busy device, speak for themselves.
func incomplete(err error) error {
	if isAny(err, audiocodes.ErrUnsupported, audiocodes.ErrRejected, audiocodes.ErrForbidden, audiocodes.ErrBadAnswer) {
		return fmt.Errorf("%w: %w", ErrIncomplete, err)
	}
	return err
}

// state is what a plan would be made from if this snapshot were its reading.
func (s Snapshot) state(choice Choice, wanted func(State) []int) (State, error) {
	state, err := newState(s.Status, s.Configuration, choice, s.Taken)
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
