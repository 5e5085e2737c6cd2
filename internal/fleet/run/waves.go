package run

import (
	"slices"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/usage"
)

// DefaultBatch is the order of waves that an apply to many devices has of its own accord.
const DefaultBatch = "1,10%,100%"

// manyDevices is from how many on it has.
const manyDevices = 11

// Waves are the waves of --batch, counted from 1, for each device in its place. A tag
// that no device has is refused: without its canaries a run would begin with the next,
// larger wave.
func Waves(list string, all []*access.Device) ([]int, error) {
	batches, err := parseBatches(list)
	if err != nil {
		return nil, err
	}
	devices := make([]rollout.Member, len(all))
	for i, device := range all {
		devices[i].Tags = device.Tags
	}
	for _, batch := range batches {
		has := func(device rollout.Member) bool { return slices.Contains(device.Tags, batch.Tag()) }
		if batch.Tag() != "" && !slices.ContainsFunc(devices, has) {
			return nil, usage.Errorf("--batch: no device of this run has the tag %q", batch.Tag()).
				Hint("correct the tag; tags come from the inventory")
		}
	}
	numbers := make([]int, len(all))
	for n, wave := range rollout.Waves(devices, batches) {
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

// Batches is --batch, or what holds without it.
func Batches(action, given string, devices int) string {
	if given == "" && action == ActionApply && devices >= manyDevices {
		return DefaultBatch
	}
	return given
}
