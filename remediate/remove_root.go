package remediate

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/certs"
)

// removeRoots removes all roots that the plan removes from a store in one replacement, because each replacement ends
// the context's connections. A further step of the same context finds nothing left to do.
//
// It sends the store as read right before, without those roots. Each attempt reads it anew: while the device was
// busy, others had time to add something.
func (r *restoring) removeRoots(ctx context.Context, id int) error {
	return r.whileBusy(ctx, func(ctx context.Context) error {
		// Replacing a store is the one write that removes anything: nothing else may have changed, saved or not.
		configuration, err := r.configurationAsBackedUp(ctx)
		if err != nil {
			return err
		}
		if tables, err := readTables(configuration.File); err != nil || tables.servesManagement(id) {
			return fmt.Errorf("the store of TLS Context %d: %w", id, errors.Join(audiocodes.ErrGuard, err))
		}
		fresh, before, err := r.wholeStore(ctx, id)
		if err != nil {
			return err
		}
		stay := r.staying(id, before)
		if err := r.mayReplace(id, fresh, before, stay); err != nil || len(stay) == len(before.Certificates) {
			return err
		}
		isFirst := !r.attempted && !r.plan.Choice.SaveUnsaved
		err = r.writeOnce(ctx, write{
			what: fmt.Sprintf("replace the trusted roots of TLS Context %d", id),
			send: func(ctx context.Context) error {
				if err := r.sameStoreAndUnit(ctx, id, before, isFirst); err != nil {
					return err
				}
				return r.device.ReplaceTrustedRoots(ctx, id, fresh.PEM, encode(stay))
			},
			seen:    func(ctx context.Context) (bool, error) { return r.removalShows(ctx, id, before) },
			event:   EventSeen,
			changes: r.removals(id),
		})
		if err != nil && !unrecorded(err) && !errors.Is(err, ErrDrift) {
			err = r.putRootsBack(ctx, id, stay, err)
		}
		return err
	})
}

// sameStoreAndUnit reads a store, the status that shows which unit it is from, and the store again: what others change
// meanwhile shows there, and only the replacement itself comes after it. isFirst: the run has written nothing yet, so
// that whatever waits unsaved now is another administrator's.
// docs/design/remediate.md: A run writes to one unit
func (r *restoring) sameStoreAndUnit(ctx context.Context, id int, before certs.Store, isFirst bool) error {
	if err := r.sameStore(ctx, id, before); err != nil {
		return err
	}
	status, err := r.Device.Status(ctx)
	if err == nil && isFirst && MoreWaits(r.before.Status.SaveNeeded, status.SaveNeeded) {
		err = fmt.Errorf("%w: the device has unsaved changes that it did not have when the backup was made", ErrDrift)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", audiocodes.ErrGuard, err)
	}
	return r.sameStore(ctx, id, before)
}

// sameStore reads a store right before it is replaced, and fails if it changed since the reading that is about to be
// sent: the replacement would undo that change.
func (r *restoring) sameStore(ctx context.Context, id int, before certs.Store) error {
	now, err := r.store(ctx, id)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", audiocodes.ErrGuard, err)
	case len(missingFrom(now, before))+len(missingFrom(before, now)) > 0:
		return fmt.Errorf("%w: %w: the store of TLS Context %d changed right before it was replaced",
			audiocodes.ErrGuard, ErrDrift, id)
	}
	return nil
}

// removals are the steps that one replacement of a store carries out.
func (r *restoring) removals(id int) []Step {
	var steps []Step
	for _, step := range r.plan.Steps {
		if step.Kind == StepRemoveRoot && *step.Context == id {
			steps = append(steps, step)
		}
	}
	return steps
}

func (r *restoring) staying(id int, store certs.Store) []certs.Certificate {
	return slices.DeleteFunc(slices.Clone(store.Certificates), func(certificate certs.Certificate) bool {
		return r.removes(id, certificate.SHA256)
	})
}

// mayReplace applies the rules of the plan to a reading made right before the write: the store may have changed since
// the plan was made.
func (r *restoring) mayReplace(
	id int, fresh audiocodes.TrustedRoots, store certs.Store, stay []certs.Certificate,
) error {
	switch {
	case fresh.Absent != 0:
		return fmt.Errorf("%w: the device gives no store for TLS Context %d any more (status %d)",
			ErrDrift, id, fresh.Absent)
	case len(store.Problems) > 0:
		return fmt.Errorf("%w: the store of TLS Context %d can't be read in full any more (%s)",
			ErrDrift, id, store.Problems[0])
	case len(stay) == 0:
		return fmt.Errorf("%w: the store of TLS Context %d would end empty", ErrDrift, id)
	}
	return nil
}

// removalShows reads the store back and reports whether the roots are gone; it fails if anything else is gone too.
func (r *restoring) removalShows(ctx context.Context, id int, before certs.Store) (bool, error) {
	after, err := r.store(ctx, id)
	if err != nil {
		return false, err
	}
	if err := r.lostFrom(id, before, after); err != nil {
		return false, err
	}
	return !slices.ContainsFunc(after.Certificates, func(certificate certs.Certificate) bool {
		return r.removes(id, certificate.SHA256)
	}), nil
}

// putRootsBack imports roots again, one by one, that should have stayed in the store and are gone. The result is an
// error all the same.
func (r *restoring) putRootsBack(ctx context.Context, id int, stay []certs.Certificate, err error) error {
	now, readErr := r.store(ctx, id)
	if readErr != nil {
		return err
	}
	var back, lost []string
	for _, certificate := range stay {
		if now.Has(certificate.SHA256) {
			continue
		}
		addErr := r.putItBack(ctx, write{
			what: fmt.Sprintf("put %q back into TLS Context %d", certificate.X509.Subject.CommonName, id),
			send: func(ctx context.Context) error {
				return r.device.AddTrustedRoot(ctx, id, encode([]certs.Certificate{certificate}))
			},
			seen: func(ctx context.Context) (bool, error) {
				after, err := r.store(ctx, id)
				return after.Has(certificate.SHA256), err
			},
			event: EventUndone,
		})
		if addErr != nil {
			lost = append(lost, fmt.Sprintf("%q (%v)", certificate.X509.Subject.CommonName, addErr))
			continue
		}
		back = append(back, fmt.Sprintf("%q", certificate.X509.Subject.CommonName))
	}
	if len(back) > 0 && len(lost) == 0 && errors.Is(err, ErrDamaged) {
		return fmt.Errorf("%w: %v; put back: %s", ErrNotVerified, err, strings.Join(back, ", ")) // no damage stands
	}
	if len(back) > 0 {
		err = fmt.Errorf("%w; put back: %s", err, strings.Join(back, ", "))
	}
	if len(lost) > 0 {
		err = fmt.Errorf("%w; COULD NOT BE PUT BACK, import from the backup by hand: %s", err, strings.Join(lost, ", "))
	}
	return err
}

// encode writes certificates as PEM, one after another.
func encode(certificates []certs.Certificate) []byte {
	var text bytes.Buffer
	for _, certificate := range certificates {
		text.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.X509.Raw}))
	}
	return text.Bytes()
}
