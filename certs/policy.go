package certs

import (
	"slices"

	"github.com/hashicorp/go-version"
)

// Policy says which of the required roots the default CA bundle of each firmware contains. It is
// AudioCodes' claim, not an observation: the bundle cannot be read over REST.
type Policy struct {
	ID     string
	Date   string // of the last comparison with the source
	Source string

	bands   []band
	newest  string // the newest firmware line that the rule covers
	minimum string // below this the 7.2-to-7.4 upgrade procedure applies
}

// band is one row of the rule. The first band whose constraint fits the firmware decides.
type band struct {
	firmware version.Constraints // in plain numbers: "7.40A.600.014" is 7.40.600.14
	since    string              // the band's first release as people write it
	missing  []string            // names of the required roots that the bundle lacks
	noBundle bool                // no root may be assumed to be in this firmware's bundle
}

// brings reports whether AudioCodes lists the root in the bundle of this band.
func (b band) brings(root Root) bool { return !b.noBundle && !slices.Contains(b.missing, root.Name) }

var teamsPolicy = Policy{
	ID:   "teams-direct-routing-mtls",
	Date: "2026-11-22",
	Source: "eGroup on AudioCodes note MC1213773, " +
		"\"Verifying that you have all the Certificates based on the SBC's firmware\"",
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

// TeamsPolicy returns the rule in force.
func TeamsPolicy() Policy { return teamsPolicy }

// Bundled reports whether AudioCodes lists the root in the default CA bundle of this firmware. The
// firmware must be in plain numbers (7.40.500.357): go-version reads the "A" of "7.40A.500.357" as
// a pre-release and would choose the wrong band.
func (p Policy) Bundled(firmware *version.Version, root Root) bool {
	for _, band := range p.bands {
		if band.firmware.Check(firmware) {
			return band.brings(root)
		}
	}
	return false
}

// KnowsLine reports whether the rule covers this firmware line. Newer lines count as having no root in the bundle.
func (p Policy) KnowsLine(firmware *version.Version) bool {
	newest := version.Must(version.NewVersion(p.newest)).Segments()
	line := firmware.Segments()
	return line[0] < newest[0] || line[0] == newest[0] && line[1] <= newest[1]
}

// NeedsUpgradeProcedure reports whether an update of this firmware to 7.4 must follow AudioCodes'
// "SBC Version 7.2 to 7.4 Upgrade Procedure" (older than 7.20A.204.549).
func (p Policy) NeedsUpgradeProcedure(firmware *version.Version) bool {
	return firmware.LessThan(version.Must(version.NewVersion(p.minimum)))
}

// AddedByFirmware returns the release that added the root to the default CA bundle, as people write it ("7.4.300").
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
