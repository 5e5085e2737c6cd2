package remediate

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/audiocodes/ini"
	"github.com/acfix/acfix/certs"
)

// Snapshot is everything of a device that a backup keeps: the configuration does not
// contain the trusted roots and certificates, so they are read beside it. Private keys
// can never be read.
type Snapshot struct {
	Taken         time.Time
	Pinned        string // see State.ManagementCertificate
	Status        audiocodes.Status
	Configuration audiocodes.Configuration
	Contexts      []ContextFiles
}

// ContextFiles are the files of one TLS Context.
type ContextFiles struct {
	ID          int
	Name        string
	Roots       audiocodes.TrustedRoots
	Certificate []byte // nil when the context has none
}

// TakeSnapshot reads the configuration, the trusted roots and certificate of every TLS
// Context, and the status, which comes last: what it says of unsaved changes then holds
// for all that was read. ErrDrift: somebody changed the device while it was read.
func TakeSnapshot(ctx context.Context, device Reader, now func() time.Time) (Snapshot, error) {
	status, err := device.Status(ctx)
	if err != nil {
		return Snapshot{}, err
	}
	configuration, err := device.Configuration(ctx)
	if err != nil {
		return Snapshot{}, err
	}
	tables, err := readTables(configuration.File)
	if err != nil {
		return Snapshot{}, err
	}
	snapshot := Snapshot{Taken: now(), Pinned: device.PinnedCertificate(), Status: status, Configuration: configuration}
	for _, tlsContext := range tables.contexts {
		files, err := readContextFiles(ctx, device, tlsContext)
		if err != nil {
			return Snapshot{}, err
		}
		snapshot.Contexts = append(snapshot.Contexts, files)
	}
	if snapshot.Status, err = device.Status(ctx); err != nil {
		return Snapshot{}, err
	}
	if MoreWaits(status.SaveNeeded, snapshot.Status.SaveNeeded) || snapshot.Status.Serial != status.Serial {
		return Snapshot{}, fmt.Errorf("%w: while it was being read", ErrDrift)
	}
	snapshot.Status = identified(snapshot.Status, configuration)
	return snapshot, nil
}

// MoreWaits tells whether changes wait unsaved now that did not before, as far as a device
// tells. That what waited was saved meanwhile is no harm.
func MoreWaits(before, now audiocodes.Answer) bool { return now != before && now != audiocodes.No }

func readContextFiles(ctx context.Context, device Reader, tlsContext tlsContext) (ContextFiles, error) {
	files := ContextFiles{ID: tlsContext.index, Name: tlsContext.name}
	var err error
	files.Roots, err = device.TrustedRoots(ctx, tlsContext.index)
	if noSuchFile(err) {
		// A spare context may have neither roots nor a certificate. It can't be one that
		// a plan is about: planning would have failed on the same answer.
		var device *audiocodes.Error
		errors.As(err, &device)
		files.Roots.Absent, err = device.Status, nil
	}
	if err != nil {
		return files, err
	}
	files.Certificate, err = device.Certificate(ctx, tlsContext.index)
	if noSuchFile(err) {
		return files, nil
	}
	return files, err
}

// noSuchFile: the device says that there is nothing to read.
func noSuchFile(err error) bool {
	return errors.Is(err, audiocodes.ErrUnsupported) || errors.Is(err, audiocodes.ErrRejected)
}

// state is what a plan would be made from if this snapshot were its reading.
func (s Snapshot) state(choice Choice, wanted func(State) []int) (State, error) {
	state, err := survey(s.Status, s.Configuration, choice, s.Taken)
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

// baseline is what a later run compares the device with.
func (s Snapshot) baseline() Baseline { return s.baselineBy(tableDigest) }

// baselineAfter is the baseline of a reading after another, whose baseline is known: a table
// that is written alike has the same digest.
func (s Snapshot) baselineAfter(before Snapshot, known Baseline) Baseline {
	return s.baselineBy(func(table *ini.Table) string {
		digest, ok := known[strings.ToLower(table.Name)]
		if ok && table.Same(before.Configuration.Table(table.Name)) {
			return digest
		}
		return tableDigest(table)
	})
}

func (s Snapshot) baselineBy(digested func(*ini.Table) string) Baseline {
	stores := map[int]certs.Store{}
	for _, files := range s.Contexts {
		stores[files.ID] = certs.ParseStore(files.Roots.PEM)
	}
	baseline := baselineOf(s.Configuration.File, stores, digested)
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
