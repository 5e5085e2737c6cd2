package remediate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/certs"
)

// sentChange is a step whose write was sent and that the device did not certainly refuse.
type sentChange struct {
	step  Step
	shown bool // a reading showed it
}

// noteSent remembers the steps that a write carries out.
func (r *run) noteSent(steps []Step) {
	for _, step := range steps {
		if !slices.ContainsFunc(r.sent, func(c sentChange) bool { return c.step.sameChange(step) }) {
			r.sent = append(r.sent, sentChange{step: step})
		}
	}
}

func (r *run) noteShown(steps []Step) {
	for i := range r.sent {
		r.sent[i].shown = r.sent[i].shown || slices.ContainsFunc(steps, r.sent[i].step.sameChange)
	}
}

// forget drops steps that were refused or undone.
func (r *run) forget(steps []Step) {
	r.sent = slices.DeleteFunc(r.sent, func(c sentChange) bool { return slices.ContainsFunc(steps, c.step.sameChange) })
}

// fail completes the result of a run that ended with an error.
func (r *run) fail(ctx context.Context, err error, finish string) {
	stock := r.takeStock(ctx, err)
	if r.unit.changed != nil && !errors.Is(err, errOtherUnit) {
		// A reading of another unit, or after a restart, proves nothing about our writes.
		err = fmt.Errorf("%w; before that: %w", r.unit.changed, err)
	}
	if stock.others != "" && !strings.Contains(err.Error(), stock.others) {
		err = fmt.Errorf("%w; read again, what answers differs from the backup in more than what acfix did: %s",
			err, stock.others)
	}
	r.result.Error = Fail(err)
	r.result.LeftOnDevice = append(r.result.LeftOnDevice, stock.left...)
	r.result.Status = r.failedAs(err)
	if errors.Is(err, ErrFenced) || len(stock.left) == 0 && stock.other == nil {
		return // with ErrFenced, the other worker reports what becomes of the changes
	}
	switch {
	case stock.other != nil:
		r.result.Error.Hint += r.onOtherUnit(*stock.other, len(stock.left))
	case r.unit.changed != nil && !r.unit.restarted:
		r.result.Error.Hint += stock.hint()
		r.result.Error.Hint += fmt.Sprintf(" It is on the unit whose backup was taken (%s), which does not answer now.",
			unitOf(r.before.Status))
	default:
		r.result.Error.Hint += stock.hint()
	}
	if len(stock.left) > 0 && !errors.Is(err, ErrDamaged) && stock.others == "" {
		r.result.Error.Hint += finish
	}
}

// leftHints say whether our changes are in flash or in RAM; ErrDamaged has a hint of its own.
var leftHints = map[audiocodes.Answer]string{
	audiocodes.Yes: " What was changed is saved on the device.",
	audiocodes.No: " What is listed as left on the device is in RAM, not saved; " +
		"a restart of the device undoes it.",
	audiocodes.Unknown: " The save was sent; it is not known whether the changes were saved.",
}

// hint says whether our changes are in flash or in RAM. A save has not seen what may still come.
func (s stock) hint() string {
	mayCome := slices.ContainsFunc(s.left, func(left StepResult) bool { return left.MayStillCome })
	if s.flash == audiocodes.Yes && mayCome {
		return " Of what was changed, only what the device shows is saved; what may still come is not."
	}
	return leftHints[s.flash]
}

func (r *run) failedAs(err error) Status {
	switch {
	case isRefusal(err) && !r.written:
		return Stale
	case errors.Is(err, ErrNotReady), errors.Is(err, ErrNoRoom):
		return StatusBlocked
	case errors.Is(err, ErrPutBack):
		return RolledBack
	default:
		return Failed
	}
}

// isRefusal reports whether the plan no longer fits the device, or must not be carried out any more.
func isRefusal(err error) bool {
	return errors.Is(err, ErrDrift) || errors.Is(err, ErrUsed) || errors.Is(err, ErrExpired)
}

// stock is what a failed run leaves on a device, whether that is in flash, and what else differs from the backup.
// other is the status of another unit if that one was read instead, else nil.
type stock struct {
	left   []StepResult
	flash  audiocodes.Answer
	others string
	other  *audiocodes.Status
}

// takeStock reads the device a last time and lists as left what that reading shows, even if another unit answers
// after an HA switch-over. It also lists changes that no reading has shown, for they may still come, unless the
// device restarted or another unit answers.
// docs/design/remediate.md: Left is what a last reading shows
func (r *run) takeStock(ctx context.Context, cause error) stock {
	if !r.attempted {
		return stock{}
	}
	now, read := r.readLast(ctx, cause)
	var found stock
	if read {
		found.others = r.othersIn(now)
	}
	found.flash = r.inFlash(now, read)
	if read && r.unit.changed != nil && !r.unit.restarted {
		found.other = &now.Status
		found.flash = audiocodes.Unknown // whether something waits here does not say what the other unit saved
	}
	for _, change := range r.sent {
		shows := change.shown
		if read && now.tells(change.step) {
			shows = now.shows(change.step)
			r.noteLost(change.step, shows)
		}
		switch {
		case shows:
			found.left = append(found.left, leftResult(change.step, StepDone))
		case !change.shown && !r.unit.restarted && found.other == nil:
			found.left = append(found.left, leftResult(change.step, StepFailed))
		}
	}
	return found
}

// noteLost takes down a change that a restart of the unit undid: what shows later is another's work.
func (r *run) noteLost(step Step, shows bool) {
	if r.unit.restarted && !shows {
		_ = r.recordStep(&step, EventAbsent, "lost by a restart of the device")
	}
}

// othersIn describes how a reading differs from the backup in more than this plan changes; "" if it does not.
func (r *run) othersIn(now Snapshot) string {
	others := compareSnapshots(r.before, now).withoutSteps(r.plan.Steps).withoutChurn(r.churn)
	if others.none() {
		return ""
	}
	return others.String()
}

// inFlash says whether the changes that the last reading shows are in flash.
func (r *run) inFlash(now Snapshot, read bool) audiocodes.Answer {
	nothingWaits := read && now.Status.SaveNeeded == audiocodes.No
	switch {
	case nothingWaits && (r.unit.restarted || r.proof.shown || r.unit.waited):
		return audiocodes.Yes
	case !r.proof.sent:
		return audiocodes.No
	default:
		return audiocodes.Unknown
	}
}

func leftResult(step Step, status StepStatus) StepResult {
	result := step.as(status)
	result.MayStillCome = status == StepFailed
	return result
}

// readLast reads the device after a failure, whichever unit answers. It does not wait again for a device that was
// unreachable.
func (r *run) readLast(ctx context.Context, cause error) (now Snapshot, read bool) {
	isAway := errors.Is(cause, audiocodes.ErrUnreachable) || errors.Is(cause, audiocodes.ErrTimeout)
	switch {
	case errors.Is(cause, ErrFenced), errors.Is(cause, audiocodes.ErrUnauthorized):
		return Snapshot{}, false
	case isAway && !errors.Is(cause, errOtherUnit): // with errOtherUnit, a unit has answered since
		return Snapshot{}, false
	}
	_ = r.steady(ctx, func(ctx context.Context) error {
		reading, err := r.before.readAgain(ctx, r.unit.Device, r.Now, nil, r.readLastAlarms)
		if err != nil {
			return err
		}
		now, read = reading, true
		if r.unit.notice(reading.Status) != nil {
			return nil // there is nothing to wait for
		}
		isGone := func(c sentChange) bool { return c.shown && !now.shows(c.step) }
		if others := r.othersIn(now); others != "" || slices.ContainsFunc(r.sent, isGone) {
			return fmt.Errorf("%w: %s", ErrDrift, others)
		}
		return nil
	})
	if was, is := r.before.Status.Serial, now.Status.Serial; read && r.unit.changed == nil && differ(was, is) {
		r.unit.changed = otherUnit("serial number", is, was)
	}
	return now, read
}

// readLastAlarms reads the alarms of a device whose run failed after its first write, where they were not read since
// its last.
func (r *run) readLastAlarms(ctx context.Context) error {
	if !r.attempted || r.askedAlarms {
		return nil
	}
	r.askedAlarms = true
	return r.readNewAlarms(ctx)
}

// tells reports whether the snapshot says anything about the change of a step: a device that denies the store of a
// TLS Context that it has does not say what is in there.
func (s Snapshot) tells(step Step) bool {
	files, _ := s.context(*step.Context)
	if files.Roots.Absent == 0 || step.Kind != StepImportRoot && step.Kind != StepRemoveRoot {
		return true
	}
	tables, err := readTables(s.Configuration.File)
	if err != nil {
		return false
	}
	_, exists := tables.context(*step.Context)
	return !exists
}

// shows reports whether the snapshot shows the change of a step.
func (s Snapshot) shows(step Step) bool {
	switch step.Kind {
	case StepEnableBundle, StepDisableBundle:
		tables, err := readTables(s.Configuration.File)
		if err != nil {
			return false
		}
		cell, has := switchCell(tables.context(*step.Context))
		return has && isSwitch(cell, step.Kind == StepEnableBundle)
	case StepImportRoot, StepRemoveRoot:
		files, _ := s.context(*step.Context)
		return certs.ParseStore(files.Roots.PEM).Has(step.SHA256) == (step.Kind == StepImportRoot)
	default:
		return false
	}
}
