package run

import (
	"context"
	"errors"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

// Read plans every unfinished device, with clients that are unable to write, and checks all plans together.
func (r *Run) Read(settings rollout.Rules) error {
	settled := func(place int) bool { return r.Done[place] }
	if err := r.rememberBegun(); err != nil && !isOfStore(err) {
		return err
	} else if err != nil {
		r.StopFor(err)
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
	plan := r.planRecent(place)
	r.loads.keep(place, plan)
	if r.Withdrew(place) {
		return rollout.Aside, nil
	}
	r.faults.noteFailure(plan.Error)
	switch {
	case plan.Error == nil:
	case r.Begun[place]:
		left := Left(*plan.Error)
		plan.Error = &left
	case plan.Error.Code == remediate.CodeInterrupted:
		plan = NotRead(plan)
	case plan.Error.Code == remediate.CodeLocalFault:
		plan.Skipped = true
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
	return r.plannedBy(place, choice, func(device *access.Device) remediate.DevicePlan {
		client := device.Reader()
		defer client.Close()
		plan, _ := r.decide(device, client, choice, false)
		return plan
	})
}

// planRecent does the same for a device that is perhaps written to right after, and keeps what it read.
func (r *Run) planRecent(place int) remediate.DevicePlan {
	choice := r.Devices[place].Choice
	if r.Devices[place].Export != nil {
		return r.plannedBy(place, choice, func(device *access.Device) remediate.DevicePlan {
			return r.decideOffline(device, choice)
		})
	}
	if !r.writesNext || !r.recent.takes() {
		return r.planDevice(place, choice)
	}
	return r.plannedBy(place, choice, func(device *access.Device) remediate.DevicePlan {
		client, open := device.WriterOf()
		plan, state := r.decide(device, client, choice, true)
		if plan.Verdict != remediate.Change || deviceOf(plan).Nameless() {
			client.Close()
			return plan
		}
		r.keep(place, &recentReading{
			client: client, open: open, state: state, device: device, connections: device.Connections(),
		})
		return plan
	})
}

func (r *Run) plannedBy(
	place int, choice remediate.Choice, decide func(*access.Device) remediate.DevicePlan,
) remediate.DevicePlan {
	device := r.Devices[place]
	r.recent.drop(place) // an older reading holds the connections that this one needs
	plan := remediate.ErrorPlan(nil)
	plan.Error = device.NoPassword
	if device.NoPassword == nil {
		plan = decide(device)
	}
	plan.Target, plan.URL = device.Name, device.URL
	plan.Findings = remediate.Waive(plan.Findings, device.Waivers, r.Clock.Now())
	return plan
}

// certificatePatience limits how long a plan waits for the SBC's own certificate. Nothing is planned from it,
// so it must not delay the plan for as long as the readings that decide may take.
const certificatePatience = 30 * time.Second

// decide plans from one reading, which it returns too; forBackup reads what only a backup needs.
func (r *Run) decide(
	device *access.Device, client remediate.Reader, choice remediate.Choice, forBackup bool,
) (remediate.DevicePlan, remediate.State) {
	ctx, cancel := r.Reading()
	defer cancel()
	also := remediate.Also{Policy: r.Policy, Default: forBackup}
	if !device.NoCertCheck {
		also.Certificates = certificatePatience
	}
	state, err := remediate.ReadAlso(ctx, client, choice, also, r.Clock.Now)
	if err != nil {
		return remediate.ErrorPlan(err), state
	}
	terms := r.termsOf(device, choice)
	told := remediate.Identity{Serial: state.Status.Serial, MAC: state.Status.MAC}
	terms.Earlier, err = evidence.Earlier(r.Evidence, evidence.DeviceOf(device.Name, device.URL, told))
	if err != nil {
		return remediate.ErrorPlan(err), state
	}
	return r.build(state, terms), state
}

func (r *Run) build(state remediate.State, terms remediate.Terms) remediate.DevicePlan {
	terms.Memo = r.memo
	plan := remediate.Build(state, terms)
	if r.loads != nil {
		plan.SwitchLoad = state.SwitchLoad(plan.Steps)
	}
	return plan
}

// decideOffline plans from a file. What earlier runs left is not looked for: the file is perhaps older than they are.
func (r *Run) decideOffline(device *access.Device, choice remediate.Choice) remediate.DevicePlan {
	read, err := device.Export()
	if err != nil {
		return unreadable(err).From(read.Source)
	}
	read.NoCertCheck = device.NoCertCheck
	state, err := read.State(r.Policy, choice, r.Clock.Now())
	if err != nil {
		return unreadable(err).From(read.Source)
	}
	return r.build(state, r.termsOf(device, choice))
}

// unreadable is the plan of a file from which no device can be read. What the operator can do stands in the error.
func unreadable(err error) remediate.DevicePlan {
	plan := remediate.ErrorPlan(err)
	var wrong *usage.Error
	switch {
	case errors.As(err, &wrong):
		plan.Error = &remediate.Failure{Code: remediate.CodeBadAnswer, Message: wrong.Problem, Hint: wrong.Hint}
	case errors.Is(err, backup.ErrDamaged):
		plan.Error = evidence.Damaged(err)
	case errors.Is(err, audiocodes.ErrBadAnswer):
		plan.Error.Hint = "Export the whole configuration again; a part of a file can't be judged."
	}
	return plan
}

func (r *Run) termsOf(device *access.Device, choice remediate.Choice) remediate.Terms {
	return remediate.Terms{
		Policy: r.Policy, Choice: choice,
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
