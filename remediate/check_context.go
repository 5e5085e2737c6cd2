package remediate

import (
	"slices"
	"strconv"
	"strings"

	"github.com/acfix/acfix/certs"
	"github.com/hashicorp/go-version"
)

// checkContext returns the plan's view of one TLS Context and notes what is odd about it.
func (b *builder) checkContext(id int) ContextPlan {
	context, _ := b.state.tables.context(id)
	view := ContextPlan{ID: id, Name: context.name, UseDefaultCABundle: b.bundleSwitch(context), Roots: []RootStatus{}}
	bundled, missing := 0, 0
	for _, root := range b.terms.Policy.Roots() {
		match := b.state.Stores[id].Find(root, b.state.ReadAt)
		status := RootStatus{Name: root.Name, SHA256: root.SHA256, State: b.rootState(id, match)}
		switch status.State {
		case RootBundled:
			bundled++
		case RootMissing:
			missing++
		}
		view.Roots = append(view.Roots, status)
		b.checkMatch(id, match)
	}
	b.checkBundled(id, bundled)
	b.checkDoubt(view)
	b.checkStore(id, missing)
	b.checkTLS(context)
	view.CertificateExpires = b.checkCertificate(id)
	return view
}

// bundleSwitch reads "Use default CA Bundle"; it returns nil if the firmware has no such column.
func (b *builder) bundleSwitch(context tlsContext) *bool {
	label := b.state.tables.label(context.index)
	cell, has := context.row.Cell(columnBundle)
	switch {
	case !has && !b.terms.Policy.UsesBundle:
		return nil
	case !has:
		b.find(BundleSwitchMissing, label, b.state.Status.Firmware, b.upgradeAdvice())
		return nil
	}
	on := cell.Text() == "1"
	if !b.terms.Policy.UsesBundle {
		return &on
	}
	if context.index > lastBundleContext {
		b.find(ContextAbove4, label)
	}
	if !on && !cell.Unset() && cell.Text() != "0" {
		b.find(BundleSwitchUnreadable, label, cell.Text())
	}
	return &on
}

func (b *builder) upgradeAdvice() string {
	if b.state.firmware == nil || !b.terms.Policy.NeedsUpgradeProcedure(b.version) {
		return ""
	}
	return " From this firmware, follow AudioCodes' \"SBC Version 7.2 to 7.4 Upgrade Procedure\"."
}

// rootState returns the state of a root. The bundle counts only if the plan leaves the switch on.
func (b *builder) rootState(id int, match certs.Match) RootState {
	switch {
	case match.Present:
		return RootPresent
	case b.switchesOn(id) && !b.terms.Choice.AllRoots && b.bundled(match.Root):
		return RootBundled
	case b.state.Stores[id].Unknown:
		return RootUnknown
	default:
		return RootMissing
	}
}

// bundled reports whether the default CA bundle of this firmware contains the root: as a person saw in this build, or
// else by AudioCodes' word.
func (b *builder) bundled(root certs.Root) bool {
	firmware := b.state.firmware
	if seen, ok := b.observation(); ok {
		return slices.Contains(seen.Roots, root.Name)
	}
	return firmware != nil && firmware.OfBundleRule() && b.terms.Policy.Bundled(b.version, root)
}

// observation returns what a person saw in the bundle of this build, if the policy says so.
func (b *builder) observation() (certs.Observation, bool) {
	if b.state.firmware == nil || !b.terms.Policy.UsesBundle {
		return certs.Observation{}, false
	}
	return b.terms.Policy.Seen(b.state.firmware.Raw)
}

func (b *builder) sawBundle() bool {
	_, ok := b.observation()
	return ok
}

// checkBundled notes by whose word roots count as bundled.
func (b *builder) checkBundled(id, bundled int) {
	seen, ok := b.observation()
	switch {
	case bundled == 0:
	case ok:
		b.find(BundleSeen, b.state.tables.label(id), bundled, b.state.firmware.Raw, seen.By+" on "+seen.Date)
	default:
		b.find(BundleNotVerifiable, b.state.tables.label(id), bundled, b.state.firmware.Raw)
	}
}

// checkDoubt notes roots that the bundle of newer builds may have lost, unless a person saw them there.
func (b *builder) checkDoubt(context ContextPlan) {
	for _, root := range context.Roots {
		if root.State == RootBundled && !b.sawBundle() && b.terms.Policy.Doubtful(b.version, root.Name) {
			b.find(RootInDoubt, b.state.tables.label(context.ID), root.Name, b.state.firmware.Raw)
		}
	}
}

func (b *builder) checkMatch(id int, match certs.Match) {
	label := b.state.tables.label(id)
	for _, twin := range match.Twins {
		b.find(CrossSignedTwin, label, match.Root.Name, twin.SHA256)
	}
	for _, namesake := range match.Namesakes {
		b.findNamesake(label, match.Root.Name, namesake.SHA256)
	}
}

// findNamesake notes a certificate that has the name of a required root and another key. One that a built-in policy
// requires is never called wrong: an operator would remove it.
func (b *builder) findNamesake(label, name, fingerprint string) {
	if _, known := certs.Find(fingerprint); !known {
		b.find(SameNameOtherCertificate, label, name, fingerprint)
		return
	}
	said := concealed([]any{label, name, fingerprint})
	found := builtInNamesake.by(b.state.tables.policy, SameNameOtherCertificate, said)
	b.findings = append(b.findings, found)
}

// capacities are the documented sizes of a trusted-root store (User's Manual 7.0 and 7.4, "Trusted Root
// Certificates"). Versions between these have no documented size.
var capacities = []struct {
	firmware string
	roots    int
}{
	{">= 7.40", 150},
	{">= 7.0, < 7.1", 20},
}

func (b *builder) checkStore(id, missing int) {
	store, label := b.state.Stores[id], b.state.tables.label(id)
	for _, certificate := range store.Expired(b.state.ReadAt) {
		b.find(ExpiredRoot, label, certificate.X509.Subject.CommonName, certificate.X509.NotAfter.Format("2006-01-02"))
	}
	for _, certificate := range store.Certificates {
		if len(certificate.Odd) > 0 {
			odd := strings.Join(certificate.Odd, ", ")
			b.find(OddCertificate, label, certs.Name(certificate.X509), certificate.SHA256, odd)
		}
	}
	if len(store.Problems) > 0 {
		var where []string
		for _, problem := range store.Problems {
			where = append(where, problem.String())
		}
		b.find(UnreadableStore, label, strings.Join(where, "; "))
	}
	if b.state.firmware == nil {
		return
	}
	held := len(store.Certificates) + len(store.Problems)
	for _, capacity := range capacities {
		if missing > 0 && held+missing > capacity.roots && within(capacity.firmware, b.version) {
			b.find(StoreNearlyFull, label, held, missing, capacity.roots)
		}
	}
}

func within(constraint string, firmware *version.Version) bool {
	return version.MustConstraints(version.NewConstraint(constraint)).Check(firmware)
}

// checkTLS notes what else would break the same handshake with Teams. What another service offers is not known.
func (b *builder) checkTLS(context tlsContext) {
	if !b.isTeams() {
		return
	}
	const tls12 = 4 // TLSVersion is a bit mask: 1, 2, 4, 8 for TLS 1.0 to 1.3; 0 allows any
	label := b.state.tables.label(context.index)
	if mask, err := strconv.Atoi(context.row.Text("TLSVersion")); err == nil && mask != 0 && mask&tls12 == 0 {
		b.find(TLS12NotAllowed, label, context.row.Text("TLSVersion"))
	}
	if strict := context.row.Text("RequireStrictCert"); strict != "" && strict != "0" {
		b.find(StrictCertificate, label)
	}
	for _, side := range []string{"Server", "Client"} {
		if ciphers := context.row.Text(side + "CipherString"); excludesTeams(ciphers) {
			b.find(CiphersExcludeTeams, label, strings.ToLower(side), ciphers)
		}
	}
}
