package certs

import (
	"slices"

	"github.com/hashicorp/go-version"
)

// Policy is a rule as data: which roots a TLS Context must trust, which of them the default CA bundle of each firmware
// contains, and by which hosts the leg is recognised. What it says of a bundle is a claim, not an observation of this
// device: the bundle cannot be read over REST.
//
// docs/design/certs.md: The rule is data
type Policy struct {
	ID     string
	Date   string // of the last comparison with the source, YYYY-MM-DD
	Source string
	// Deadline is the day by which every device should comply, YYYY-MM-DD; "" for none.
	Deadline string
	// Service is what the leg leads to, as texts call it: "Teams".
	Service string
	// SHA256 is that of the policy's file, in lower-case hex. Every root that lies in a file of its own is pinned in it.
	SHA256 string
	// MutualTLSDecides: only a leg whose SIP Interface has mutual TLS is affected.
	MutualTLSDecides bool
	// UsesBundle: "Use default CA Bundle" is switched on, and what the bundle brings is not imported.
	UsesBundle bool
	Hosts      Hosts

	roots        []Root
	bands        []band
	newest       string // the newest firmware line that the rule covers; "" for any
	minimum      string // below this the 7.2-to-7.4 upgrade procedure applies; "" for none
	doubts       []doubt
	observations []Observation
}

// Hosts are the names by which the leg is recognised, in lower case and without a final dot.
type Hosts struct {
	Exact     []string
	Below     []string // any other host below these counts too, with a finding
	Withdrawn []string // count too, with a finding
	Test      []string // end points that answer SIP OPTIONS alone
	Lookalike []string // a host that contains one of these, and that no other list has, blocks
}

// band is one row of the rule. The first band whose constraint fits the firmware decides.
type band struct {
	firmware version.Constraints // in plain numbers: "7.40A.600.014" is 7.40.600.14
	since    string              // the band's first release as people write it; "" for a band that brings nothing
	missing  []string            // names of the required roots that the bundle lacks
	noBundle bool                // no root may be assumed to be in this firmware's bundle
}

// brings reports whether the policy lists the root in the bundle of this band.
func (b band) brings(root Root) bool { return !b.noBundle && !slices.Contains(b.missing, root.Name) }

// doubt is a root that the bundle of some firmware may have lost, although a band says that it brings it.
type doubt struct {
	root     string
	firmware version.Constraints
}

// Observation says that a person saw the bundle of one build in the web interface.
type Observation struct {
	Firmware string // as the device writes it: "7.40A.604.077"
	By       string
	Date     string   // YYYY-MM-DD
	Roots    []string // the names of the required roots that were in it
}

// IsZero reports whether there is no policy.
func (p Policy) IsZero() bool { return p.ID == "" }

// IsBuiltIn reports whether acfix brings the policy. No other policy may have the ID of a built-in one.
func (p Policy) IsBuiltIn() bool { return slices.Contains(builtIn, p.ID) }

// Roots returns the required roots, in the order of the policy.
func (p Policy) Roots() []Root { return slices.Clone(p.roots) }

// Find returns the required root with that SHA-256, in lower-case hex.
// docs/design/certs.md: A root is its SHA-256
func (p Policy) Find(fingerprint string) (Root, bool) {
	i := slices.IndexFunc(p.roots, func(root Root) bool { return root.SHA256 == fingerprint })
	if i < 0 {
		return Root{}, false
	}
	return p.roots[i], true
}

// Foreign returns the roots of the policy that no built-in policy has: a person must have confirmed them before one is
// imported.
func (p Policy) Foreign() []Root {
	return slices.DeleteFunc(p.Roots(), func(root Root) bool {
		_, known := Find(root.SHA256)
		return known
	})
}

// Bundled reports whether the policy lists the root in the default CA bundle of this firmware. The firmware must be in
// plain numbers (7.40.500.357): go-version reads the "A" of "7.40A.500.357" as a pre-release and would choose the wrong
// band.
func (p Policy) Bundled(firmware *version.Version, root Root) bool {
	if !p.UsesBundle {
		return false
	}
	for _, band := range p.bands {
		if band.firmware.Check(firmware) {
			return band.brings(root)
		}
	}
	return false
}

// Doubtful reports whether the bundle of this firmware may have lost the root, although it counts as bundled.
func (p Policy) Doubtful(firmware *version.Version, root string) bool {
	return slices.ContainsFunc(p.doubts, func(d doubt) bool { return d.root == root && d.firmware.Check(firmware) })
}

// Seen returns the newest observation of the bundle of this build. The build is as the device writes it.
func (p Policy) Seen(firmware string) (Observation, bool) {
	var found Observation
	for _, seen := range p.observations {
		if sameBuild(seen.Firmware, firmware) && seen.Date >= found.Date {
			found = seen
		}
	}
	return found, found.Firmware != ""
}

// KnowsLine reports whether the rule covers this firmware line. Newer lines count as having no root in the bundle.
func (p Policy) KnowsLine(firmware *version.Version) bool {
	if p.newest == "" {
		return true
	}
	newest := version.Must(version.NewVersion(p.newest)).Segments()
	line := firmware.Segments()
	return line[0] < newest[0] || line[0] == newest[0] && line[1] <= newest[1]
}

// NeedsUpgradeProcedure reports whether an update of this firmware to 7.4 must follow AudioCodes'
// "SBC Version 7.2 to 7.4 Upgrade Procedure" (older than 7.20A.204.549).
func (p Policy) NeedsUpgradeProcedure(firmware *version.Version) bool {
	return p.minimum != "" && firmware.LessThan(version.Must(version.NewVersion(p.minimum)))
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

// Band is a row of the rule as people read it.
type Band struct {
	Versions string   // ">= 7.40.300, < 7.40.600", in plain numbers
	Since    string   // the first release as people write it; "" for a band that brings nothing
	Brings   []string // the names of the required roots that count as bundled
	Lacks    []string
}

// Bands returns the rule by firmware; the first band that fits decides. None without the bundle.
func (p Policy) Bands() []Band {
	var rows []Band
	for _, band := range p.bands {
		row := Band{Versions: band.firmware.String(), Since: band.since, Brings: []string{}, Lacks: []string{}}
		for _, root := range p.roots {
			if band.brings(root) {
				row.Brings = append(row.Brings, root.Name)
			} else {
				row.Lacks = append(row.Lacks, root.Name)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// Observations returns what persons saw of bundles, in the order of the policy.
func (p Policy) Observations() []Observation { return slices.Clone(p.observations) }
