package remediate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/acfix/acfix/audiocodes"
)

// automaticUpdateSources are the parameters by which a device fetches configuration or roots from a provisioning
// server (User's Manual 7.4, "Automatic Update Parameters"). Their values may hold a password: only their names are
// shown.
var automaticUpdateSources = []string{
	"IniFileURL", "IniFileTemplateURL", "CliScriptURL", "AUPDCliScriptURL", "CLIStartupScriptURL",
	"ConfPackageURL", "TLSRootFileUrl", "TLSCertFileUrl",
}

// checkDevice notes findings about the device as a whole.
func (b *builder) checkDevice() {
	b.checkSource()
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

// checkNames looks for the service in the names on a device without its leg: a name is a hint, never proof.
func (b *builder) checkNames() {
	service := b.state.tables.policy.Service
	var named []string
	for _, set := range b.state.tables.proxySets {
		if containsFold(set.name, service) {
			named = append(named, fmt.Sprintf("Proxy Set %q", set.name))
		}
	}
	for _, sip := range b.state.tables.interfaces {
		if containsFold(sip.name, service) {
			named = append(named, fmt.Sprintf("SIP Interface %q", sip.name))
		}
	}
	if len(named) > 0 {
		b.find(NamedTeamsOnly, strings.Join(named, " and "))
		return
	}
	b.find(NoTeamsLeg)
}

// checkUnaffected checks legs with mutual TLS off. The SBC may still verify Teams' certificate; then the leg needs
// the roots too, unless its contexts get them anyway.
// docs/design/remediate.md: A leg that verifies without mutual TLS blocks
func (b *builder) checkUnaffected(planned []int) {
	for _, leg := range b.state.legs {
		if leg.affected(b.terms.Policy, b.terms.Choice) {
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

// verifiers are the global parameters that make the SBC verify Teams' certificate although mutual TLS is off at the
// SIP Interface. A parameter whose value the device hides counts as on.
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

// checkLegs notes what keeps acfix from planning the affected legs.
func (b *builder) checkLegs(affected []leg) {
	for _, leg := range affected {
		b.reportWrong(leg.wrong)
		b.checkMutual(leg)
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

// checkMutual notes what is not as usual about the leg's mutual TLS, where that decides.
func (b *builder) checkMutual(leg leg) {
	switch {
	case !b.terms.Policy.MutualTLSDecides:
	case leg.mutual == MutualUnknown:
		b.find(MTLSUnknown, leg.label())
	case leg.mutual == MutualOff:
		b.find(MTLSOff, leg.sipInterface.name)
	}
}

// checkUsers notes who else uses a context. One that lets administrators log in by certificate must not trust public
// roots, whatever the operator accepts. Context 0 is always shared; the finding DefaultContext says so.
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

// checkPeerNames notes that the SBC checks Teams' names besides its certificates.
func (b *builder) checkPeerNames() {
	value, _ := b.state.tables.file.Parameter(parameterPeerNames)
	switch {
	case b.state.tables.file.Hidden(parameterPeerNames):
		b.find(PeerNameVerification, "not at its default")
	case value != "" && value != "0":
		b.find(PeerNameVerification, value)
	}
}

// checkDefaultContext checks the use of context 0. It is always shared, so an operator who allows it allows the
// sharing.
// docs/design/remediate.md: Context 0 implies a shared context
func (b *builder) checkDefaultContext(leg leg) {
	allowed := b.terms.Choice.AllowDefaultContext
	// A chosen context other than 0 decides; findings name what else serves the leg.
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

// checkSecrets makes sure that the whole table can be written, for it may have to be put back.
func (b *builder) checkSecrets() {
	for _, context := range b.state.tables.contexts {
		if context.row.HasSecret() {
			b.find(SecretInTLSContexts, context.index)
		}
	}
}

// checkFirmware judges the firmware version. One that acfix can't read blocks, unless the operator asked for all
// roots. Even then TLS Context 0 must be there: without it, acfix can't know that the configuration is complete.
func (b *builder) checkFirmware(affected bool) {
	if b.state.firmware == nil {
		_, whole := b.state.tables.context(defaultContext)
		b.findUnless(b.terms.Choice.AllRoots && whole, FirmwareUnreadable, whyUnreadable(b.state.Status.Firmware))
		return
	}
	switch {
	case !affected, !b.terms.Policy.UsesBundle, b.sawBundle():
	case !b.terms.Policy.KnowsLine(b.version):
		b.find(FirmwareNewer, b.state.firmware.Raw, b.terms.Policy.Date)
	case !b.state.firmware.OfBundleRule():
		b.find(FirmwareOtherLetters, b.state.firmware.Raw, b.state.firmware.Letters)
	}
}

// whyUnreadable says what is wrong with a firmware version that acfix can't read.
func whyUnreadable(version string) string {
	if version == "" {
		return "is not given"
	}
	return fmt.Sprintf("%q can't be read", version)
}

// checkSaveState checks what waits unsaved, for a save saves all of it, whoever changed it. What an interrupted run
// of acfix left is known from its journal and does not block.
// docs/design/remediate.md: A save alone is a plan
func (b *builder) checkSaveState(steps []Step) {
	earlier := b.terms.Earlier
	waits := b.state.Status.SaveNeeded
	if earlier.Died != "" && (waits == audiocodes.Yes || len(steps) > 0) {
		b.find(InterruptedRun, earlier.Died)
	}
	switch {
	case waits == audiocodes.Unknown && b.state.source.IsFile():
		b.find(UnsavedNotInFile)
	case waits == audiocodes.Unknown:
		b.find(SaveStateUnknown)
	case waits == audiocodes.Yes && earlier.explains(b.state), earlier.mayWait(b.state):
		b.find(UnsavedOwn)
	case waits == audiocodes.Yes && earlier.perhaps(b.state):
		b.findUnless(b.terms.Choice.SaveUnsaved, UnsavedPerhaps)
	case waits == audiocodes.Yes && len(earlier.others(b.state)) > 0:
		b.findUnless(b.terms.Choice.SaveUnsaved, UnsavedMixed, strings.Join(earlier.others(b.state), ", "))
	case waits == audiocodes.Yes:
		// With nothing of ours to write, the save is the whole plan, and the operator sees it as such.
		onlySave := len(steps) > 0 && steps[0].Kind == StepSave
		b.savesOthers = onlySave && !b.terms.Choice.SaveUnsaved
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
