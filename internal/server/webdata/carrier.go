package webdata

import (
	"cmp"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/internal/span"
)

// carriers returns the jobs that carry out the plan of a run that waits for approval or is approved.
func (s *Provider) carriers(planned store.Run, devices int) []web.Carrier {
	if planned.State != store.RunWaiting && planned.State != store.RunApproved || planned.Job == "" {
		return nil
	}
	var found []web.Carrier
	for _, j := range s.JobsFile.Jobs {
		if j.PlanJob == planned.Job {
			carrier := carrierOf(j, s.Now(), tooOldFor(j, planned))
			carrier.Waves = wavesInWords(j.Settings, devices)
			found = append(found, carrier)
		}
	}
	return found
}

// tooOldFor returns when the plan of a run is too old for a job: by the job, or by the run's own record.
func tooOldFor(j jobs.Job, planned store.Run) time.Time {
	byJob, byRecord := planned.Created.Add(j.Settings.MaxAge.Value), planned.Expires()
	if byRecord.Before(byJob) {
		return byRecord
	}
	return byJob
}

func carrierOf(j jobs.Job, now, until time.Time) web.Carrier {
	return web.Carrier{
		Job: j.Name, Schedule: scheduleInWords(j.Schedule), Window: j.Settings.Window.Value, Opens: opens(j, now),
		Until: inZone(j, until), Next: nextWrite(j, now, until),
	}
}

// inZone returns a time in the zone of a job's schedule; without one, in UTC.
func inZone(j jobs.Job, at time.Time) time.Time {
	if j.Schedule.Zone == nil {
		return at.UTC()
	}
	return at.In(j.Schedule.Zone)
}

// wavesInWords returns the waves of an apply to so many devices, and its soak; "" for one wave.
func wavesInWords(settings run.Settings, devices int) string {
	batches := run.Batches(run.ActionApply, settings.Batch.Value, devices)
	if batches == "" {
		return ""
	}
	waves := strings.Join(strings.Split(batches, ","), ", ")
	if soak := settings.Soak.Value; soak > 0 {
		waves += "; soak of " + span.Words(soak, time.Second) + " after each"
	}
	return waves
}

// scheduleInWords returns the words of a schedule, or its fields where it has no short words; "" for none.
func scheduleInWords(schedule jobs.Schedule) string {
	if schedule.Text == "" {
		return ""
	}
	return cmp.Or(schedule.Words(), expression(schedule))
}

func expression(schedule jobs.Schedule) string { return schedule.Text + " " + schedule.Zone.String() }

// opens returns when the change window of a job opens next; the zero time while it is open, and without one.
func opens(j jobs.Job, now time.Time) time.Time {
	if next := j.Settings.Opens(); next != nil && !j.Settings.IsOpen(now) {
		return next(now)
	}
	return time.Time{}
}

// mostTries bounds the search for a planned time that lies in the change window.
const mostTries = 1000

// nextWrite returns the first planned time of a job until a time at which its change window is open: at any other it
// writes nothing. It returns the zero time if there is none.
// docs/design/server.md: The next time of an approval is one that writes
func nextWrite(j jobs.Job, now, until time.Time) time.Time {
	next := jobs.Next(j, now)
	for range mostTries {
		if next.IsZero() || next.After(until) {
			return time.Time{}
		}
		opens := opens(j, next)
		if opens.IsZero() {
			return next
		}
		next = jobs.Next(j, opens.Add(-time.Nanosecond))
	}
	return time.Time{}
}
