package mockdevice

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// kind is a state of the devices in a mixed fleet.
type kind struct {
	name    string
	share   int      // of 100 devices
	presets []string // that can be in this state; nil for all
	edit    func(d *Device)
	unsaved bool // the edit is only in RAM
}

// ready is the state of the presets: not yet prepared for Teams' roots.
const ready = "ready"

// kinds are the states with their shares. According to AudioCodes, the bundle of 7.4.604 and 7.6
// contains every root that Teams requires, and that of 7.4.500 only some.
var kinds = []kind{
	{name: ready, share: 60},
	{name: "compliant", share: 10, presets: []string{"7.4.604", "7.6"}, edit: bundleOn},
	{name: "bundle-on", share: 5, presets: []string{"7.4.500"}, edit: bundleOn},
	{name: "non-mtls", share: 10, edit: func(d *Device) {
		d.SetCell("SIPInterface", 1, "TLSMutualAuthentication", "0")
		d.SetParam("VerifyServerCertificate", "0")
	}},
	{name: "shared-context", share: 5, edit: func(d *Device) {
		d.SetCell("SIPInterface", 0, "TLSPort", "5067")
		d.SetCell("SIPInterface", 0, "TLSContext", "Teams")
	}},
	{name: "dangling", share: 5, edit: func(d *Device) { d.SetCell("ProxySet", 1, "TLSContextName", "Gone") }},
	{name: "unsaved", share: 5, unsaved: true, edit: func(d *Device) { d.SetParam("EnableSyslog", "0") }},
}

func bundleOn(d *Device) { d.SetCell(tlsContexts, 1, bundleColumn, "1") }

// KindNames lists the states of a mixed fleet.
func KindNames() []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.name
	}
	return names
}

// canaries are the first devices of a fleet: always ready, never slow or dead.
const canaries = 2

// mix chooses the preset and kind of a device by seed, independently of the fleet's size.
func mix(seed uint64, index int) (preset string, k kind) {
	random := rand.New(rand.NewPCG(seed, uint64(index)))
	number := random.IntN(100)
	k = kinds[0]
	for _, candidate := range kinds {
		if number < candidate.share && index >= canaries {
			k = candidate
			break
		}
		number -= candidate.share
	}
	names := k.presets
	if names == nil {
		names = PresetNames()
	}
	return names[random.IntN(len(names))], k
}

// parseUniform reads a preset, or a preset and a kind: "7.4.500", "7.6/compliant".
func parseUniform(text string) (preset string, k kind, err error) {
	preset, name, given := strings.Cut(text, "/")
	if !given {
		name = ready
	}
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.name == name })
	switch {
	case !slices.Contains(PresetNames(), preset):
		return "", kind{}, fmt.Errorf("unknown preset %q: there are %s", preset, strings.Join(PresetNames(), ", "))
	case i < 0:
		return "", kind{}, fmt.Errorf("unknown kind %q: there are %s", name, strings.Join(KindNames(), ", "))
	case kinds[i].presets != nil && !slices.Contains(kinds[i].presets, preset):
		return "", kind{}, fmt.Errorf("no device of preset %s is %s, only of %s", preset, name,
			strings.Join(kinds[i].presets, ", "))
	}
	return preset, kinds[i], nil
}

// afflicted chooses the devices that are dead, hang or are slow, without overlap.
func afflicted(m FleetModel) (map[int]Affliction, error) {
	if wanted := m.Dead + m.Hang + m.Slow; wanted > max(0, m.Size-canaries) {
		return nil, fmt.Errorf("%d devices can't be dead, hang or be slow in a fleet of %d: its first %d are sound",
			wanted, m.Size, canaries)
	}
	chosen := map[int]Affliction{}
	order := permutation(m.Seed, "afflicted", max(0, m.Size-canaries))
	for i, n := range order[:m.Dead+m.Hang+m.Slow] {
		switch {
		case i < m.Dead:
			chosen[n+canaries] = Dead
		case i < m.Dead+m.Hang:
			chosen[n+canaries] = Hanging
		default:
			chosen[n+canaries] = Slow
		}
	}
	return chosen, nil
}
