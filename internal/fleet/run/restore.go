package run

import (
	"fmt"
	"slices"
	"time"

	"filippo.io/age"
	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/records/journal"
	"github.com/acfix/acfix/remediate"
)

// Restore undoes on one device what the run of a backup did there.
type Restore struct {
	Process
	ID       string // of the run that restores
	Device   *access.Device
	Evidence evidence.Keeper
	Point    remediate.RestorePoint
	// Progress is called before each step; it may be nil.
	Progress func(step remediate.Step, number, of int)
}

// Open makes a verified backup the one to restore; the keys open an encrypted one. Errors: those of
// evidence.RestorePoint and of reading the device's journal.
func (r *Restore) Open(kept backup.Backup, keys []age.Identity) error {
	var err error
	if r.Point, err = evidence.RestorePoint(kept, keys); err != nil {
		return err
	}
	return r.onlyDone(kept.Manifest)
}

// onlyDone leaves out the steps that the run planned but, by its journal, did not do, and those that a later restore has
// undone: others put on the device whatever of them is there now. Without that journal, as on another machine, the
// manifest has to do.
func (r *Restore) onlyDone(manifest backup.Manifest) error {
	entries, err := r.Evidence.Entries(evidence.Subject{URL: manifest.URL, Serial: manifest.Serial, MAC: manifest.MAC})
	if err != nil {
		return err
	}
	done, known := journal.Done(entries, manifest.Run)
	if !known {
		if len(r.Point.Steps) > 0 {
			r.Warn("the journal of that run is not on this machine; what the run planned is taken for what it did")
		}
		return nil
	}
	absent := journal.Doubtful(entries, manifest.Run, r.Evidence.Boot())
	undone := journal.UndoneSince(entries, manifest.Run)
	r.Point.Steps = slices.DeleteFunc(r.Point.Steps, func(step remediate.Step) bool {
		notDone := step.Context != nil && !slices.Contains(done, step.Change())
		if notDone && slices.Contains(absent, step.Change()) {
			r.Point.Doubtful = append(r.Point.Doubtful, step)
		}
		return notDone || slices.Contains(undone, step.Change())
	})
	if len(undone) > 0 {
		r.Warn("a later restore has undone changes of that run; what the device shows of them now was done since, and stays")
	}
	return nil
}

// Plan reads the device with a client that is unable to write, and decides. It fills in the terms that follow
// from how the device is reached and from its journal.
func (r *Restore) Plan(terms remediate.RestoreTerms) remediate.RestorePlan {
	if r.Device.NoPassword != nil {
		return remediate.ErrorRestorePlan(r.Device.NoPassword)
	}
	ctx, cancel := r.Reading()
	defer cancel()
	client := r.Device.Reader()
	defer client.Close()
	state, err := remediate.ReadRestore(ctx, client, r.Point, r.Clock.Now)
	terms.InsecureTLS, terms.OldTLS = r.Device.Trust.Insecure, r.Device.OldTLS
	terms.LegacyCiphers = r.Device.Trust.LegacyCiphers
	if err != nil {
		return remediate.ErrorRestorePlan(remediate.Fail(err))
	}
	told := remediate.Identity{Serial: state.Status.Serial, MAC: state.Status.MAC}
	terms.Earlier, err = evidence.Earlier(r.Evidence, evidence.DeviceOf(r.Device.Name, r.Device.URL, told))
	if err != nil {
		return remediate.ErrorRestorePlan(remediate.Fail(err))
	}
	return remediate.BuildRestore(state, r.Point, terms)
}

// CarryOut carries out a plan that the operator has confirmed, while it keeps other runs off the device.
func (r *Restore) CarryOut(plan remediate.RestorePlan, terms WriteTerms) remediate.DeviceResult {
	held, failure := r.hold(plan, terms.LockTimeout)
	if failure != nil {
		return r.refuse(plan, failure)
	}
	defer held.Release()
	record, closeJournal, err := held.Journal()
	if err != nil {
		return r.refuse(plan, remediate.Fail(err))
	}
	defer closeJournal()
	earlier, err := evidence.Earlier(r.Evidence, evidence.DeviceOf(plan.Target, plan.URL, plan.Device))
	if err != nil {
		return r.refuse(plan, remediate.Fail(fmt.Errorf("%w: %w", remediate.ErrJournal, err)))
	}
	client := r.Device.Writer(held.StillMine())
	defer client.Close()
	executor := remediate.Executor{
		Terms: remediate.Terms{Earlier: earlier}, Archive: held.Archive, Journal: record,
		Connections: r.Device.Connections,
		Retry:       remediate.Patience(terms.Retry.Limits), Settle: remediate.Patience(terms.Settle.Limits),
		Repeat: repeatBy(terms.Retry.Clock), Now: r.Clock.Now, Stop: r.Stop, Progress: r.Progress,
	}
	return executor.Restore(r.Abort, client, r.Point, plan, plan.Device.Unit())
}

// hold waits until this run is the only one at the device; an interrupt ends the wait.
func (r *Restore) hold(plan remediate.RestorePlan, patience time.Duration) (evidence.Grip, *remediate.Failure) {
	ctx, cancel := r.Reading()
	defer cancel()
	return r.Evidence.Hold(ctx, r.ID, evidence.DeviceOf(plan.Target, plan.URL, plan.Device), patience)
}

func (r *Restore) refuse(plan remediate.RestorePlan, failure *remediate.Failure) remediate.DeviceResult {
	result := remediate.NewRestoreResult(plan)
	result.Status, result.Error = remediate.Failed, failure
	return result
}
