package remediate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Recheck reads a device again, some time after plan was applied to it with result. It returns result with the time
// of this reading, or a failed result if a change got lost, something is unsaved, the device can't be read, or an
// alarm is active that was not active before the run (ErrNotKept, ErrNewAlarm, or the error of the reading). It
// writes nothing, and returns a result that is not Applied unchanged.
func Recheck(
	ctx context.Context, device AlarmReader, plan DevicePlan, result DeviceResult, terms Terms, now func() time.Time,
) DeviceResult {
	if result.Status != Applied {
		return result
	}
	terms.Choice, terms.Earlier = plan.Choice, Earlier{}
	if err := checkKept(ctx, device, plan, &result, terms, now); err != nil {
		return notKept(result, err)
	}
	result.ReadAgain = now().UTC().Format(time.RFC3339)
	return result
}

// notKept returns the result with the failure of a later reading.
func notKept(result DeviceResult, err error) DeviceResult {
	result.Status, result.Error = Failed, Fail(fmt.Errorf("read again after the run: %w", err))
	result.Error.Hint += " When the run ended, the change was there, verified and saved."
	if errors.Is(err, ErrNewAlarm) {
		keeps := func(step StepResult) bool { return !step.Kind.Changes() }
		result.LeftOnDevice = slices.DeleteFunc(slices.Clone(result.Steps), keeps)
	}
	return result
}

// checkKept fails unless the same device answers, with nothing left to do or to save and no new alarm. It puts into
// the result what the device says of the Teams leg now.
func checkKept(
	ctx context.Context, device AlarmReader, plan DevicePlan, result *DeviceResult, terms Terms, now func() time.Time,
) error {
	state, err := ReadAlso(ctx, device, terms.Choice, Also{Policy: terms.Policy}, now)
	if err != nil {
		return err
	}
	if err := staysAsApplied(state, plan, terms); err != nil {
		return err
	}
	err = noNewAlarm(ctx, device, state.tables, result)
	if seen := result.BeforeAfter; seen != nil && seen.Calls != nil && seen.Calls.AfterSoak {
		result.BeforeAfter = seen.readCallsLater(ctx, device)
	}
	return err
}

func staysAsApplied(state State, plan DevicePlan, terms Terms) error {
	if was, is := plan.Device.Serial, state.Status.Serial; was != "" && was != is {
		return fmt.Errorf("%w: its serial number was %q and is %q", ErrNotKept, was, is)
	}
	if was, is := plan.Device.MAC, state.Status.MAC; differ(was, is) {
		return fmt.Errorf("%w: its MAC address was %s and is %s", ErrNotKept, was, is)
	}
	if now := Build(state, terms); now.Verdict != Compliant {
		return fmt.Errorf("%w: it is %s", ErrNotKept, stillOpen(now))
	}
	return nil
}

// noNewAlarm fails if an alarm is active that was not active before the run, or if the run could read the alarms and
// they can't be read now.
// docs/design/remediate.md: A soak compares with the time before the run
func noNewAlarm(ctx context.Context, device AlarmReader, t tables, result *DeviceResult) error {
	if result.Alarms == nil {
		return nil
	}
	active, err := device.ActiveAlarms(ctx)
	if err != nil {
		return err
	}
	if result.BeforeAfter != nil {
		result.BeforeAfter = result.BeforeAfter.readLater(t, &active)
	}
	fresh := newAlarms(result.Alarms, active)
	if len(fresh) == 0 {
		return nil
	}
	more := ""
	if n := len(fresh) - maxShown; n > 0 {
		fresh, more = fresh[:maxShown], fmt.Sprintf("; and %d more", n)
	}
	return fmt.Errorf("%w: %s%s", ErrNewAlarm, strings.Join(fresh, "; "), more)
}
