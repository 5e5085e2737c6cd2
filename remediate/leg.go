package remediate

import "slices"

// Mutual says whether mutual TLS is on at a SIP Interface.
type Mutual string

// What can't be told is MutualUnknown and counts as on.
const (
	MutualOn      Mutual = "on"
	MutualOff     Mutual = "off"
	MutualUnknown Mutual = "unknown"
)

// Choice is what the operator decided beforehand; the zero value leaves all to the rules.
type Choice struct {
	// By name or index.
	ProxySet     string `json:"proxy_set"`
	SIPInterface string `json:"sip_interface"`
	TLSContext   string `json:"tls_context"`

	AllRoots           bool `json:"all_roots"`        // import all seven whatever the firmware brings
	IncludeNonMTLS     bool `json:"include_non_mtls"` // plan although mutual TLS is off
	SaveUnsaved        bool `json:"save_unsaved"`     // save although somebody else's changes wait unsaved
	AllowSharedContext bool `json:"allow_shared_context"`
	// AllowDefaultContext is for imports only; the switch of context 0 is never touched.
	AllowDefaultContext bool `json:"allow_default_context"`
}

// leg is one way between Teams and the SBC: a Proxy Set on a SIP Interface, and the TLS
// Contexts that serve it in each direction.
type leg struct {
	proxySet     proxySet
	hasProxySet  bool
	sipInterface sipInterface
	hasInterface bool
	mutual       Mutual

	outgoing, incoming int // TLS Contexts by the configuration
	// chosen is the TLS Context that the operator named instead; nil without.
	chosen   *int
	dangling []dangling
}

// dangling is a reference to something that does not exist.
type dangling struct{ from, what, name string }

const whatContext = "TLS Context"

// affected tells whether the rule concerns the leg: unknown counts as on.
func (l leg) affected(choice Choice) bool { return choice.IncludeNonMTLS || l.mutual != MutualOff }

// contexts are the TLS Contexts to repair for the leg, without repetition: those that serve
// it, or the chosen one.
func (l leg) contexts() []int {
	if l.chosen != nil {
		return []int{*l.chosen}
	}
	return l.serving()
}

// serving are the TLS Contexts that serve the leg by the configuration.
func (l leg) serving() []int {
	if l.outgoing == l.incoming {
		return []int{l.outgoing}
	}
	return []int{l.outgoing, l.incoming}
}

// legs finds the Teams legs: by the addresses of the Proxy Sets, or as the operator chose.
func (t tables) legs(choice Choice) ([]leg, []dangling) {
	sets, missing := t.teamsProxySets(choice)
	chosen, missingInterface := t.chosenInterface(choice)
	missing = append(missing, missingInterface...)
	if len(missing) > 0 {
		return nil, missing
	}
	var legs []leg
	for _, set := range t.on(sets, chosen) {
		legs = append(legs, t.legsOf(set, chosen, choice)...)
	}
	if len(sets) == 0 && chosen != nil {
		legs = append(legs, t.leg(nil, chosen, choice))
	}
	return legs, nil
}

func (t tables) teamsProxySets(choice Choice) ([]proxySet, []dangling) {
	if choice.ProxySet != "" {
		i := choose(t.proxySets, proxySetName, proxySetIndex, choice.ProxySet)
		if i < 0 {
			return nil, []dangling{{from: "--proxy-set", what: "Proxy Set", name: choice.ProxySet}}
		}
		return t.proxySets[i : i+1], nil
	}
	var teams []proxySet
	for _, set := range t.proxySets {
		if set.isTeams() {
			teams = append(teams, set)
		}
	}
	var missing []dangling
	for _, orphan := range t.orphans {
		if orphan.kind.isTeams() {
			missing = append(missing, dangling{from: "Proxy address " + orphan.address, what: "Proxy Set", name: orphan.set})
		}
	}
	return teams, missing
}

// on leaves out the Proxy Sets that are on other SIP Interfaces than the chosen one; where
// that leaves none, the operator knows better than the configuration.
func (t tables) on(sets []proxySet, chosen *sipInterface) []proxySet {
	if chosen == nil {
		return sets
	}
	var fitting []proxySet
	for _, set := range sets {
		names := slices.ContainsFunc(set.interfaces, func(name string) bool {
			i := resolve(t.interfaces, interfaceName, name)
			return i >= 0 && t.interfaces[i].index == chosen.index
		})
		if names || len(set.interfaces) == 0 {
			fitting = append(fitting, set)
		}
	}
	if len(fitting) == 0 {
		return sets
	}
	return fitting
}

func (t tables) chosenInterface(choice Choice) (*sipInterface, []dangling) {
	if choice.SIPInterface == "" {
		return nil, nil
	}
	i := choose(t.interfaces, interfaceName, interfaceIndex, choice.SIPInterface)
	if i < 0 {
		return nil, []dangling{{from: "--sip-interface", what: "SIP Interface", name: choice.SIPInterface}}
	}
	return &t.interfaces[i], nil
}

// legsOf makes a leg for each SIP Interface of a Proxy Set, or one leg without.
func (t tables) legsOf(set proxySet, chosen *sipInterface, choice Choice) []leg {
	if chosen != nil {
		return []leg{t.leg(&set, chosen, choice)}
	}
	var legs []leg
	for _, name := range set.interfaces {
		i := resolve(t.interfaces, interfaceName, name)
		if i < 0 {
			broken := t.leg(&set, nil, choice)
			broken.dangling = append(broken.dangling, dangling{from: "Proxy Set " + set.name, what: "SIP Interface", name: name})
			legs = append(legs, broken)
			continue
		}
		if !slices.ContainsFunc(legs, func(l leg) bool { return l.hasInterface && l.sipInterface.index == t.interfaces[i].index }) {
			legs = append(legs, t.leg(&set, &t.interfaces[i], choice))
		}
	}
	if len(legs) == 0 {
		legs = append(legs, t.leg(&set, nil, choice))
	}
	return legs
}

// leg resolves the TLS Contexts of one leg (User's Manual 7.4, "TLS Contexts":
// outgoing Proxy Set, else SIP Interface, else 0; incoming SIP Interface, else 0).
func (t tables) leg(set *proxySet, sip *sipInterface, choice Choice) leg {
	l := leg{mutual: MutualUnknown}
	outgoing, incoming := "", ""
	if sip != nil {
		l.sipInterface, l.hasInterface = *sip, true
		l.mutual = t.mutual(*sip)
		incoming, outgoing = sip.context, sip.context
	}
	if set != nil {
		l.proxySet, l.hasProxySet = *set, true
		if set.context != "" {
			outgoing = set.context
		}
	}
	l.outgoing = t.reference(&l, outgoing)
	l.incoming = t.reference(&l, incoming)
	if choice.TLSContext != "" {
		t.chosenContext(&l, choice.TLSContext)
	}
	return l
}

// chosenContext: the operator decides, so references that lead nowhere do not matter.
func (t tables) chosenContext(l *leg, wanted string) {
	l.dangling = slices.DeleteFunc(l.dangling, func(d dangling) bool { return d.what == whatContext })
	i := choose(t.contexts, contextName, contextIndex, wanted)
	if i < 0 {
		l.dangling = append(l.dangling, dangling{from: "--tls-context", what: whatContext, name: wanted})
		return
	}
	l.chosen = &t.contexts[i].index
}

// reference is the index of the TLS Context with that name; not set means 0.
func (t tables) reference(l *leg, name string) int {
	if name == "" {
		return defaultContext
	}
	i := resolve(t.contexts, contextName, name)
	if i < 0 {
		broken := dangling{from: "The Teams leg", what: whatContext, name: name}
		if !slices.Contains(l.dangling, broken) {
			l.dangling = append(l.dangling, broken)
		}
		return defaultContext
	}
	return t.contexts[i].index
}

// mutual tells whether a SIP Interface asks the other side for its certificate (User's
// Manual 7.4, "TLS Mutual Authentication": 1 and 0 decide; -1 leaves it to the global
// SIPSRequireClientCertificate, default 0).
func (t tables) mutual(sip sipInterface) Mutual {
	cell, known := sip.row.Cell("TLSMutualAuthentication")
	switch {
	case known && cell.Text() == "1":
		return MutualOn
	case known && cell.Text() == "0":
		return MutualOff
	case known && !cell.Unset() && cell.Text() != "-1":
		return MutualUnknown
	}
	switch global := t.parameter(parameterClientCertificate); {
	case global == parameterOn:
		return MutualOn
	case global == parameterOff && known:
		return MutualOff
	default: // a firmware without the column: the global's default proves nothing
		return MutualUnknown
	}
}

// parameterState is a global on-off parameter, default off.
type parameterState int

const (
	parameterOff parameterState = iota
	parameterOn
	parameterUnknown // the device hides its value, or the value is neither 0 nor 1
)

func (t tables) parameter(name string) parameterState {
	value, set := t.file.Parameter(name)
	switch {
	case t.file.Hidden(name):
		return parameterUnknown
	case !set || value == "0" || value == "":
		return parameterOff
	case value == "1":
		return parameterOn
	default:
		return parameterUnknown
	}
}
