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

// checkDevice finds what concerns the device as a whole.
func (b *builder) checkDevice() {
	b.findings = append(b.findings, connectionFindings(b.terms.InsecureTLS, b.terms.OldTLS, b.terms.LegacyCiphers)...)
	if off, told := b.state.clockOff(); told && off > clockTolerance {
		b.find(ClockOff, b.state.Status.LocalTime)
	}
	if !b.state.Status.Ready() {
		b.find(HANotReady, b.state.Status.HighAvailability)
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

// checkNames is for a device without a Teams leg: a name is a hint, never proof.
func (b *builder) checkNames() {
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

// checkUnaffected is for legs with mutual TLS off. The SBC may verify Teams all the same,
// and then the leg needs the roots too, unless its contexts get them anyway.
// docs/design/remediate.md: A leg that verifies without mutual TLS blocks
func (b *builder) checkUnaffected(planned []int) {
	for _, leg := range b.state.legs {
		if leg.affected(b.terms.Choice) {
			continue
		}
		b.reportWrong(leg.wrong)
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

// checkLegs finds what keeps the affected legs from being planned.
func (b *builder) checkLegs(affected []leg) {
	for _, leg := range affected {
		b.reportWrong(leg.wrong)
		if leg.mutual == MutualUnknown {
			b.find(MTLSUnknown, leg.label())
		}
		if leg.mutual == MutualOff {
			b.find(MTLSOff, leg.sipInterface.name)
		}
		if len(leg.wrong) == 0 {
			b.checkDefaultContext(leg)
		}
	}
	for _, id := range b.plannedContexts() {
		b.checkUsers(id)
	}
	b.checkSecrets()
	b.checkPeerNames()
}

// checkUsers: a context that lets administrators in by their certificates must not trust public
// roots, whatever the operator accepts. Context 0 is shared by nature, which DefaultContext says.
func (b *builder) checkUsers(id int) {
	users := b.state.tables.otherUsers(id, b.state.legs)
	management, logins := b.state.tables.management(id), b.state.tables.clientCertificates()
	label := b.state.tables.label(id)
	switch {
	case len(management) > 0 && len(logins) > 0:
		b.find(ManagementClientCertificates, label, strings.Join(management, ", "), strings.Join(logins, ", "))
	default:
		users = append(management, users...)
	}
	if len(users) > 0 && id != defaultContext {
		b.findUnless(b.terms.Choice.AllowSharedContext, SharedContext, label, strings.Join(users, ", "))
	}
}

// checkPeerNames: with this parameter on, Teams' names decide beside its certificates.
func (b *builder) checkPeerNames() {
	value, _ := b.state.tables.file.Parameter(parameterPeerNames)
	switch {
	case b.state.tables.file.Hidden(parameterPeerNames):
		b.find(PeerNameVerification, "not at its default")
	case value != "" && value != "0":
		b.find(PeerNameVerification, value)
	}
}

// checkDefaultContext: context 0 is shared by nature, so allowing it allows the sharing.
// docs/design/remediate.md: Context 0 implies a shared context
func (b *builder) checkDefaultContext(leg leg) {
	allowed := b.terms.Choice.AllowDefaultContext
	// A chosen context decides, unless it is 0 itself; what else serves the leg is told.
	decided := allowed || leg.chosen != nil && *leg.chosen != defaultContext
	switch {
	case leg.chosen != nil && *leg.chosen == defaultContext:
		b.findUnless(allowed, DefaultContext, leg.label())
	case leg.outgoing == defaultContext:
		b.findUnless(decided, DefaultContext, leg.label())
	case leg.incoming == defaultContext:
		b.findUnless(decided, IncomingDefaultContext, leg.label(), b.state.tables.label(leg.outgoing))
	}
	for _, id := range leg.serving() {
		if leg.chosen != nil && id != *leg.chosen && id > defaultContext {
			b.find(OtherContext, leg.label(), b.state.tables.label(id), b.state.tables.label(*leg.chosen))
		}
	}
}

// checkSecrets: the whole table must be writable, for it may have to be put back.
func (b *builder) checkSecrets() {
	for _, context := range b.state.tables.contexts {
		if context.row.HasSecret() {
			b.find(SecretInTLSContexts, context.index)
		}
	}
}

// checkFirmware: a firmware that can't be read blocks whatever else is found, unless all roots
// are asked for. Without TLS Context 0 it can't be told whether the configuration is whole.
func (b *builder) checkFirmware(affected bool) {
	if b.state.firmware == nil {
		_, whole := b.state.tables.context(defaultContext)
		b.findUnless(b.terms.Choice.AllRoots && whole, FirmwareUnreadable, b.state.Status.Firmware)
		return
	}
	switch {
	case !affected:
	case !b.terms.Policy.KnowsLine(b.state.firmware.Version()):
		b.find(FirmwareNewer, b.state.firmware.Raw, b.terms.Policy.Date)
	case !b.state.firmware.OfBundleRule():
		b.find(FirmwareOtherLetters, b.state.firmware.Raw, b.state.firmware.Letters)
	}
}

// checkSaveState: a save saves everything that waits, whoever put it there. What an
// interrupted run of ours left is known from its journal and keeps nothing from going on.
// docs/design/remediate.md: A save alone is a plan
func (b *builder) checkSaveState(steps []Step) {
	earlier := b.terms.Earlier
	waits := b.state.Status.SaveNeeded
	if earlier.Died != "" && (waits == audiocodes.Yes || len(steps) > 0) {
		b.find(InterruptedRun, earlier.Died)
	}
	switch {
	case waits == audiocodes.Unknown:
		b.find(SaveStateUnknown)
	case waits == audiocodes.Yes && earlier.explains(b.state), earlier.mayWait(b.state):
		b.find(UnsavedOwn)
	case waits == audiocodes.Yes && earlier.perhaps(b.state):
		b.findUnless(b.terms.Choice.SaveUnsaved, UnsavedPerhaps)
	case waits == audiocodes.Yes && len(earlier.others(b.state)) > 0:
		b.findUnless(b.terms.Choice.SaveUnsaved, UnsavedMixed, strings.Join(earlier.others(b.state), ", "))
	case waits == audiocodes.Yes:
		// With nothing of ours to write, the save is the whole plan and is seen as such.
		onlySave := len(steps) > 0 && steps[0].Kind == StepSave
		b.findUnless(onlySave || b.terms.Choice.SaveUnsaved, UnsavedChanges)
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
