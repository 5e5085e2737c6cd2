package remediate

import (
	"cmp"
	"slices"

	"github.com/acfix/acfix/audiocodes"
)

// Verdict sums up the plan of one device.
type Verdict string

// The verdicts, as in the documented JSON.
const (
	Compliant     Verdict = "compliant"      // nothing to do, nothing unsaved
	Change        Verdict = "change"         // steps are planned
	Blocked       Verdict = "blocked"        // a person must decide or repair first
	NotApplicable Verdict = "not_applicable" // no Teams leg, or none with mutual TLS
	Errored       Verdict = "error"          // the device could not be read
)

// DevicePlan is the plan of one device; Apply acts on it alone.
type DevicePlan struct {
	Target   string        `json:"target"`
	URL      string        `json:"url"`
	Source   Source        `json:"source,omitzero"`
	Verdict  Verdict       `json:"verdict"`
	Device   Identity      `json:"device"`
	Teams    []TeamsLeg    `json:"teams"`
	Contexts []ContextPlan `json:"contexts"`
	Steps    []Step        `json:"steps"`
	Findings []Finding     `json:"findings"`
	// SwitchLoad is that of the plan's state and steps, where the caller asked for it. Apply builds its own from a fresh
	// reading. It is configuration, so only a saved plan keeps it (Plan.SwitchLoads).
	SwitchLoad SwitchLoad `json:"-"`
	// Digest covers everything that the plan was made from; see Fingerprint.
	Digest string `json:"digest"`
	// SaveNeeded: the device had unsaved changes by others when the plan was made.
	SaveNeeded audiocodes.Answer `json:"save_needed"`
	// Saves has, where the plan is a save alone of changes that are not acfix's, digests of the configuration that was
	// read, by table: what changes after that is not saved.
	Saves Baseline `json:"saves,omitempty"`
	// Choice is what the operator had decided; it holds when the plan is carried out, too.
	Choice Choice   `json:"choice"`
	Error  *Failure `json:"error"`
	// Skipped: the run never started this device; Error says why.
	Skipped bool `json:"skipped"`
}

// Identity says which device answered.
type Identity struct {
	Product  string `json:"product"`
	Serial   string `json:"serial"`
	Firmware string `json:"firmware"` // as the device writes it
	Release  string `json:"release"`  // as people write it; "" when the firmware can't be read
	// MAC identifies the unit besides its serial number; "" if the device does not give one.
	MAC string `json:"mac,omitempty"`
}

// Unit returns what an operator confirms the device by: its serial number, or its MAC address if the device does not
// give a serial number.
func (i Identity) Unit() string { return cmp.Or(i.Serial, i.MAC) }

// TeamsLeg is one Proxy Set on one SIP Interface.
type TeamsLeg struct {
	ProxySet     string `json:"proxy_set"`
	SIPInterface string `json:"sip_interface"`
	MutualTLS    Mutual `json:"mutual_tls"`
}

// ContextPlan is one TLS Context that serves Teams.
type ContextPlan struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
	// UseDefaultCABundle is nil if this firmware has no such column.
	UseDefaultCABundle *bool        `json:"use_default_ca_bundle"`
	Roots              []RootStatus `json:"roots"`
	// CertificateExpires is when the context's own certificate expires, RFC 3339; "" if it was not read. The plan
	// does not depend on it, and it is not in the digest.
	CertificateExpires string `json:"certificate_expires,omitempty"`
}

// RootStatus is the state of one required root in one TLS Context.
type RootStatus struct {
	Name   string    `json:"name"`
	SHA256 string    `json:"sha256"`
	State  RootState `json:"state"`
}

// RootState is present, bundled, missing or unknown.
type RootState string

// The states of a root.
const (
	RootPresent RootState = "present" // seen in the context's store
	RootBundled RootState = "bundled" // the rule says that the bundle contains it; acfix can't see it
	RootMissing RootState = "missing"
	RootUnknown RootState = "unknown" // the context's store was not given; only in a plan made from a file
)

// BundleIsOn reports whether the default CA bundle counts for this TLS Context; without a switch it does not.
func (c ContextPlan) BundleIsOn() bool { return c.UseDefaultCABundle != nil && *c.UseDefaultCABundle }

// MissingRoots counts, each once, the required roots that a TLS Context of Teams lacks when the plan is made; a
// bundle that is still off provides none. known is false if no store was read.
func (p DevicePlan) MissingRoots() (count int, known bool) {
	missing := map[string]bool{}
	for _, context := range p.Contexts {
		for _, root := range context.Roots {
			known = known || root.State != RootUnknown
			if root.State == RootMissing || root.State == RootBundled && !context.BundleIsOn() {
				missing[root.SHA256] = true
			}
		}
	}
	return len(missing), known
}

// pending counts the steps of one kind.
func (p DevicePlan) pending(kind StepKind) int {
	n := 0
	for _, step := range p.Steps {
		if step.Kind == kind {
			n++
		}
	}
	return n
}

// AsksNoMoreThan reports whether the agreed plan includes every change of this plan, and all that it saves of others.
func (p DevicePlan) AsksNoMoreThan(agreed DevicePlan) bool {
	if len(p.Saves) > 0 && len(agreed.Saves) == 0 || len(agreed.savesBesides(p.Saves, nil)) > 0 {
		return false
	}
	return !slices.ContainsFunc(p.Steps, func(step Step) bool {
		return step.Kind.Changes() && !slices.ContainsFunc(agreed.Steps, step.sameChange)
	})
}

func (p DevicePlan) changes() []Step {
	return slices.DeleteFunc(slices.Clone(p.Steps), func(step Step) bool { return !step.Kind.Changes() })
}

func (p DevicePlan) changesDevice() bool {
	return len(p.changes()) > 0
}
