package run

import (
	"cmp"
	"context"
	"slices"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/records/runs"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// Standing is the progress of a run's devices, by their places.
type Standing struct {
	Done  []bool // need not be touched again
	Owed  []bool // applied, but the post-soak check is outstanding
	Begun []bool // were written to, or may have been
	// Earlier holds the known results of devices that an earlier process started, by place.
	Earlier map[int]remediate.DeviceResult
}

// NewStanding returns the progress of a run that begins.
func NewStanding(devices int) Standing {
	return Standing{
		Done: make([]bool, devices), Owed: make([]bool, devices), Begun: make([]bool, devices),
		Earlier: map[int]remediate.DeviceResult{},
	}
}

// wellEnded are the verdicts and statuses of devices that a resumed run does not touch again.
var wellEnded = map[string][]string{
	ActionPlan: {
		string(remediate.Compliant), string(remediate.Change), string(remediate.Blocked),
		string(remediate.NotApplicable),
	},
	ActionApply: {
		string(remediate.Applied), string(remediate.Unchanged), string(remediate.Compliant),
		string(remediate.NotApplicable),
	},
}

// Devices reads the devices of a run from its store, and their progress with an action.
func Devices(
	ctx context.Context, opened *store.Store, run, action string,
) (devices []*access.Device, stand Standing, err error) {
	stand.Earlier = map[int]remediate.DeviceResult{}
	for device, err := range opened.Devices(ctx, run) {
		if err != nil {
			return nil, stand, err
		}
		done := slices.Contains(wellEnded[action], cmp.Or(device.Status, device.Verdict))
		result, begun, owed, err := cutOff(device)
		if err != nil {
			return nil, stand, err
		}
		if begun && !done && device.Result != nil {
			stand.Earlier[len(devices)] = result
		}
		devices = append(devices, &access.Device{Name: device.Target, URL: device.URL})
		stand.Done = append(stand.Done, done)
		stand.Begun = append(stand.Begun, !done && begun)
		stand.Owed = append(stand.Owed, owed)
	}
	return devices, stand, nil
}

// IsBegun reports whether a run has backed up a device or written to it, or may have. The process that
// resumes the run must read such a device before anything else.
func IsBegun(device store.Device) (bool, error) {
	_, begun, _, err := cutOff(device)
	return begun, err
}

// cutOff returns the result of a device, whether it was backed up or written to (or may have been), and
// whether the post-soak check is outstanding. A device that was refused or unreachable does not count as begun:
// a saved plan must still fit it exactly.
func cutOff(device store.Device) (result remediate.DeviceResult, begun, owed bool, err error) {
	if device.Result != nil {
		err = runs.Decode(device.Result, &result)
	}
	if device.State == store.DeviceRunning || device.Result == nil || device.Status == string(remediate.Stale) {
		return result, device.State == store.DeviceRunning, false, err
	}
	return result, result.WasWrittenTo() || slices.ContainsFunc(result.Steps, isDone), owesReading(result), err
}

func owesReading(result remediate.DeviceResult) bool {
	return result.Status == remediate.Applied && result.ReadAgain == ""
}

func isDone(step remediate.StepResult) bool { return step.Status == remediate.StepDone }
