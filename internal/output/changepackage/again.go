package changepackage

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/remediate"
)

// Again is a device that a plan has more than once, because it was exported more than once.
type Again struct {
	Unit   string // its serial number, or its MAC address
	Places []int  // of its exports, in the order of the plan
	Newest int    // the place of the newest export; -1 if their times do not tell
}

// FindAgain returns the devices of which a plan has several exports. Only one of them can show the device as it is now.
func FindAgain(devices []remediate.DevicePlan) (found []Again) {
	places := map[string][]int{}
	var units []string
	for place, device := range devices {
		unit := device.Device.Unit()
		if !device.Source.IsFile() || strings.Trim(unit, "0") == "" { // some exports have their serial number wiped out
			continue
		}
		if len(places[unit]) == 0 {
			units = append(units, unit)
		}
		places[unit] = append(places[unit], place)
	}
	for _, unit := range units {
		if exports := places[unit]; len(exports) > 1 {
			found = append(found, Again{unit, exports, newest(devices, exports)})
		}
	}
	return found
}

func newest(devices []remediate.DevicePlan, places []int) int {
	first, taken := -1, time.Time{}
	for _, place := range places {
		at, err := time.Parse(time.RFC3339, devices[place].Source.Taken)
		switch {
		case err != nil:
			return -1
		case at.After(taken):
			first, taken = place, at
		case at.Equal(taken):
			first = -1
		}
	}
	return first
}

// Text says which exports are of the same device, and which of them to use.
func (a Again) Text(devices []remediate.DevicePlan) string {
	var names []string
	for _, place := range a.Places {
		names = append(names, devices[place].Target)
	}
	use := "their times do not tell which is the newest: find out, and use that one only"
	if a.Newest >= 0 {
		use = devices[a.Newest].Target + " is the newest: use that one only"
	}
	text := fmt.Sprintf("%s are exports of the same device (%s); %s", strings.Join(names, " and "), a.Unit, use)
	return foreign.Clean(text)
}

// Caution is what the package of a device says first, where its export may be a part of one, or is one of several and not
// the newest; "" for any other device.
func Caution(devices []remediate.DevicePlan, place int) string {
	for _, finding := range devices[place].Findings {
		if finding.Code == remediate.FileMayBeAPart {
			return "STOP: THE EXPORT MAY BE A PART OF A CONFIGURATION. Export it again, and use the package that is made " +
				"from that: what is missing here may forbid the change."
		}
	}
	for _, again := range FindAgain(devices) {
		if !slices.Contains(again.Places, place) || again.Newest == place {
			continue
		}
		if again.Newest >= 0 {
			return "STOP: THERE IS A NEWER EXPORT OF THIS DEVICE, " + nameOf(devices[again.Newest]) +
				". Use the package that is made from it. This one is out of date."
		}
		return "STOP: THERE IS ANOTHER EXPORT OF THIS DEVICE, AND THEIR TIMES DO NOT TELL WHICH IS NEWER. Find out, and " +
			"use the package of the newer one only."
	}
	return ""
}

func nameOf(device remediate.DevicePlan) string {
	return foreign.Clean(filepath.Base(device.Target))
}
