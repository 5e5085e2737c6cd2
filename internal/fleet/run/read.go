package run

import (
	"context"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/remediate"
)

// Read plans every unfinished device, with clients that are unable to write, and checks all plans together.
func (r *Run) Read(settings rollout.Rules) error {
	settled := func(place int) bool { return r.Done[place] }
	if err := r.rememberBegun(); err != nil {
		return err
	}
	skip := func(place int, why remediate.Failure) error { return r.keepPlan(place, r.unplanned(place, why)) }
	if err := r.Drive(Reading, settings, settled, r.hands(Reading, settings, reader{r}), skip); err != nil {
		return err
	}
	return r.Survey()
}

// rememberBegun marks started devices again: a new plan replaces the result that shows that a device was
// started, and this run may be cut off too.
func (r *Run) rememberBegun() error {
	for place, begun := range r.Begun {
		if !begun {
			continue
		}
		if err := r.Book.Start(place); err != nil {
			return err
		}
	}
	return nil
}

// Reader returns an executor that plans one device after another.
func (r *Run) Reader() rollout.Executor { return reader{r} }

type reader struct{ *Run }

func (r reader) Execute(_ context.Context, place int) (rollout.Outcome, error) {
	plan := r.planDevice(place, r.Devices[place].Choice)
	if r.Withdrew(place) {
		return rollout.Aside, nil
	}
	switch {
	case plan.Error == nil:
	case r.Begun[place]:
		left := Left(*plan.Error)
		plan.Error = &left
	case plan.Error.Code == remediate.CodeInterrupted:
		plan = NotRead(plan)
	}
	if err := r.keepPlan(place, plan); err != nil {
		return rollout.Untouched, err
	}
	r.Watch.Planned(place, plan)
	return OfPlan(plan), nil
}

// Check is never ordered: nothing was written.
func (r reader) Check(context.Context, int) (rollout.Outcome, error) { return rollout.Well, nil }

// planDevice reads one device and decides.
func (r *Run) planDevice(place int, choice remediate.Choice) remediate.DevicePlan {
	device := r.Devices[place]
	plan := r.decide(device, choice)
	plan.Target, plan.URL = device.Name, device.URL
	plan.Findings = remediate.Waive(plan.Findings, device.Waivers, r.Clock.Now())
	return plan
}

// certificatePatience limits how long a plan waits for the SBC's own certificate. Nothing is planned from it,
// so it must not delay the plan for as long as the readings that decide may take.
const certificatePatience = 30 * time.Second

func (r *Run) decide(device *access.Device, choice remediate.Choice) remediate.DevicePlan {
	if device.NoPassword != nil {
		failed := remediate.ErrorPlan(nil)
		failed.Error = device.NoPassword
		return failed
	}
	ctx, cancel := r.Reading()
	defer cancel()
	client := device.Reader()
	defer client.Close()
	terms := termsOf(device, choice)
	terms.Memo = r.memo
	state, err := r.read(ctx, client, device, choice)
	if err != nil {
		return remediate.ErrorPlan(err)
	}
	told := remediate.Identity{Serial: state.Status.Serial, MAC: state.Status.MAC}
	terms.Earlier, err = evidence.Earlier(r.Evidence, evidence.DeviceOf(device.Name, device.URL, told))
	if err != nil {
		return remediate.ErrorPlan(err)
	}
	return remediate.Build(state, terms)
}

func (r *Run) read(
	ctx context.Context, client remediate.Reader, device *access.Device, choice remediate.Choice,
) (remediate.State, error) {
	var also remediate.Also
	if !device.NoCertCheck {
		also.Certificates = certificatePatience
	}
	return remediate.ReadAlso(ctx, client, choice, also, r.Clock.Now)
}

func termsOf(device *access.Device, choice remediate.Choice) remediate.Terms {
	return remediate.Terms{
		Policy: certs.TeamsPolicy(), Choice: choice,
		InsecureTLS: device.Trust.Insecure, OldTLS: device.OldTLS, LegacyCiphers: device.Trust.LegacyCiphers,
	}
}

// unplanned is the plan of a device that this process never started.
func (r *Run) unplanned(place int, why remediate.Failure) remediate.DevicePlan {
	plan := Unstarted(r.Devices[place], why)
	if r.Begun[place] {
		why = Left(why)
		plan.Error, plan.Skipped = &why, false
	}
	return plan
}
