package remediate

import (
	"context"
	"fmt"

	"github.com/acfix/acfix/audiocodes"
)

// saveProof is what is known about the save. That nothing waits unsaved proves it only if the device had reported
// unsaved changes before: some devices may never report them.
type saveProof struct {
	sent     bool // and not refused
	accepted bool // answered by a success
	shown    bool
}

// saveFlash writes RAM to flash once a fresh reading differs from the backup only by our own steps and is as wanted,
// and waits until the device reports nothing unsaved. Each attempt with a busy device begins with a fresh reading.
func (r *run) saveFlash(ctx context.Context, asWanted func(Snapshot) error) error {
	return r.whileBusy(ctx, func(ctx context.Context) error {
		now, err := r.readForSave(ctx, asWanted)
		if err != nil {
			return fmt.Errorf("before the save: %w", err)
		}
		r.ready = now
		err = r.writeOnce(ctx, r.saving())
		r.proof.shown = err == nil
		return err
	})
}

func (r *run) readForSave(ctx context.Context, asWanted func(Snapshot) error) (Snapshot, error) {
	now, err := r.onlyOwnChanges(ctx)
	if err != nil {
		return Snapshot{}, err
	}
	return now, asWanted(now)
}

func (r *run) saving() write {
	return write{
		what: "save to flash",
		send: func(ctx context.Context) error {
			r.askedAlarms, r.alarmsAfter = false, nil
			err := r.Device.Save(ctx)
			r.proof.accepted, r.proof.sent = err == nil, r.proof.sent || !refused(err)
			return err
		},
		seen: func(ctx context.Context) (bool, error) {
			status, err := r.statusAfterSave(ctx)
			return err == nil && status.SaveNeeded == audiocodes.No && (r.proof.accepted || r.unit.waited), err
		},
		event: EventSeen,
		slow:  true,
	}
}

// statusAfterSave reads the status, and the first time after a save that was not refused the alarms beside it.
func (r *run) statusAfterSave(ctx context.Context) (audiocodes.Status, error) {
	if r.askedAlarms || !r.proof.sent {
		return r.Device.Status(ctx)
	}
	r.askedAlarms = true
	return r.statusBeside(ctx, r.readNewAlarms)
}

// statusBeside reads the status beside something else, or after it.
func (r *run) statusBeside(ctx context.Context, other reading) (status audiocodes.Status, err error) {
	err = together(ctx, other, func(ctx context.Context) (err error) { status, err = r.Device.Status(ctx); return err })
	return status, err
}

// sinceReady is the last reading of a run. What came since the reading before the save may have
// been saved with ours, whoever made it.
func (r *run) sinceReady(ctx context.Context) (now Snapshot, err error) {
	err = r.steady(ctx, func(ctx context.Context) error {
		if now, err = r.ready.readAfterSave(ctx, r.Device, r.Now); err != nil {
			return err
		}
		others := compareSnapshots(r.ready, now).withoutChurn(r.churn)
		switch {
		case others.none():
			return nil
		case now.Status.SaveNeeded == audiocodes.No:
			return fmt.Errorf("%w: saved together with ours: %s", ErrDrift, others)
		default:
			return fmt.Errorf("%w: perhaps saved together with ours: %s", ErrDrift, others)
		}
	})
	return now, err
}

// readyToSave fails if anything but the save itself is left to do.
func (r *run) readyToSave(now Snapshot) error {
	state, err := now.state(r.terms.Policy, r.plan.Choice, r.plan.Choice.stores)
	if err != nil {
		return err
	}
	if now, _ := judge(state, r.terms); now.Verdict != Compliant && (now.Verdict != Change || now.changesDevice()) {
		return notCompliant(now)
	}
	return nil
}

// verifyCompliant fails unless a fresh reading leads to an empty plan.
func (r *run) verifyCompliant(ctx context.Context) error {
	now, err := r.sinceReady(ctx)
	if err != nil {
		return err
	}
	state, err := now.state(r.terms.Policy, r.plan.Choice, r.plan.Choice.stores)
	if err != nil {
		return err
	}
	if now, _ := judge(state, r.terms); now.Verdict != Compliant {
		return notCompliant(now)
	}
	return nil
}

func notCompliant(plan DevicePlan) error {
	return fmt.Errorf("%w: read again, the device is %s", ErrNotVerified, stillOpen(plan))
}

// stillOpen describes the verdict and what keeps the device from being compliant.
func stillOpen(plan DevicePlan) string {
	text := string(plan.Verdict)
	for _, step := range plan.Steps {
		if step.Kind.Changes() {
			text += fmt.Sprintf("; still to do: %s %s in TLS Context %d", step.Kind, step.Root, *step.Context)
		}
	}
	if len(plan.Steps) > 0 && !plan.changesDevice() {
		text += "; something waits unsaved"
	}
	for _, f := range plan.Findings {
		if f.Level == Problem {
			text += "; " + f.Message
		}
	}
	return text
}
