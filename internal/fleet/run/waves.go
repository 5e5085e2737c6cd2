package run

import (
	"slices"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/usage"
)

// DefaultBatch is the --batch of an apply to many devices that is given none.
const DefaultBatch = "1,10%,100%"

// manyDevices is the number of devices from which DefaultBatch applies.
const manyDevices = 11

// Waves returns the wave of each device under --batch, counted from 1; a device that is gone counts in the last one. It
// refuses a tag that no device has: without its canaries a run would begin with the next, larger wave.
func Waves(list string, all []*access.Device) ([]int, error) {
	batches, err := parseBatches(list)
	if err != nil {
		return nil, err
	}
	devices := make([]rollout.Member, len(all))
	for i, device := range all {
		devices[i].Tags, devices[i].Gone = device.Tags, device.Gone != nil
	}
	for _, batch := range batches {
		has := func(device rollout.Member) bool { return slices.Contains(device.Tags, batch.Tag()) }
		if batch.Tag() != "" && !slices.ContainsFunc(devices, has) {
			return nil, usage.Errorf("--batch: no device of this run has the tag %q", batch.Tag()).
				Hint("correct the tag; tags come from the inventory")
		}
	}
	waves := rollout.Waves(devices, batches)
	numbers := slices.Repeat([]int{max(1, len(waves))}, len(all))
	for n, wave := range waves {
		for _, place := range wave {
			numbers[place] = n + 1
		}
	}
	return numbers, nil
}

// parseBatches reads --batch; "" is one wave.
func parseBatches(list string) ([]rollout.Batch, error) {
	if list == "" {
		return nil, nil
	}
	batches, err := rollout.ParseBatches(list)
	if err != nil {
		return nil, usage.Errorf("--batch: %s", err).Hint("write it as in --batch tag:canary,25%,100%")
	}
	return batches, nil
}

// Batches returns the given --batch, or its default.
func Batches(action, given string, devices int) string {
	if given == "" && (action == ActionApply || action == ActionRestore) && devices >= manyDevices {
		return DefaultBatch
	}
	return given
}
