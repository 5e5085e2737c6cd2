package remediate

import (
	"context"
	"fmt"

	"github.com/acfix/acfix/audiocodes"
)

// save writes RAM to flash, after everything was read once more and found as planned, and
// until the device says that nothing waits unsaved.
func (r *run) save(ctx context.Context) error {
	if err := r.verifyReady(ctx); err != nil {
		return err
	}
	return r.writeFlash(ctx)
}

// writeFlash sends the save itself and waits until the device says that nothing waits.
func (r *run) writeFlash(ctx context.Context) error {
	err := r.settle(ctx, write{
		what: "save to flash",
		send: func(ctx context.Context) error {
			r.flash = audiocodes.Unknown
			return r.Device.Save(ctx)
		},
		seen: func(ctx context.Context) (bool, error) {
			status, err := r.Device.Status(ctx)
			return err == nil && status.SaveNeeded == audiocodes.No, err
		},
		event: EventSeen,
		slow:  true,
	})
	if err == nil {
		r.flash = audiocodes.Yes
	}
	return err
}

// verifyReady: nobody else may have changed the device meanwhile, and nothing may be pending
// but the save itself.
func (r *run) verifyReady(ctx context.Context) error {
	snapshot, err := r.nobodyElse(ctx)
	if err != nil {
		return fmt.Errorf("before the save: %w", err)
	}
	state, err := snapshot.state(r.plan.Choice, r.plan.Choice.stores)
	if err != nil {
		return err
	}
	if now := Build(state, r.terms); now.Verdict != Compliant && (now.Verdict != Change || now.changesDevice()) {
		return fmt.Errorf("before the save: %w", notCompliant(now))
	}
	return nil
}

// verifyCompliant is the last word on a device: a fresh reading leads to an empty plan.
func (r *run) verifyCompliant(ctx context.Context) error {
	state, err := Read(ctx, r.Device, r.plan.Choice, r.Now)
	if err != nil {
		return err
	}
	if now := Build(state, r.terms); now.Verdict != Compliant {
		return notCompliant(now)
	}
	return nil
}

func notCompliant(plan DevicePlan) error {
	return fmt.Errorf("%w: read again, the device is %s", ErrNotVerified, stillOpen(plan))
}

// stillOpen is the verdict and what is in the way of another.
func stillOpen(plan DevicePlan) string {
	text := string(plan.Verdict)
	for _, step := range plan.Steps {
		if step.Kind.changes() {
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
