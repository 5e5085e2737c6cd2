package run

import (
	"context"
	"slices"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/records/runs"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// Standing is how far the devices of a run are, each in its place.
type Standing struct {
	Done  []bool // need not be touched again
	Owed  []bool // applied, and not read again since
	Begun []bool // were written to, or may have been
	// Earlier is what devices that were begun with came to, by place, as far as it is known.
	Earlier map[int]remediate.DeviceResult
}

// NewStanding is that of a run that begins.
func NewStanding(devices int) Standing {
	return Standing{Done: make([]bool, devices), Owed: make([]bool, devices), Begun: make([]bool, devices), Earlier: map[int]remediate.DeviceResult{}}
}

// wellEnded are the verdicts and statuses of devices that a resumed run does not touch again.
var wellEnded = map[string][]string{
	ActionPlan:  {string(remediate.Compliant), string(remediate.Change), string(remediate.Blocked), string(remediate.NotApplicable)},
	ActionApply: {string(remediate.Applied), string(remediate.Unchanged), string(remediate.Compliant), string(remediate.NotApplicable)},
}

// Devices are those of a run that a store keeps, and how far they are for an action.
func Devices(ctx context.Context, opened *store.Store, run, action string) (devices []*access.Device, stand Standing, err error) {
	stand.Earlier = map[int]remediate.DeviceResult{}
	for device, err := range opened.Devices(ctx, run) {
		if err != nil {
			return nil, stand, err
		}
		came := device.Verdict
		if device.Status != "" {
			came = device.Status
		}
		done := slices.Contains(wellEnded[action], came)
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

// IsBegun tells whether a device was backed up or written to by its run, or may have been: whoever
// goes on with it reads first what was done.
func IsBegun(device store.Device) (bool, error) {
	_, begun, _, err := cutOff(device)
	return begun, err
}

// cutOff is what a device came to, whether it was backed up or written to, or may have been, and
// whether no soak has read again what was applied. One that was refused, or could not be reached, was not
// begun with: a saved plan still has to fit it as it was made.
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
