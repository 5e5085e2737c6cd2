package main

import (
	"slices"

	"github.com/acfix/acfix/fleet"
	"github.com/acfix/acfix/misuse"
	"github.com/acfix/acfix/target"
)

// waveNumbers are the waves of --batch, counted from 1, for each device in its place. A tag
// that no device has is refused: without its canaries a run would begin with the next,
// larger wave.
func waveNumbers(list string, targets []target.Target) ([]int, error) {
	var batches []fleet.Batch
	if list != "" {
		var err error
		if batches, err = parseBatches(list); err != nil {
			return nil, err
		}
	}
	devices := make([]fleet.Device, len(targets))
	for i, t := range targets {
		devices[i].Tags = t.Tags
	}
	for _, batch := range batches {
		has := func(device fleet.Device) bool { return slices.Contains(device.Tags, batch.Tag()) }
		if batch.Tag() != "" && !slices.ContainsFunc(devices, has) {
			return nil, misuse.New("correct the tag; tags come from the inventory", "--batch: no device of this run has the tag %q", batch.Tag())
		}
	}
	numbers := make([]int, len(targets))
	for n, wave := range fleet.Waves(devices, batches) {
		for _, place := range wave {
			numbers[place] = n + 1
		}
	}
	return numbers, nil
}

func parseBatches(list string) ([]fleet.Batch, error) {
	batches, err := fleet.ParseBatches(list)
	if err != nil {
		return nil, misuse.New("write it as in --batch tag:canary,25%,100%", "--batch: %s", err)
	}
	return batches, nil
}

// batchesOf is --batch, or what holds without it.
func batchesOf(action, given string, devices int) string {
	if given == "" && action == actionApply && devices >= manyDevices {
		return defaultBatch
	}
	return given
}
