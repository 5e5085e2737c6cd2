package remediate

import (
	"context"
	"fmt"
	"strings"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/certs"
)

// backup reads the whole device and keeps the reading.
func (r *run) backup(ctx context.Context) error {
	return r.backUp(ctx, r.plan.Choice, r.plan.Choice.stores)
}

// backUp makes sure that the device is still as it was when the plan was made, puts a snapshot on disk and its
// baseline into the journal, and prepares the first write. stores returns those that the plan was made from.
// docs/design/remediate.md: The backup is the drift check
func (r *run) backUp(ctx context.Context, choice Choice, stores func(State) []int) error {
	snapshot, err := r.takeSnapshot(ctx)
	if err != nil {
		return err
	}
	state, err := snapshot.state(r.terms.Policy, choice, stores)
	if err != nil {
		return err
	}
	switch {
	case Fingerprint(state) != r.plan.Digest:
		return r.plan.Drift(identityOf(state.Status))
	case MoreWaits(r.plan.SaveNeeded, snapshot.Status.SaveNeeded) && !r.plan.Choice.SaveUnsaved:
		return fmt.Errorf("%w: the device has unsaved changes that it did not have before", ErrDrift)
	}
	if err := r.onlyOurs(snapshot); err != nil {
		return err
	}
	if err := r.onlyAgreed(snapshot); err != nil {
		return err
	}
	if err := r.refuseAbsent(snapshot); err != nil {
		return err
	}
	directory, err := r.Archive(snapshot, r.plan)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBackup, err)
	}
	r.before, r.result.Backup = snapshot, directory
	r.clean = snapshot.Status.SaveNeeded == audiocodes.No && !r.Terms.Earlier.mayWait(state)
	r.churn = r.knownChurn(snapshot)
	if err := r.recordBaseline(); err != nil {
		return err
	}
	r.stores = map[int]certs.Store{}
	if snapshot.Status.Ready() { // else the run waits before its first write
		r.keepStores(snapshot.Contexts)
	}
	if err := r.prepare(ctx); err != nil {
		return err
	}
	return r.confirm(ctx)
}

// takeSnapshot reads the device for the backup, and the alarms beside its last status. The stores that the
// plan was made from are read once: the plan's digest is compared with them.
func (r *run) takeSnapshot(ctx context.Context) (Snapshot, error) {
	if snapshot, complete := r.completeRecent(ctx); complete {
		return snapshot, nil
	}
	reader := snapshotReader{device: r.Device, now: r.Now, beside: r.readAlarms, besideStores: func(t tables) reading {
		legs, _ := t.legs(r.plan.Choice)
		return r.readCalls(t, legs)
	}}
	for _, planned := range r.plan.Contexts {
		reader.shown = append(reader.shown, planned.ID)
	}
	snapshot, err := reader.take(ctx, r.plan.SaveNeeded)
	if err == nil && r.readOnceMore(snapshot.Status) {
		return reader.takeAfter(ctx, snapshot.Status)
	}
	return snapshot, err
}

// readOnceMore: what waited unsaved for the plan, and does not any more, was saved or was lost by a restart,
// perhaps between two of the readings. What waits now and did not then may have come between them, and
// is saved along if the operator allowed that.
func (r *run) readOnceMore(status audiocodes.Status) bool {
	gone := r.plan.SaveNeeded == audiocodes.Yes && status.SaveNeeded == audiocodes.No
	return gone || r.plan.Choice.SaveUnsaved && MoreWaits(r.plan.SaveNeeded, status.SaveNeeded)
}

// knownChurn ignores what changed while something waited unsaved, for that may be an administrator's work, unless the
// operator accepted that all of it is saved.
func (r *run) knownChurn(snapshot Snapshot) Churn {
	if snapshot.Status.SaveNeeded == audiocodes.No || r.plan.Choice.SaveUnsaved {
		return snapshot.Churn
	}
	if known := r.Terms.Earlier.Baseline.churn(); len(known) > 0 || r.plan.changesDevice() {
		return known
	}
	return snapshot.Churn
}

// recordBaseline puts the device as it was before the run into the journal.
func (r *run) recordBaseline() error {
	return r.writeRecord(Record{
		Event: EventBackup, Detail: r.result.Backup, Baseline: r.before.baseline(r.churn), Clean: r.clean,
		Steps: r.plan.changes(), Policy: r.terms.Policy.SHA256,
	})
}

// onlyOurs fails if more waits unsaved than the changes of earlier runs. The plan saw only the Teams contexts,
// perhaps some time ago; onlyOurs compares the whole device.
func (r *run) onlyOurs(snapshot Snapshot) error {
	earlier := r.Terms.Earlier
	if snapshot.Status.SaveNeeded == audiocodes.No || r.plan.Choice.SaveUnsaved || len(earlier.Unsaved) == 0 {
		return nil
	}
	now := snapshot.baseline(earlier.Baseline.churn())
	others := earlier.othersThan(earlier.Baseline, now)
	switch {
	case earlier.Foreign:
		return foreignWaits(others)
	case len(others) > 0:
		return fmt.Errorf("%w: the device has unsaved changes beyond those that earlier runs of acfix intended: %s",
			ErrDrift, strings.Join(others, ", "))
	default:
		return nil
	}
}

// foreignWaits is about changes that waited before acfix first looked; since is what has changed in addition.
func foreignWaits(since []string) error {
	more := ""
	if len(since) > 0 {
		more = "; changed since then, too: " + strings.Join(since, ", ")
	}
	return fmt.Errorf("%w: the device has unsaved changes that acfix did not make: they waited before the earlier runs "+
		"of acfix, and which they are is not known, for a device does not show what it has saved%s. With --save-unsaved, "+
		"acfix saves them too", ErrDrift, more)
}

// refuseAbsent fails if a step changes a TLS Context whose files the device does not give: the backup does not hold
// it.
func (r *run) refuseAbsent(snapshot Snapshot) error {
	for _, step := range r.plan.Steps {
		if !step.Kind.Changes() {
			continue
		}
		if files, known := snapshot.context(*step.Context); !known || files.absent() {
			return fmt.Errorf("%w: the device gives neither trusted roots nor a certificate for TLS Context %d "+
				"(status %d)", ErrIncomplete, *step.Context, files.Roots.Absent)
		}
	}
	return nil
}

// onlyOwnChanges reads the whole device and fails if anything but our own steps changed it since the backup, because
// the save that follows would save that too.
func (r *run) onlyOwnChanges(ctx context.Context) (now Snapshot, err error) {
	err = r.steady(ctx, func(ctx context.Context) error {
		stores := r.readBack
		r.readBack = nil
		if now, err = r.before.readAgain(ctx, r.Device, r.Now, stores, nil); err != nil {
			return err
		}
		if others := r.othersIn(now); others != "" {
			return fmt.Errorf("%w: %s", ErrDrift, others)
		}
		return nil
	})
	return now, err
}

// wholeStore reads a store that a write is about to change, and fails if it lacks a root that the backup holds and
// the plan does not remove: a root that the reading leaves out could get lost. The status before that write must be
// newer than this reading.
func (r *run) wholeStore(ctx context.Context, id int) (roots audiocodes.TrustedRoots, store certs.Store, err error) {
	files, _ := r.before.context(id)
	held := certs.ParseStore(files.Roots.PEM)
	r.beside = nil
	err = r.steady(ctx, func(ctx context.Context) error {
		if roots, err = r.Device.TrustedRoots(ctx, id); err != nil {
			return err
		}
		store = certs.ParseStore(roots.PEM)
		for _, certificate := range missingFrom(store, held) {
			if !r.removes(id, certificate.SHA256) {
				return fmt.Errorf("%w: TLS Context %d held the %s (%s) when the backup was made, "+
					"and does not in this reading", ErrDrift, id, rootText(certificate), certificate.SHA256)
			}
		}
		return nil
	})
	return roots, store, err
}
