package remediate

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/acfix/acfix/audiocodes"
)

// write is one change of the device, and how to see whether it happened.
type write struct {
	what string // "import "DigiCert Global Root G2" into TLS Context 1"
	send func(context.Context) error
	// seen reads the device and reports whether the change shows. An error means that the device is not as it should
	// be, or can't be read.
	seen func(context.Context) (bool, error)
	// changes are the steps that the write carries out; a save and a repair have none.
	changes []Step
	// slow: the change may take as long to show as acfix waits for a busy device.
	slow bool
	// event is what the journal records when the change shows: EventSeen or EventUndone.
	event Event
}

// isSave reports whether the write is a save: the only other write without a step is a repair.
func (w write) isSave() bool { return len(w.changes) == 0 && w.event == EventSeen }

// recordFor writes a record for each step that a write carries out, or for the current one.
func (r *run) recordFor(w write, event Event, detail string) error {
	if len(w.changes) == 0 {
		return r.record(event, detail)
	}
	for _, step := range w.changes {
		if err := r.recordStep(&step, event, detail); err != nil {
			return err
		}
	}
	return nil
}

var (
	// errNotYet makes Repeat try again; it never leaves this file.
	errNotYet = errors.New("does not show yet")
	// errNotShown: the device accepted the write, but no reading showed the change. It may still come.
	errNotShown = errors.New("it may still come")
)

// notDoneError: the device said that it did not, or could not now, carry out the write, and a later reading did not
// show the change. It is the only error after which a write is repeated; the error of a reading never is.
type notDoneError struct{ sent error }

func (e *notDoneError) Error() string { return e.sent.Error() }
func (e *notDoneError) Unwrap() error { return e.sent }

// whileBusy repeats a write, each time after a fresh reading, while the device does not carry it out (it is busy, or
// was never reached) and the operator does not ask to stop. It does not repeat one whose answer was lost, which may
// still happen.
func (r *run) whileBusy(ctx context.Context, try func(context.Context) error) error {
	var last error
	return r.orStopped(r.Repeat(ctx, r.Retry, r.mayRepeat, func(ctx context.Context) error {
		if last == nil || !r.stopped() { // a device may have asked for a long pause
			last = try(ctx)
		}
		return last
	}))
}

// putItBack repeats a write that repairs damage, even if the operator asks to stop.
func (r *run) putItBack(ctx context.Context, w write) error {
	return r.Repeat(ctx, r.Retry, isNotDone, func(ctx context.Context) error { return r.writeOnce(ctx, w) })
}

func (r *run) mayRepeat(err error) bool { return isNotDone(err) && !r.stopped() }

func isNotDone(err error) bool {
	var notDone *notDoneError
	return errors.As(err, &notDone)
}

// orStopped makes a write that was not repeated because the operator asked to stop an interruption, not a failure of
// the device.
func (r *run) orStopped(err error) error {
	if isNotDone(err) && r.stopped() {
		return fmt.Errorf("%w: %w", ErrInterrupted, err)
	}
	return err
}

// writeOnce sends a write once, and only to the unit whose backup was taken, and reads the device to find out whether
// the change happened: the device's answer proves nothing. The journal records the write before it is sent.
func (r *run) writeOnce(ctx context.Context, w write) error {
	if err := r.sendOnce(ctx, w); err != nil {
		return fmt.Errorf("%s: %w", w.what, err)
	}
	return nil
}

func (r *run) sendOnce(ctx context.Context, w write) error {
	if r.journalBroke != nil {
		return r.journalBroke
	}
	if err := r.sameUnit(ctx, w); err != nil {
		return err
	}
	if err := r.claim(); err != nil {
		return err
	}
	if err := r.recordFor(w, EventIntent, w.what); err != nil {
		return err
	}
	r.attempted = true
	if !w.isSave() {
		r.unit.waited = false
	}
	r.noteSent(w.changes)
	sent := w.send(ctx)
	r.recordAfter(EventAnswer, answerText(sent))
	err := r.findOutcome(ctx, w, sent)
	r.conclude(w, sent, err)
	return err
}

// claim marks a saved plan as used right before the first write: a run that is refused before that does not use it
// up.
func (r *run) claim() error {
	if r.Claim == nil || r.attempted {
		return nil
	}
	return r.Claim()
}

// sameUnit fails where another unit answers or the device restarted. The reading before a save ends with
// the status that shows it.
func (r *run) sameUnit(ctx context.Context, w write) error {
	if w.isSave() {
		return nil
	}
	status, err := r.newestStatus(ctx)
	mayWait := r.attempted || r.plan.Choice.SaveUnsaved
	if err == nil && !mayWait && MoreWaits(r.before.Status.SaveNeeded, status.SaveNeeded) {
		err = fmt.Errorf("%w: the device has unsaved changes that it did not have when the backup was made", ErrDrift)
	}
	if err != nil {
		return fmt.Errorf("before the write: %w", err)
	}
	return nil
}

// newestStatus is the one that was read beside the last reading, once, or a new one. A device whose status
// has no serial number is asked for its configuration, which may have one.
func (r *run) newestStatus(ctx context.Context) (audiocodes.Status, error) {
	beside := r.beside
	r.beside = nil
	if beside != nil && (beside.headed || beside.Serial != "" || r.unit.header == "") {
		return beside.Status, nil
	}
	status, err := r.Device.Status(ctx)
	if err == nil && status.Serial == "" {
		_, err = r.Device.Configuration(ctx)
	}
	return status, err
}

// besideStatus is a status that was read beside something else; headed: beside a configuration, whose
// head may say the serial number that the status does not.
type besideStatus struct {
	audiocodes.Status
	headed bool
}

// withUnit makes a reading and reads the status beside it, so that the next write need not wait for it.
// Of what the status can show, only another unit or a restart is an error here: whatever else fails is
// read again before the write.
// docs/design/remediate.md: A run writes to one unit
func (r *run) withUnit(ctx context.Context, read reading, headed bool) error {
	return r.proving(func() (beside *besideStatus, err error) {
		err = together(ctx, read, func(ctx context.Context) error {
			status, err := r.Device.Status(ctx)
			if errors.Is(err, errOtherUnit) {
				return err
			}
			if err == nil {
				beside = &besideStatus{status, headed}
			}
			return nil
		})
		return beside, err
	})
}

// proving keeps what shows the unit for the next write, unless a connection was made meanwhile: what was read beside
// it may have come later, over that connection and from another unit.
func (r *run) proving(read func() (*besideStatus, error)) (err error) {
	r.beside = nil
	stood := r.connections()
	beside, err := read()
	if r.connections() == stood {
		r.beside = beside
	}
	return err
}

func (r *run) connections() int64 {
	if r.Connections == nil {
		return 0
	}
	return r.Connections()
}

// conclude takes down what was found out about a write.
func (r *run) conclude(w write, sent, err error) {
	r.written = r.written || err == nil || !refused(sent)
	switch {
	case err == nil:
		r.noteShown(w.changes)
		_ = r.recordFor(w, w.event, "")
	case refused(sent):
		r.forget(w.changes)
		_ = r.recordFor(w, EventRefused, "")
	case sent == nil && errors.Is(err, errNotShown):
		_ = r.recordFor(w, EventAbsent, "")
	}
}

func answerText(err error) string {
	if err == nil {
		return "accepted"
	}
	return err.Error()
}

// findOutcome reads the device to find out whether the change happened, and keeps trying for a while if it can't be
// read right after the write.
func (r *run) findOutcome(ctx context.Context, w write, sent error) error {
	if errors.Is(sent, ErrDrift) {
		return sent // the write was not sent
	}
	shows, err := r.see(ctx, w)
	switch {
	case errors.Is(err, errOtherUnit):
		return err
	case err == nil && shows:
		return nil
	case refused(sent):
		return notHappened(sent, err)
	case errors.Is(err, ErrNotVerified):
		return err
	case err == nil && audiocodes.PutOff(sent):
		return &notDoneError{sent}
	}
	switch err := r.readUntilShown(ctx, w); {
	case err == nil, errors.Is(err, ErrNotVerified), errors.Is(err, errOtherUnit):
		return err
	case errors.Is(err, errNotYet) && sent == nil:
		return fmt.Errorf("%w: %w", ErrNotVerified, errNotShown)
	case errors.Is(err, errNotYet):
		return fmt.Errorf("%w: %w", ErrUnknown, sent)
	default:
		return fmt.Errorf("%w: %w", ErrUnknown, err)
	}
}

// readUntilShown reads the device again until the change shows or Settle is over.
func (r *run) readUntilShown(ctx context.Context, w write) error {
	again := func(err error) bool {
		return !errors.Is(err, ErrNotVerified) && !errors.Is(err, errOtherUnit) && ctx.Err() == nil
	}
	patience := r.Settle
	if w.slow {
		patience.For = max(patience.For, r.Retry.For)
	}
	return r.Repeat(ctx, patience, again, func(ctx context.Context) error {
		shows, err := r.see(ctx, w)
		if err != nil || shows {
			return err
		}
		return errNotYet
	})
}

// notHappened returns the error of a write that the device refused. If the configuration changed all the same,
// someone else did it, so it is not put back; a missing root counts as damage all the same, for no administrator
// removes one at just that moment.
func notHappened(sent, read error) error {
	var damage *damageError
	switch {
	case errors.As(read, &damage):
		return fmt.Errorf("%w: %s; our own change was refused: %w", ErrDrift, damage.what, sent)
	case errors.Is(read, ErrDamaged):
		return fmt.Errorf("%w; the device refused what was asked: %v", read, sent)
	case read == nil && audiocodes.NotDone(sent):
		return &notDoneError{sent}
	default:
		return sent
	}
}

// refused reports whether a write did not happen: the device refused it, or was never reached.
func refused(err error) bool {
	if err == nil {
		return false
	}
	if audiocodes.NotDone(err) {
		return true
	}
	return isAny(err, audiocodes.ErrRejected, audiocodes.ErrUnauthorized, audiocodes.ErrForbidden,
		audiocodes.ErrUnsupported, audiocodes.ErrReadOnly, audiocodes.ErrHeldBack, audiocodes.ErrGuard)
}

func isAny(err error, kinds ...error) bool {
	return slices.ContainsFunc(kinds, func(kind error) bool { return errors.Is(err, kind) })
}
