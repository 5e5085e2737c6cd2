package inventory

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

const tagPrefix = "tag:"

// Select is the devices that any of the patterns fits, in the order of the inventory. A
// pattern is a glob of names (path.Match) or "tag:" and a tag; several are separated by
// commas. One that fits no device is an error: it is most likely misspelt.
func (i Inventory) Select(patterns string) ([]Device, error) {
	wanted := make([]bool, len(i.Devices))
	for pattern := range strings.SplitSeq(patterns, ",") {
		found := false
		for n, device := range i.Devices {
			fits, err := device.fits(pattern)
			if err != nil {
				return nil, err
			}
			wanted[n], found = wanted[n] || fits, found || fits
		}
		if !found {
			return nil, fmt.Errorf("%q fits no device of the inventory", pattern)
		}
	}
	var selected []Device
	for n, device := range i.Devices {
		if wanted[n] {
			selected = append(selected, device)
		}
	}
	return selected, nil
}

// CheckLimit says what is wrong with patterns that Select would take, without an inventory.
func CheckLimit(patterns string) error {
	for pattern := range strings.SplitSeq(patterns, ",") {
		if _, err := (Device{}).fits(pattern); err != nil {
			return err
		}
	}
	return nil
}

func (d Device) fits(pattern string) (bool, error) {
	if tag, ok := strings.CutPrefix(pattern, tagPrefix); ok {
		return slices.Contains(d.Tags, tag), nil
	}
	fits, err := path.Match(pattern, d.Name)
	if err != nil {
		return false, fmt.Errorf("%q is no pattern of names", pattern)
	}
	return fits, nil
}
