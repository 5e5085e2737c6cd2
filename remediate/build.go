package remediate

import (
	"fmt"
	"maps"
	"slices"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/certs"
	"github.com/hashicorp/go-version"
)

// Terms are what decides about a plan besides the device: the rule, the operator's choices, what the operator allowed
// for the connection, and what earlier runs left.
type Terms struct {
	Policy      certs.Policy
	Choice      Choice
	InsecureTLS bool
	// OldTLS is the lowest TLS version that the operator allowed, if lower than usual ("1.0"); else "".
	OldTLS string
	// LegacyCiphers: the operator allowed cipher suites that are off by default.
	LegacyCiphers bool
	// Earlier is what earlier runs left on the device, according to their journal.
	Earlier Earlier
	// Memo keeps what the run has computed about certificates; with nil, each plan computes it anew.
	Memo *certs.Memo
}

// Build decides. It is pure: the same state and terms make the same plan. The caller fills in Target and URL.
func Build(state State, terms Terms) DevicePlan {
	plan, savesOthers := judge(state, terms)
	plan.Digest = Fingerprint(state)
	if savesOthers && plan.Verdict == Change {
		plan.Saves = baselineOf(state.tables.file, nil, nil)
	}
	return plan
}

// judge makes the plan without the digests of the device, which only a plan to be carried out needs. savesOthers
// reports whether the plan saves what acfix did not change.
func judge(state State, terms Terms) (plan DevicePlan, savesOthers bool) {
	b := newBuilder(state, terms)
	plan = DevicePlan{
		Source:     state.from(),
		Device:     b.identity(),
		Teams:      b.teams(),
		Contexts:   []ContextPlan{},
		Steps:      []Step{},
		Choice:     terms.Choice,
		SaveNeeded: state.Status.SaveNeeded,
	}
	plan.Verdict = b.decide(&plan)
	plan.Findings = append([]Finding{}, b.findings...)
	return plan, b.savesOthers
}

// ErrorPlan returns the plan of a device that could not be read.
func ErrorPlan(err error) DevicePlan {
	return DevicePlan{
		Source: Source{Kind: SourceREST}, Verdict: Errored, Teams: []TeamsLeg{}, Contexts: []ContextPlan{},
		Steps: []Step{}, Findings: []Finding{}, Error: Fail(err),
	}
}

// builder collects findings while it decides.
type builder struct {
	state    State
	terms    Terms
	findings []Finding
	version  *version.Version // of the firmware; nil if it can't be read
	// savesOthers: the plan is a save alone, of changes that are not acfix's.
	savesOthers bool
}

func newBuilder(state State, terms Terms) builder {
	b := builder{state: state, terms: terms}
	if state.firmware != nil {
		b.version = state.firmware.Version()
	}
	return b
}

func (b *builder) find(code string, arguments ...any) {
	b.findings = append(b.findings, b.finding(code, arguments...))
}

// finding makes a finding in the words of the policy.
func (b *builder) finding(code string, arguments ...any) Finding {
	return findingBy(b.state.tables.policy, code, concealed(arguments)...)
}

// isTeams reports whether the plan is about Teams, whose own rules acfix knows besides those of the policy.
func (b *builder) isTeams() bool { return b.state.tables.policy.Service == teams }

// findUnless notes a problem, lowered to a warning if the operator has accepted it.
func (b *builder) findUnless(decided bool, code string, arguments ...any) {
	f := b.finding(code, arguments...)
	if decided {
		f = accepted(f)
	}
	b.findings = append(b.findings, f)
}

func (b *builder) identity() Identity {
	status := b.state.Status
	identity := Identity{Product: status.Product, Serial: status.Serial, MAC: status.MAC, Firmware: status.Firmware}
	if b.state.firmware != nil {
		identity.Release = b.state.firmware.Release()
	}
	return identity
}

func (b *builder) teams() []TeamsLeg {
	legs := []TeamsLeg{}
	for _, leg := range b.state.legs {
		legs = append(legs, TeamsLeg{
			ProxySet: leg.proxySet.name, SIPInterface: leg.sipInterface.name, MutualTLS: leg.mutual,
		})
	}
	return legs
}

// decide is the decision table; the first row that fits decides.
func (b *builder) decide(plan *DevicePlan) Verdict {
	affected := b.affectedLegs()
	b.checkDevice()
	b.checkFirmware(len(affected) > 0)
	b.checkAddresses()
	switch {
	case len(b.state.wrong) > 0:
		b.reportWrong(b.state.wrong)
	case len(b.state.legs) == 0:
		b.checkNames()
	case len(affected) == 0:
		b.checkUnaffected(nil)
	default:
		b.checkLegs(affected)
		for _, id := range b.plannedContexts() {
			plan.Contexts = append(plan.Contexts, b.checkContext(id))
		}
		b.checkUnaffected(b.plannedContexts())
	}
	switch {
	case hasProblem(b.findings):
		return Blocked
	case len(affected) == 0:
		return NotApplicable
	}
	steps := b.steps(plan.Contexts)
	b.checkSaveState(steps)
	switch {
	case hasProblem(b.findings):
		return Blocked
	case len(steps) == 0:
		return Compliant
	}
	plan.Steps = steps
	return Change
}

func (b *builder) affectedLegs() []leg {
	var affected []leg
	for _, leg := range b.state.legs {
		if leg.affected(b.terms.Policy, b.terms.Choice) {
			affected = append(affected, leg)
		}
	}
	return affected
}

// plannedContexts are the existing TLS Contexts of the affected legs, whose stores were read.
func (b *builder) plannedContexts() []int { return slices.Sorted(maps.Keys(b.state.Stores)) }

// steps returns the steps that bring the contexts to the wanted state, in order.
func (b *builder) steps(contexts []ContextPlan) []Step {
	var switches, imports []Step
	for _, context := range contexts {
		if b.switchesOn(context.ID) && !*context.UseDefaultCABundle {
			switches = append(switches, Step{
				Kind: StepEnableBundle, Context: &context.ID,
				Reason: "\"Use default CA Bundle\" is off in TLS Context " + b.state.tables.label(context.ID),
			})
		}
		for _, root := range context.Roots {
			if root.State == RootMissing || root.State == RootUnknown {
				imports = append(imports, Step{
					Kind: StepImportRoot, Context: &context.ID, Root: root.Name, SHA256: root.SHA256,
					Reason: b.whyImport(context.ID),
				})
			}
		}
	}
	if len(switches)+len(imports) == 0 {
		switch {
		case b.state.Status.SaveNeeded == audiocodes.Yes:
			return []Step{{Kind: StepSave, Reason: "everything is in place, but only in RAM: a restart would lose it"}}
		case b.terms.Earlier.mayWait(b.state):
			return []Step{{Kind: StepSave, Reason: "everything is in place, but perhaps only in RAM: " +
				"an earlier run did not see it saved, and this device did not report unsaved changes"}}
		}
		return []Step{}
	}
	return betweenBackupAndSave(append(switches, imports...))
}

func betweenBackupAndSave(changes []Step) []Step {
	const backed = "configuration and every TLS Context's roots and certificate, before anything is written"
	steps := append([]Step{{Kind: StepBackup, Reason: backed}}, changes...)
	return append(steps, Step{Kind: StepSave, Reason: "until then the changes are in RAM only"})
}

// unlessPresent is the reason to import a root into a store that the plan's file does not show.
const unlessPresent = "unless present"

func (b *builder) whyImport(id int) string {
	switch {
	case b.state.Stores[id].Unknown:
		return unlessPresent
	case !b.terms.Policy.UsesBundle:
		return "not in the store, and the policy counts on no CA bundle"
	case b.terms.Choice.AllRoots:
		return "not in the store; all required roots were asked for"
	case id == defaultContext:
		return "not in the store, and acfix does not switch the default CA bundle on in TLS Context 0"
	case b.state.tables.servesManagement(id):
		return "not in the store, and acfix does not switch the default CA bundle on in a TLS Context " +
			"that serves the management interface"
	case id > lastBundleContext:
		return "not in the store, and a TLS Context above 4 can't use the default CA bundle"
	case !b.switchesOn(id):
		return "not in the store, and this firmware has no default CA bundle to switch on"
	case b.state.firmware != nil && !b.state.firmware.OfBundleRule():
		return fmt.Sprintf("not in the store, and it is not known which roots the default CA bundle of firmware %s "+
			"contains", b.state.firmware.Raw)
	case b.sawBundle():
		return fmt.Sprintf("not in the store, and not seen in the default CA bundle of firmware %s", b.state.firmware.Raw)
	default:
		return fmt.Sprintf("not in the store, and %s does not list it in the default CA bundle of firmware %s",
			b.whoLists(), b.state.firmware.Release())
	}
}

// whoLists names by whose word roots are in bundles: AudioCodes' in the built-in policies.
func (b *builder) whoLists() string {
	if policy := b.terms.Policy; !policy.IsZero() && !policy.IsBuiltIn() {
		return "the policy " + policy.ID
	}
	return "AudioCodes"
}

// switchesOn reports whether the plan leaves the context's bundle switch on. It does if the policy uses the bundle, the
// firmware has the column, and the context may use the bundle and does not serve the management interface, as context 0
// does: there the bundle would make it trust every public CA.
// docs/design/remediate.md: The FORMAT line shows whether the bundle switch exists
func (b *builder) switchesOn(id int) bool {
	context, _ := b.state.tables.context(id)
	_, has := context.row.Cell(columnBundle)
	return b.terms.Policy.UsesBundle && has && id <= lastBundleContext && !b.state.tables.servesManagement(id)
}
