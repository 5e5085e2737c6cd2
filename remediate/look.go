package remediate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/acfix/acfix/audiocodes"
)

// automaticUpdateSources are the parameters by which a device fetches configuration or
// roots from a provisioning server (User's Manual 7.4, "Automatic Update Parameters").
// Their values may hold a password: only their names are shown.
var automaticUpdateSources = []string{
	"IniFileURL", "IniFileTemplateURL", "CliScriptURL", "AUPDCliScriptURL", "CLIStartupScriptURL",
	"ConfPackageURL", "TLSRootFileUrl", "TLSCertFileUrl",
}

// lookAtDevice finds what concerns the device as a whole.
func (b *builder) lookAtDevice() {
	if b.terms.InsecureTLS {
		b.find(InsecureTLS)
	}
	var sources []string
	for _, name := range automaticUpdateSources {
		if value, set := b.state.tables.file.Parameter(name); set && value != "" || b.state.tables.file.Hidden(name) {
			sources = append(sources, name)
		}
	}
	if len(sources) > 0 {
		b.find(AutomaticUpdate, strings.Join(sources, ", "))
	}
}

// lookAtAddresses finds what is odd about Proxy addresses.
func (b *builder) lookAtAddresses() {
	chosen := b.terms.Choice.ProxySet != ""
	look := func(address proxyAddress, set string) {
		switch address.kind {
		case unrecognisedPSTNHub:
			b.findUnless(chosen, UnrecognisedPSTNHub, address.address, set)
		case withdrawnTeamsAddress:
			b.find(WithdrawnFQDN, address.address, set)
		case unlistedTeamsAddress:
			b.find(UnlistedFQDN, address.address, set)
		}
	}
	for _, set := range b.state.tables.proxySets {
		for _, address := range set.addresses {
			look(address, set.name)
		}
	}
	for _, orphan := range b.state.tables.orphans {
		look(orphan, orphan.set)
	}
}

func (b *builder) reportDangling(broken []dangling) {
	for _, reference := range broken {
		b.find(DanglingReference, reference.from, reference.what, reference.name)
	}
}

// lookForNames is for a device without a Teams leg: a name is a hint, never proof.
func (b *builder) lookForNames() {
	var named []string
	for _, set := range b.state.tables.proxySets {
		if containsFold(set.name, "teams") {
			named = append(named, fmt.Sprintf("Proxy Set %q", set.name))
		}
	}
	for _, sip := range b.state.tables.interfaces {
		if containsFold(sip.name, "teams") {
			named = append(named, fmt.Sprintf("SIP Interface %q", sip.name))
		}
	}
	if len(named) > 0 {
		b.find(NamedTeamsOnly, strings.Join(named, " and "))
		return
	}
	b.find(NoTeamsLeg)
}

// lookAtUnaffected is for legs with mutual TLS off. The SBC may verify Teams all the same,
// and then the leg needs the roots too, unless its contexts get them anyway.
func (b *builder) lookAtUnaffected(planned []int) {
	for _, leg := range b.state.legs {
		if leg.affected(b.terms.Choice) {
			continue
		}
		verifiers := b.verifiers()
		covered := !slices.ContainsFunc(leg.contexts(), func(id int) bool { return !slices.Contains(planned, id) })
		if len(verifiers) > 0 && !covered {
			b.find(ServerVerify, leg.sipInterface.name, strings.Join(verifiers, ", "))
			continue
		}
		b.find(MTLSOff, leg.sipInterface.name)
	}
}

// verifiers are the global parameters that make the SBC verify Teams' certificate although
// the SIP Interface says no. One whose value the device hides counts.
func (b *builder) verifiers() []string {
	var on []string
	for _, name := range []string{parameterVerifyServer, parameterClientCertificate} {
		switch b.state.tables.parameter(name) {
		case parameterOn:
			on = append(on, name+" = 1")
		case parameterUnknown:
			on = append(on, name+" is not at its default")
		}
	}
	return on
}

// lookAtLegs finds what keeps the affected legs from being planned.
func (b *builder) lookAtLegs(affected []leg) {
	for _, leg := range affected {
		b.reportDangling(leg.dangling)
		if leg.mutual == MutualUnknown {
			b.find(MTLSUnknown, leg.label())
		}
		if leg.mutual == MutualOff {
			b.find(MTLSOff, leg.sipInterface.name)
		}
		if len(leg.dangling) == 0 {
			b.lookForDefaultContext(leg)
		}
	}
	for _, id := range b.plannedContexts(affected) {
		if users := b.state.tables.otherUsers(id, b.state.legs); len(users) > 0 && id != defaultContext {
			b.findUnless(b.terms.Choice.AllowSharedContext, SharedContext, b.state.tables.label(id), strings.Join(users, ", "))
		}
	}
	b.lookForSecrets()
}

// lookForDefaultContext: context 0 is shared by nature, so allowing it allows the sharing.
func (b *builder) lookForDefaultContext(leg leg) {
	allowed := b.terms.Choice.AllowDefaultContext
	switch {
	case leg.outgoing == defaultContext:
		b.findUnless(allowed, DefaultContext, leg.label())
	case leg.incoming == defaultContext:
		b.findUnless(allowed, IncomingDefaultContext, leg.label(), b.state.tables.label(leg.outgoing))
	}
}

// lookForSecrets: the whole table must be writable, for it may have to be put back.
func (b *builder) lookForSecrets() {
	for _, context := range b.state.tables.contexts {
		if context.row.HasSecret() {
			b.find(SecretInTLSContexts, context.index)
		}
	}
}

func (b *builder) lookAtFirmware() {
	if b.state.firmware == nil {
		b.find(FirmwareUnreadable, b.state.Status.Firmware)
		return
	}
	if !b.terms.Policy.KnowsLine(b.state.firmware.Version()) {
		b.find(FirmwareNewer, b.state.firmware.Raw, b.terms.Policy.Date)
	}
}

func (b *builder) lookAtSaveState() {
	switch b.state.Status.SaveNeeded {
	case audiocodes.Yes:
		b.find(UnsavedChanges)
		if b.terms.Choice.SaveUnsaved {
			b.findings[len(b.findings)-1].Level = Info
		}
	case audiocodes.Unknown:
		b.find(SaveStateUnknown)
	}
}

// label names a leg in texts.
func (l leg) label() string {
	switch {
	case l.hasProxySet && l.hasInterface:
		return fmt.Sprintf("Proxy Set %q on SIP Interface %q", l.proxySet.name, l.sipInterface.name)
	case l.hasProxySet:
		return fmt.Sprintf("Proxy Set %q without a SIP Interface", l.proxySet.name)
	default:
		return fmt.Sprintf("SIP Interface %q", l.sipInterface.name)
	}
}
