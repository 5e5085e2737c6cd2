package remediate

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/acfix/acfix/audiocodes"
)

// prepare is what comes between the backup and the first write: an HA pair must be ready.
func (r *run) prepare(ctx context.Context) error {
	if err := r.refuseFullStore(); err != nil {
		return err
	}
	return r.waitUntilReady(ctx)
}

// refuseFullStore refuses a store that the imports would overfill. Its size is known only roughly, so the plan just
// warns and still shows the steps.
func (r *run) refuseFullStore() error {
	for _, f := range r.result.Findings {
		if f.Code == StoreNearlyFull {
			r.escalate(f)
			return fmt.Errorf("%w: %s", ErrNoRoom, f.Message)
		}
	}
	return nil
}

// waitUntilReady waits for an HA pair: while its redundant unit synchronises, for minutes, it refuses changes
// (LTRT-41761, status 409).
func (r *run) waitUntilReady(ctx context.Context) error {
	if r.before.Status.Ready() {
		return nil
	}
	notReady := func(err error) bool { return errors.Is(err, ErrNotReady) && !r.stopped() }
	err := r.Repeat(ctx, r.Retry, notReady, func(ctx context.Context) error {
		status, err := r.Device.Status(ctx)
		if err != nil || status.Ready() {
			return err
		}
		return fmt.Errorf("%w: high availability is %q", ErrNotReady, status.HighAvailability)
	})
	switch {
	case errors.Is(err, ErrNotReady) && r.stopped():
		return fmt.Errorf("%w: while waiting for the HA pair", ErrInterrupted)
	case errors.Is(err, ErrNotReady):
		r.escalate(finding(HANotReady, r.before.Status.HighAvailability))
	}
	return err
}

// escalate makes a finding the reason why the run writes nothing.
func (r *run) escalate(f Finding) {
	f.Level = Problem
	isSame := func(known Finding) bool { return known.Code == f.Code }
	r.result.Findings = append(slices.DeleteFunc(slices.Clone(r.result.Findings), isSame), f)
}

// readAlarms takes down what was wrong before the run. A device without that list has none to
// compare with, which does not stop the run.
func (r *run) readAlarms(ctx context.Context) error {
	alarms, err := r.Device.ActiveAlarms(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return err
	case err != nil:
		return nil
	}
	r.alarmsBefore, r.result.Alarms = &alarms, descriptions(alarms)
	return nil
}

// readNewAlarms takes down which alarms are active, after the save, that were not before the run. A list
// that can't be read changes nothing.
func (r *run) readNewAlarms(ctx context.Context) error {
	if now, err := r.Device.ActiveAlarms(ctx); err == nil {
		r.alarmsAfter, r.raised = &now, newAlarms(r.result.Alarms, now)
	}
	return nil
}

func (r *run) reportAlarms() {
	for _, alarm := range r.raised {
		r.result.Findings = append(slices.Clone(r.result.Findings), finding(NewAlarm, alarm))
	}
}

func descriptions(alarms audiocodes.Alarms) []string {
	texts := []string{}
	for _, alarm := range alarms.Active {
		texts = append(texts, alarm.Description)
	}
	return texts
}

// newAlarms are those that were not active before; none where that was not told (nil).
func newAlarms(before []string, active audiocodes.Alarms) []string {
	if before == nil {
		return nil
	}
	return slices.DeleteFunc(descriptions(active), func(alarm string) bool { return slices.Contains(before, alarm) })
}
