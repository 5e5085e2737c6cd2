package run

import (
	"context"
	"fmt"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/remediate"
)

// BackupResult is the outcome of backing up one device.
type BackupResult struct {
	Target string             `json:"target"`
	Status string             `json:"status"` // done or failed
	Backup string             `json:"backup"` // directory
	Error  *remediate.Failure `json:"error"`
	// Kept is the directory of a copy that is not a backup: a configuration that can't be parsed.
	Kept string `json:"kept,omitempty"`
}

// Archive opens the place where backups are kept.
type Archive func() (evidence.Backups, error)

// BackUp reads all devices, parallel of them at a time, and keeps what they sent. Credentials follow the same rule
// as in every other run. reading is called before each device is read.
func (r *Run) BackUp(parallel int, archive Archive, reading func(device string)) ([]BackupResult, error) {
	work := archivist{r, archive, reading, make([]BackupResult, len(r.Devices))}
	settings := rollout.Rules{Parallel: parallel, MaxUnreachable: rollout.Percent(100, 0)}
	none := func(int) bool { return false }
	err := r.Drive(Reading, settings, none, work, func(place int, why remediate.Failure) error {
		work.results[place] = notBackedUp(r.Devices[place], &why)
		return nil
	})
	return work.results, err
}

// archivist backs up one device after another.
type archivist struct {
	*Run
	archive Archive
	reading func(device string)
	results []BackupResult // each in the place of its device
}

func (w archivist) Execute(_ context.Context, place int) (rollout.Outcome, error) {
	result := w.backUp(w.Devices[place])
	if w.Withdrew(place) {
		return rollout.Aside, nil
	}
	w.results[place] = result
	w.faults.noteFailure(result.Error)
	if result.Error == nil {
		return rollout.Well, nil
	}
	return OfFailure(result.Error), nil
}

// Ask has the clients ask the rule for credentials.
func (w archivist) Ask(may func(place int) bool) { w.AskBefore(may) }

// Check is never ordered: nothing was written.
func (w archivist) Check(context.Context, int) (rollout.Outcome, error) { return rollout.Well, nil }

func (w archivist) backUp(device *access.Device) BackupResult {
	if failure := device.NoPassword; failure != nil {
		return notBackedUp(device, failure)
	}
	ctx, cancel := w.Reading()
	defer cancel()
	client := device.Reader()
	defer client.Close()
	w.reading(device.Name)
	snapshot, err := remediate.TakeSnapshot(ctx, client, w.Clock.Now)
	if remediate.Unjudged(err) {
		return w.keepUnjudged(ctx, device, client, err)
	}
	if err != nil {
		return notBackedUp(device, notTaken(err))
	}
	backups, err := w.archive()
	if err != nil {
		return notBackedUp(device, remediate.Fail(fmt.Errorf("%w: %w", remediate.ErrBackup, err)))
	}
	subject := evidence.Subject{Target: device.Name, URL: device.URL}
	directory, err := backups.Write(subject, "", snapshot, remediate.DevicePlan{})
	if err != nil {
		return notBackedUp(device, remediate.Fail(fmt.Errorf("%w: %w", remediate.ErrBackup, err)))
	}
	return BackupResult{Target: device.Name, Status: "done", Backup: directory}
}

func notBackedUp(device *access.Device, why *remediate.Failure) BackupResult {
	return BackupResult{Target: device.Name, Status: "failed", Error: why}
}

// notTaken explains why a device could not be read. After a stop on request, what was being read at that moment
// says nothing about the device.
func notTaken(err error) *remediate.Failure {
	failure := remediate.Fail(err)
	if failure.Code == remediate.CodeInterrupted {
		failure.Message = stoppedReading
	}
	return failure
}

// keepUnjudged keeps what a device sent that acfix does not understand. It still fails, so that a caller who relies on
// the exit code does not take it for a backup.
func (w archivist) keepUnjudged(
	ctx context.Context, device *access.Device, client remediate.Reader, cause error,
) BackupResult {
	result := notBackedUp(device, remediate.Fail(cause))
	snapshot, why, err := remediate.TakeUnjudged(ctx, client, w.Clock.Now)
	if err != nil {
		result.Error = notTaken(err)
		return result
	}
	backups, err := w.archive()
	if err == nil {
		result.Kept, err = backups.Keep(evidence.Subject{Target: device.Name, URL: device.URL}, snapshot, why)
	}
	if err != nil {
		result.Error = remediate.Fail(fmt.Errorf("%w: %w; %w", remediate.ErrBackup, err, why))
		return result
	}
	result.Error = remediate.Fail(fmt.Errorf("%w; what the device sent is kept in %s", why, result.Kept))
	return result
}
