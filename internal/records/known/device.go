// Package known says what the store knows of each device: the verdict of its last reading, and what its last run came
// to. The two are apart, so that a run that could not work on a device hides nothing. Nothing here reads a clock.
package known

import (
	"context"
	"encoding/json"
	"time"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// Device is a device as it was met at one address, or, after Merge, wherever it was met.
type Device struct {
	Name, URL   string
	Addresses   []string // where it was met, the present one first
	Inventory   string   // of its last run; "" for none
	Serial, MAC string   // as last reported
	Firmware    string
	Listed      bool     // an inventory of the jobs has it
	Placed      bool     // and at this address
	Tags, Jobs  []string // as the inventories have them, and the jobs that work on it

	Verdict string    // of the last reading; "" if it was never read
	Read    time.Time // when that was
	ReadRun string
	Missing int // required roots that it lacked then; -1 if no store was read
	// Obstacles are the codes of the findings that blocked the device at its last reading.
	Obstacles []string

	Result    string    // of the last run: a status, or a verdict where a plan alone decides; "" for none
	Ended     time.Time // when that was
	ResultRun string
	Failure   string // code of the error in that run; "" for none
}

// planned is the part of a plan's document that counts here.
type planned struct {
	Skipped  bool                    `json:"skipped"`
	Device   remediate.Identity      `json:"device"`
	Contexts []remediate.ContextPlan `json:"contexts"`
	Findings []struct {
		Code  string          `json:"code"`
		Level remediate.Level `json:"level"`
	} `json:"findings"`
	Error failed `json:"error"`
}

// failed is the part of an error that counts here.
type failed struct {
	Code string `json:"code"`
}

// obstacles returns the codes of the findings that a person must settle first.
func (p planned) obstacles() []string {
	var codes []string
	for _, finding := range p.Findings {
		if finding.Level == remediate.Problem {
			codes = append(codes, finding.Code)
		}
	}
	return codes
}

// planOf reads a plan; an unreadable one counts as none.
func planOf(text json.RawMessage) planned {
	var read planned
	if text == nil || json.Unmarshal(text, &read) != nil {
		return planned{}
	}
	return read
}

// Of returns the device at one address.
func Of(at store.Latest) Device {
	d := Device{URL: at.URL, Addresses: []string{at.URL}, Inventory: at.Inventory, Missing: -1}
	if row := at.Read; row != nil {
		plan := planOf(row.Reading())
		d.Name, d.Serial, d.MAC = row.Target, row.Serial, row.MAC
		d.Verdict, d.Read, d.ReadRun = row.Known, row.KnownAt, row.Run
		d.Firmware = plan.Device.Firmware
		if d.Verdict == string(remediate.Blocked) {
			d.Obstacles = plan.obstacles()
		}
		if missing, counted := (remediate.DevicePlan{Contexts: plan.Contexts}).MissingRoots(); counted {
			d.Missing = missing
			if d.Verdict == string(remediate.Compliant) {
				d.Missing = 0 // a run imported them, and verified that
			}
		}
	}
	if row := at.Ended; row != nil {
		d.Result, d.Ended, d.ResultRun, d.Failure = ResultOf(*row), row.Ended, row.Run, failureOf(*row)
		if d.Name == "" || !row.Ended.Before(d.Read) {
			d.Name = row.Target
		}
	}
	return d
}

// ResultOf is the word of a device in a run: of its result, or without one of its plan.
func ResultOf(row store.Device) string {
	switch {
	case row.Status != "":
		return row.Status
	case row.Plan != nil && planOf(row.Plan).Skipped:
		return string(remediate.Skipped)
	default:
		return row.Verdict
	}
}

// failureOf returns the code of a device's error in a run: of its result, or without one of its plan.
func failureOf(row store.Device) string {
	if row.Result == nil {
		return planOf(row.Plan).Error.Code
	}
	var result struct {
		Error failed `json:"error"`
	}
	if json.Unmarshal(row.Result, &result) != nil {
		return ""
	}
	return result.Error.Code
}

// Devices reads all devices of a store, each once, by address. A nil inventory lists all.
func Devices(ctx context.Context, from interface {
	Latest(ctx context.Context) store.Addresses
}, listed *Listed) ([]Device, error) {
	var all []Device
	for at, err := range from.Latest(ctx) {
		if err != nil {
			return nil, err
		}
		all = append(all, Of(at))
	}
	listed.Mark(all)
	return Merge(all), nil
}
