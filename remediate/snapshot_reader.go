package remediate

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/acfix/acfix/audiocodes"
)

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
	return snapshotReader{device: device, now: now}.takeAfter(ctx, before)
}

// snapshotReader takes a snapshot of a device.
type snapshotReader struct {
	device Reader
	now    func() time.Time
	// shown are the TLS Contexts whose stores an earlier reading has shown, with which the caller
	// compares this one. They are read once.
	shown []int
	// beside is read beside the last status; it may be nil.
	beside reading
	// besideStores returns what is read beside the stores, by the tables of the first configuration; both may be nil.
	besideStores func(tables) reading
}

// takeAfter reads a device of which before is the status that was read right before.
func (s snapshotReader) takeAfter(ctx context.Context, before audiocodes.Status) (Snapshot, error) {
	snapshot, err := s.take(ctx, before.SaveNeeded)
	if err == nil {
		err = compareStatuses(before, snapshot.Status)
	}
	return snapshot, err
}

// take reads a device that said of unsaved changes before what waited says. The store of TLS Context 0,
// which can't be deleted, is read for the first time beside the configuration that names the others.
// docs/design/remediate.md: The backup is the drift check
func (s snapshotReader) take(ctx context.Context, waited audiocodes.Answer) (Snapshot, error) {
	first := Snapshot{Contexts: s.unseen([]tlsContext{{index: defaultContext}})}
	err := together(ctx,
		func(ctx context.Context) (err error) {
			first.Configuration, err = s.device.Configuration(ctx)
			return err
		},
		func(ctx context.Context) error { return incomplete(together(ctx, first.stores(s.device)...)) },
	)
	if err != nil {
		return Snapshot{}, err
	}
	tables, err := readTables(first.Configuration.File)
	if err != nil {
		return Snapshot{}, err
	}
	second, err := s.takeAgain(ctx, &first, tables)
	if err != nil {
		return Snapshot{}, err
	}
	if err := sameReading(first, second); err != nil {
		return Snapshot{}, err
	}
	if waited == second.Status.SaveNeeded && waited != audiocodes.Unknown {
		second.Churn = learnChurn(first.Configuration.File, second.Configuration.File)
	}
	return second, nil
}

// takeAgain completes the first reading of the stores, and makes the second reading, of everything.
func (s snapshotReader) takeAgain(ctx context.Context, first *Snapshot, t tables) (Snapshot, error) {
	others := Snapshot{Contexts: s.unseen(slices.DeleteFunc(slices.Clone(t.contexts), func(c tlsContext) bool {
		_, read := first.context(c.index)
		return read
	}))}
	second := Snapshot{Taken: s.now(), Contexts: filesOf(t.contexts)}
	files := slices.Concat(others.stores(s.device), second.stores(s.device), second.certificates(s.device))
	if s.besideStores != nil {
		if beside := s.besideStores(t); beside != nil {
			files = append(files, beside)
		}
	}
	err := together(ctx, files...)
	if err == nil {
		err = second.contradiction()
	}
	if err != nil {
		return Snapshot{}, incomplete(err)
	}
	first.Contexts = append(first.Contexts, others.Contexts...)
	err = second.readRest(ctx, s.device, s.beside)
	return second, err
}

// unseen are the contexts of which no store was shown before.
func (s snapshotReader) unseen(contexts []tlsContext) []ContextFiles {
	return slices.DeleteFunc(filesOf(contexts), func(f ContextFiles) bool { return slices.Contains(s.shown, f.ID) })
}

func filesOf(contexts []tlsContext) []ContextFiles {
	var files []ContextFiles
	for _, context := range contexts {
		files = append(files, ContextFiles{ID: context.index, Name: context.name})
	}
	return files
}

// stores are the readings of the trusted roots of all TLS Contexts of a snapshot.
func (s *Snapshot) stores(device Reader) []reading {
	var readings []reading
	for i := range s.Contexts {
		readings = append(readings, s.Contexts[i].readRoots(device))
	}
	return readings
}

// certificates are the readings of the certificates of all TLS Contexts of a snapshot.
func (s *Snapshot) certificates(device Reader) []reading {
	var readings []reading
	for i := range s.Contexts {
		readings = append(readings, s.Contexts[i].readCertificate(device))
	}
	return readings
}

// contradiction: where the certificate did not answer when the roots were read, and answers now, the
// device is not settled, and what roots it has is not known.
func (s *Snapshot) contradiction() error {
	for _, files := range s.Contexts {
		if files.noRoots != nil && files.Certificate != nil {
			return files.noRoots
		}
	}
	return nil
}

// readRest reads what comes after the files: the configuration, then the status, and beside it something
// else if it is not nil.
func (s *Snapshot) readRest(ctx context.Context, device Reader, beside reading) error {
	if err := s.readConfiguration(device)(ctx); err != nil {
		return err
	}
	var readings []reading
	if beside != nil {
		readings = append(readings, beside)
	}
	if err := together(ctx, append(readings, s.readStatus(device))...); err != nil {
		return err
	}
	s.Status = identified(s.Status, s.Configuration)
	return nil
}

func (s *Snapshot) readConfiguration(device Reader) reading {
	return func(ctx context.Context) (err error) {
		s.Configuration, err = device.Configuration(ctx)
		return err
	}
}

func (s *Snapshot) readStatus(device Reader) reading {
	return func(ctx context.Context) (err error) {
		s.Status, err = device.Status(ctx)
		s.Pinned = device.PinnedCertificate()
		return err
	}
}

// readAgain reads once more what a run may save: trusted roots, configuration and status, in this
// order. Whatever changes meanwhile shows in what is read later, or as unsaved. Certificates stay those
// of the snapshot. stores are those that were read right before this reading; nil where there are none. beside is read
// beside the status; it may be nil.
// docs/design/remediate.md: A certificate is read for the backup and after a load
func (s Snapshot) readAgain(
	ctx context.Context, device Reader, now func() time.Time, stores []ContextFiles, beside reading,
) (Snapshot, error) {
	again := s.begun(now)
	if stores != nil {
		again.Contexts = stores
	} else if err := together(ctx, again.stores(device)...); err != nil {
		return Snapshot{}, err
	}
	err := again.readRest(ctx, device, beside)
	return again, err
}

// readAfterSave reads the same as readAgain, in the same order but for the status, which is read beside
// the configuration: nothing is written after it.
func (s Snapshot) readAfterSave(ctx context.Context, device Reader, now func() time.Time) (Snapshot, error) {
	again := s.begun(now)
	if err := together(ctx, append(again.stores(device), again.readConfiguration(device), again.readStatus(device))...); err != nil {
		return Snapshot{}, err
	}
	again.Status = identified(again.Status, again.Configuration)
	return again, nil
}

// begun is a reading of the same TLS Contexts, with nothing but their certificates in it.
func (s Snapshot) begun(now func() time.Time) Snapshot {
	again := Snapshot{Taken: now()}
	for _, files := range s.Contexts {
		again.Contexts = append(again.Contexts, ContextFiles{ID: files.ID, Name: files.Name, Certificate: files.Certificate})
	}
	return again
}

// readContextFiles reads what a backup keeps of a TLS Context.
func readContextFiles(ctx context.Context, device Reader, wanted tlsContext) (ContextFiles, error) {
	one := Snapshot{Contexts: filesOf([]tlsContext{wanted})}
	if err := together(ctx, append(one.stores(device), one.certificates(device)...)...); err != nil {
		return one.Contexts[0], err
	}
	return one.Contexts[0], one.contradiction()
}

// readRoots reads a store. A spare context may have neither roots nor a certificate, which is on
// record with the status by which the device said so.
// docs/design/remediate.md: Absent is what the device calls absent
func (f *ContextFiles) readRoots(device Reader) reading {
	return func(ctx context.Context) error {
		roots, err := device.TrustedRoots(ctx, f.ID)
		if status, isAbsent := audiocodes.Absent(err); isAbsent {
			f.Roots, f.noRoots = audiocodes.TrustedRoots{Absent: status}, err
			return nil
		}
		f.Roots = roots
		return err
	}
}

// readCertificate reads a certificate. One that is absent is asked for twice: a moment's refusal must not
// stand in a backup as "there is none".
func (f *ContextFiles) readCertificate(device Reader) reading {
	return func(ctx context.Context) error {
		certificate, err := device.Certificate(ctx, f.ID)
		if _, isAbsent := audiocodes.Absent(err); isAbsent {
			certificate, err = device.Certificate(ctx, f.ID)
		}
		if _, isAbsent := audiocodes.Absent(err); isAbsent {
			return nil
		}
		f.Certificate = certificate
		return err
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
