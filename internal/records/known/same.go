package known

import (
	"cmp"
	"slices"
	"time"
)

// Same groups the places of devices that are one device at several addresses: it reported the same serial number (or,
// without one, the same MAC address), or the same inventory has it by the same name. Two addresses that the jobs'
// inventories have are two devices, whatever they say. The present address comes first in its group: the one that
// an inventory has; else the one where the device was read last, or, if it was never read there, tried last.
// docs/design/records.md: A device that moved is one device
func Same(devices []Device) [][]int {
	order := make([]int, len(devices))
	for place := range devices {
		order[place] = place
	}
	slices.SortStableFunc(order, func(a, b int) int { return newer(devices[a], devices[b]) })
	var groups [][]int
	known := map[string]int{} // group by name of a device
	for _, place := range order {
		names := namesOf(devices[place])
		group, found := len(groups), false
		for _, name := range names {
			if first, met := known[name]; met && !(devices[place].Placed && devices[groups[first][0]].Placed) {
				group, found = first, true
				break
			}
		}
		if !found {
			groups = append(groups, nil)
		}
		groups[group] = append(groups[group], place)
		for _, name := range names {
			if _, met := known[name]; !met {
				known[name] = group
			}
		}
	}
	return groups
}

// newer sorts the addresses of inventories first, then those where a device was met last.
func newer(a, b Device) int {
	if a.Placed != b.Placed {
		return number(b.Placed) - number(a.Placed)
	}
	return cmp.Or(met(b).Compare(met(a)), cmp.Compare(a.URL, b.URL))
}

func met(d Device) time.Time {
	if d.Read.IsZero() {
		return d.Ended
	}
	return d.Read
}

func number(is bool) int {
	if is {
		return 1
	}
	return 0
}

// namesOf are the names that only this device has, the surest first.
func namesOf(d Device) []string {
	var names []string
	switch {
	case d.Serial != "":
		names = append(names, "serial "+d.Serial)
	case d.MAC != "":
		names = append(names, "mac "+d.MAC)
	}
	if d.Inventory != "" && d.Name != "" {
		names = append(names, "name "+d.Inventory+"\x00"+d.Name)
	}
	return names
}

// Merge returns each device once, by its present address.
func Merge(devices []Device) []Device {
	groups := Same(devices)
	merged := make([]Device, 0, len(groups))
	for _, group := range groups {
		one := devices[group[0]]
		for _, place := range group[1:] {
			one = one.With(devices[place])
		}
		merged = append(merged, one)
	}
	slices.SortFunc(merged, func(a, b Device) int { return cmp.Compare(a.URL, b.URL) })
	return merged
}

// With adds what is known of the device at another address, or from another run; the newer reading counts, and the
// newer result.
func (d Device) With(other Device) Device {
	d.Listed = d.Listed || other.Listed
	if len(d.Tags)+len(d.Jobs) == 0 {
		d.Tags, d.Jobs = other.Tags, other.Jobs
	}
	if other.URL != d.URL {
		d.Addresses = slices.Concat(d.Addresses, other.Addresses)
	} else if met(other).After(met(d)) || other.Ended.After(d.Ended) {
		d.Name, d.Inventory = other.Name, other.Inventory
	}
	if other.Read.After(d.Read) {
		d.Verdict, d.Read, d.ReadRun, d.Missing = other.Verdict, other.Read, other.ReadRun, other.Missing
		d.Serial, d.MAC, d.Firmware, d.Obstacles = other.Serial, other.MAC, other.Firmware, other.Obstacles
	}
	if other.Ended.After(d.Ended) {
		d.Result, d.Ended, d.ResultRun, d.Failure = other.Result, other.Ended, other.ResultRun, other.Failure
	}
	return d
}
