package run

import "github.com/acfix/acfix/internal/records/store"

// units indexes the devices of a run by the serial numbers and MAC addresses that they reported.
type units struct {
	serials, macs map[string]unit
}

// unit is the place where a device was first seen.
type unit struct {
	place  int
	serial string
}

func newUnits() units { return units{serials: map[string]unit{}, macs: map[string]unit{}} }

// meet returns the place where the same device was seen before, and says what is equal; "" if it is new. Two
// serial numbers are two units whatever else they share: those are only worked on in turn (evidence.Turns).
// docs/design/fleet.md: A unit is its serial number and MAC address
func (u units) meet(sight store.Sight, place int) (first int, equal string) {
	met := unit{place, sight.Serial}
	bySerial, sameSerial := remember(u.serials, sight.Serial, met)
	byMAC, sameMAC := remember(u.macs, sight.MAC, met)
	switch {
	case sameSerial:
		return bySerial.place, "serial number " + sight.Serial
	case sameMAC && (byMAC.serial == "" || sight.Serial == ""):
		return byMAC.place, "MAC address " + sight.MAC
	default:
		return place, ""
	}
}

// remember keeps the first unit under a name, and returns the one that was there before.
func remember(known map[string]unit, name string, met unit) (before unit, same bool) {
	if name == "" {
		return unit{}, false
	}
	if before, same = known[name]; !same {
		known[name] = met
	}
	return before, same
}
