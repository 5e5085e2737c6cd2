package certs

import (
	"slices"

	"github.com/hashicorp/go-version"
)

// Policy is the rule by firmware: which of the required roots a device's default CA
// bundle is said to bring. It is a claim of the vendor's note, not something that a
// device shows: the bundle can't be read over REST.
type Policy struct {
	ID     string
	Date   string // of the last comparison with the source
	Source string

	bands   []band
	newest  string // the newest firmware line the rule speaks of
	minimum string // below this the 7.2-to-7.4 upgrade procedure applies
}

// band is one row of the rule. Bands are looked through in order; the first whose
// constraint fits the firmware decides.
type band struct {
	firmware version.Constraints // on plain numbers: "7.40A.600.014" is 7.40.600.14
	since    string              // the band's first release as people write it
	missing  []string            // names of the required roots that the bundle lacks
	noBundle bool                // nothing in this firmware's bundle may be relied on
}

// brings tells whether the bundle of this band is said to hold the root.
func (b band) brings(root Root) bool {
	return !b.noBundle && !slices.Contains(b.missing, root.Name)
}

var teamsPolicy = Policy{
	ID:     "teams-direct-routing-mtls",
	Date:   "2026-11-22",
	Source: "eGroup on AudioCodes note MC1213773, \"Verifying that you have all the Certificates based on the SBC's firmware\"",
	bands: []band{
		{firmware: within(">= 7.60, < 7.61"), since: "7.6"},
		{firmware: within(">= 7.40.600, < 7.41"), since: "7.4.600"},
		{
			firmware: within(">= 7.40.300, < 7.40.600"), since: "7.4.300",
			missing: []string{"DigiCert TLS ECC P384 Root G5", "DigiCert TLS RSA4096 Root G5"},
		},
		{firmware: within(">= 0"), noBundle: true},
	},
	newest:  "7.60",
	minimum: "7.20.204.549",
}

// TeamsPolicy is the rule in force.
func TeamsPolicy() Policy { return teamsPolicy }

// Bundled tells whether the default CA bundle of this firmware is said to bring the
// root. The firmware is given in plain numbers (7.40.500.357): go-version reads the
// "A" of "7.40A.500.357" as a pre-release and would put it in the wrong band.
func (p Policy) Bundled(firmware *version.Version, root Root) bool {
	for _, band := range p.bands {
		if band.firmware.Check(firmware) {
			return band.brings(root)
		}
	}
	return false
}

// KnowsLine is false when the firmware is of a line newer than the rule speaks of; the
// rule then relies on nothing, and says so.
func (p Policy) KnowsLine(firmware *version.Version) bool {
	newest := version.Must(version.NewVersion(p.newest)).Segments()
	line := firmware.Segments()
	return line[0] < newest[0] || line[0] == newest[0] && line[1] <= newest[1]
}

// NeedsUpgradeProcedure tells whether an update of this firmware to 7.4 must follow
// AudioCodes' "SBC Version 7.2 to 7.4 Upgrade Procedure" (older than 7.20A.204.549).
func (p Policy) NeedsUpgradeProcedure(firmware *version.Version) bool {
	return firmware.LessThan(version.Must(version.NewVersion(p.minimum)))
}

// AddedByFirmware is the release from which on the default CA bundle is said to bring
// the root, in people's form ("7.4.300").
func (p Policy) AddedByFirmware(root Root) string {
	for _, band := range slices.Backward(p.bands) {
		if band.brings(root) {
			return band.since
		}
	}
	return ""
}

func within(constraint string) version.Constraints {
	return version.MustConstraints(version.NewConstraint(constraint))
}
