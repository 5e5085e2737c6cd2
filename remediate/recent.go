package remediate

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// RecentFor is how old the reading of a plan may be when its run begins the backup from it.
const RecentFor = 10 * time.Second

// Recent is the reading that a plan was made from, for a run that begins soon after. The run completes
// it to a backup and, before the first write, reads once more all that the plan depends on.
// docs/design/remediate.md: A plan's own reading may become the backup
type Recent struct {
	State State
	// SameConnection reports whether the device has been spoken to over the same connections since.
	SameConnection func() bool
}

// fits reports whether the backup may be made from the reading. That the plan was made from it, the digest of the
// backup shows as it does for any other reading.
func (p *Recent) fits(now time.Time) bool {
	return p != nil && now.Sub(p.State.ReadAt) <= RecentFor && p.SameConnection()
}

// completeRecent makes a snapshot of the plan's reading; complete is false when a whole one has to be taken.
func (r *run) completeRecent(ctx context.Context) (snapshot Snapshot, complete bool) {
	if !r.Recent.fits(r.Now()) {
		return Snapshot{}, false
	}
	state := r.Recent.State
	r.unit.begin(state.Status, state.configuration.Header(headerSerial))
	snapshot, err := state.complete(ctx, r.Device, r.readCalls(state.tables, state.legs))
	r.unconfirmed = err == nil && r.Recent.SameConnection()
	return snapshot, r.unconfirmed
}

// complete reads the files of all TLS Contexts that the reading lacks: of those that the plan does not
// depend on each store twice, the first time with the plan where that was asked for (Also.Default). beside is read
// together with them; it may be nil.
func (s State) complete(ctx context.Context, device Reader, beside reading) (Snapshot, error) {
	whole := Snapshot{
		Taken: s.ReadAt, Pinned: s.ManagementCertificate, Status: s.Status,
		Configuration: s.configuration, Contexts: filesOf(s.tables.contexts),
	}
	first := Snapshot{Configuration: s.configuration, Contexts: filesOf(s.tables.contexts)}
	var firsts, seconds, certificates []reading
	for i := range whole.Contexts {
		once, twice := &first.Contexts[i], &whole.Contexts[i]
		roots, isRead := s.roots[once.ID]
		once.Roots = roots
		if _, isPlanned := s.Stores[once.ID]; isPlanned {
			twice.Roots = roots
		} else {
			seconds = append(seconds, twice.readRoots(device))
		}
		if !isRead {
			firsts = append(firsts, once.readRoots(device))
		}
		if twice.Certificate = s.certificates[once.ID].PEM; twice.Certificate == nil {
			certificates = append(certificates, twice.readCertificate(device))
		}
	}
	readings := slices.Concat(firsts, seconds, certificates)
	if beside != nil {
		readings = append(readings, beside)
	}
	err := together(ctx, readings...)
	if err == nil {
		err = whole.contradiction()
	}
	if err == nil {
		err = sameReading(first, whole)
	}
	return whole, err
}

// confirm reads once more, after the backup, what the plan depends on, which must be as it was backed up, and
// then the status.
func (r *run) confirm(ctx context.Context) error {
	if !r.unconfirmed {
		return nil
	}
	r.unconfirmed = false
	err := r.steady(ctx, r.confirmFiles)
	if err != nil {
		return err
	}
	return r.proving(func() (*besideStatus, error) {
		status, err := r.statusBeside(ctx, r.readAlarms)
		if err != nil {
			return nil, err
		}
		return &besideStatus{status, true}, nil
	})
}

func (r *run) confirmFiles(ctx context.Context) error {
	var again Snapshot
	for id := range r.Recent.State.Stores {
		again.Contexts = append(again.Contexts, ContextFiles{ID: id})
	}
	err := together(ctx, append([]reading{again.readConfiguration(r.Device)}, again.stores(r.Device)...)...)
	if err != nil {
		return err
	}
	for _, files := range again.Contexts {
		was, _ := r.before.context(files.ID)
		files.Certificate = was.Certificate
		for _, moved := range compareFiles(was, files) {
			return fmt.Errorf("%w: %s", ErrDrift, moved)
		}
	}
	r.keepStores(again.Contexts)
	if err := r.asBackedUp(ctx, again.Configuration); err != nil {
		return err
	}
	r.confirmed = &again.Configuration
	return nil
}
