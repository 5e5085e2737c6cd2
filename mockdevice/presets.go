package mockdevice

import (
	"embed"
	"fmt"
	"strings"
	"time"
)

//go:embed presets/*.ini
var presetFiles embed.FS

// presets are Teams Direct Routing SBCs with the firmware that matters. A store holds 20
// certificates in 7.0, and about 150 in 7.4; for 7.2 the smaller number is assumed (A7).
var presets = []struct {
	name      string
	rootLimit int
}{
	{"7.0", 20},
	{"7.2", 20},
	{"7.4-early", 150},
	{"7.4.250", 150},
	{"7.4.500", 150},
	{"7.4.604", 150},
	{"7.6", 150},
}

// PresetNames lists the names for [Preset], oldest firmware first.
func PresetNames() []string {
	names := make([]string, len(presets))
	for i, p := range presets {
		names[i] = p.name
	}
	return names
}

// Preset returns a complete Teams Direct Routing SBC of that firmware: TLS Contexts 0 "default" with an empty store and
// 1 "Teams" with two self-made roots, neither of them Microsoft's; SIP Interfaces, Proxy Sets, IP Groups "ITSP" and
// "Teams"; mutual TLS on for Teams; the default CA bundle off if the firmware has one. The account is Admin/Admin.
func Preset(name string) (Model, error) {
	for _, p := range presets {
		if p.name == name {
			return makePreset(p.name, p.rootLimit)
		}
	}
	return Model{}, fmt.Errorf("unknown preset %q: there are %s", name, strings.Join(PresetNames(), ", "))
}

func makePreset(name string, rootLimit int) (Model, error) {
	ini, err := presetFiles.ReadFile("presets/" + name + ".ini")
	if err != nil {
		return Model{}, err
	}
	model, err := FromINI(ini)
	if err != nil {
		return Model{}, fmt.Errorf("preset %s: %w", name, err)
	}
	model.RootLimit = rootLimit
	teams, key := makeLeaf("sbc01.contoso.example")
	model.Contexts = []Context{
		{Index: 0},
		{Index: 1, Certificate: teams, Key: key, Roots: [][]byte{
			SelfMadeRoot("Contoso Enterprise Root CA"), SelfMadeRoot("ITSP Example Root CA"),
		}},
	}
	model.Alarms = []Alarm{{
		ID: "1", Description: "Proxy Set Alarm. Proxy Set 1 (Teams): Proxy lost. looking for another proxy",
		Severity: "Major", Source: "Board#1/ProxyConnection#1", Date: time.Date(2026, 3, 2, 8, 15, 0, 0, time.UTC),
	}}
	return model, nil
}
