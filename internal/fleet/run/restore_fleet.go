package run

import (
	"context"

	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// RestoreFleet undoes on many devices what one run did there. It is a run of its own: with the rule for credentials, a
// failure budget and a result for each device.
type RestoreFleet struct {
	*Run
	Works []*Restore // by place
	// Plans are made by Read; one that is Errored before it is not made, for its backup can't be used.
	Plans []remediate.RestorePlan
	// Terms confirm no serial number: the unit of the backup must answer. A serial number that is confirmed for one
	// device of the run must not let it pass for another.
	Terms remediate.RestoreTerms

	unstarted map[int]remediate.Failure // devices that Read did not start
}

// Read plans every device with clients that are unable to write.
func (f *RestoreFleet) Read(settings Settings) error {
	rules, err := settings.Reading(false)
	if err != nil {
		return err
	}
	f.unstarted = map[int]remediate.Failure{}
	unusable := func(place int) bool { return f.Plans[place].Error != nil }
	return f.Drive(Reading, rules, unusable, restoreReader{f}, func(place int, why remediate.Failure) error {
		f.unstarted[place] = why
		return nil
	})
}

// Changes returns the places of the devices with steps to take.
func (f *RestoreFleet) Changes() []int {
	var places []int
	for place, plan := range f.Plans {
		if plan.Verdict == remediate.Change {
			places = append(places, place)
		}
	}
	return places
}

// Write carries the plans out, wave by wave. refused are the devices whose plan the operator did not confirm.
func (f *RestoreFleet) Write(settings Settings, terms WriteTerms, refused map[int]*remediate.Failure) error {
	rules, err := settings.Writing(len(f.Devices))
	if err != nil {
		return err
	}
	rules.Soak = 0 // a restore has no wish to hold against the device later
	settled := func(place int) bool {
		return f.Plans[place].Verdict != remediate.Change || refused[place] != nil
	}
	for place := range f.Devices {
		if !settled(place) {
			continue
		}
		if err := f.Book.PutResult(place, f.unwritten(place, refused[place])); err != nil {
			return err
		}
	}
	return f.Drive(Writing, rules, settled, restoreWriter{f, terms}, func(place int, why remediate.Failure) error {
		return f.Book.PutResult(place, f.skipped(place, &why))
	})
}

// unwritten is the result of a device to which nothing is written.
func (f *RestoreFleet) unwritten(place int, refused *remediate.Failure) remediate.DeviceResult {
	if why, skipped := f.unstarted[place]; skipped {
		return f.skipped(place, &why)
	}
	if refused != nil {
		return f.skipped(place, refused)
	}
	return remediate.NewRestoreResult(f.Plans[place])
}

func (f *RestoreFleet) skipped(place int, why *remediate.Failure) remediate.DeviceResult {
	plan := f.Plans[place]
	if plan.Verdict == "" {
		plan = remediate.ErrorRestorePlan(why)
		plan.Target, plan.URL = f.Devices[place].Name, f.Devices[place].URL
	}
	result := remediate.NewRestoreResult(plan)
	result.Status, result.Error = remediate.Skipped, why
	return result
}

type restoreReader struct{ *RestoreFleet }

func (r restoreReader) Execute(_ context.Context, place int) (rollout.Outcome, error) {
	work := r.Works[place]
	backup := r.Plans[place].Backup
	plan := work.Plan(r.Terms)
	if r.Withdrew(place) {
		return rollout.Aside, nil
	}
	plan.Target, plan.URL, plan.Backup = work.Device.Name, work.Device.URL, backup
	plan.Taken = work.Point.Before.Taken
	r.Plans[place] = plan
	if plan.Error != nil {
		return OfFailure(plan.Error), nil
	}
	return rollout.Well, nil
}

// Check is never ordered: nothing was written.
func (r restoreReader) Check(context.Context, int) (rollout.Outcome, error) { return rollout.Well, nil }

type restoreWriter struct {
	*RestoreFleet
	terms WriteTerms
}

func (w restoreWriter) Execute(_ context.Context, place int) (rollout.Outcome, error) {
	if err := w.Book.Start(place); err != nil {
		return rollout.Untouched, err
	}
	work := w.Works[place]
	work.Progress = func(step remediate.Step, number, of int) { w.Watch.Stepping(place, step, number, of) }
	result := work.CarryOut(w.Plans[place], w.terms)
	if w.Withdrew(place) {
		return rollout.Aside, nil
	}
	if err := w.Book.PutResult(place, result); err != nil {
		return rollout.Untouched, err
	}
	w.Watch.Worked(place, result)
	return OfResult(result), nil
}

// Check is never ordered: a restore has no soak.
func (w restoreWriter) Check(context.Context, int) (rollout.Outcome, error) { return rollout.Well, nil }

// Ask has the clients ask the rule for credentials.
func (r restoreReader) Ask(may func(place int) bool) { r.AskBefore(may) }
func (w restoreWriter) Ask(may func(place int) bool) { w.AskBefore(may) }

var (
	_ rollout.Asking = restoreReader{}
	_ rollout.Asking = restoreWriter{}
)

// restoreOutcomeOf is OutcomeOf for a restore, whose words say nothing of the wish: what it wrote to is to be read anew.
func restoreOutcomeOf(result remediate.DeviceResult) store.Outcome {
	outcome := store.Outcome{Status: string(result.Status)}
	if result.WasWrittenTo() {
		outcome.Known = string(remediate.Change)
	}
	return outcome
}
