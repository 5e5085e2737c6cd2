package remediate

import (
	"slices"

	"github.com/acfix/acfix/certs"
)

// Choice is what the operator decided in advance; its zero value leaves everything to the rules.
type Choice struct {
	// By name or index.
	ProxySet     string `json:"proxy_set"`
	SIPInterface string `json:"sip_interface"`
	TLSContext   string `json:"tls_context"`

	AllRoots           bool `json:"all_roots"`        // import all required roots whatever the firmware brings
	IncludeNonMTLS     bool `json:"include_non_mtls"` // plan although mutual TLS is off
	SaveUnsaved        bool `json:"save_unsaved"`     // save although there are unsaved changes by others
	AllowSharedContext bool `json:"allow_shared_context"`
	// AllowDefaultContext allows imports only; acfix never touches the switch of context 0.
	AllowDefaultContext bool `json:"allow_default_context"`
}

// leg is one way between Teams and the SBC: a Proxy Set on a SIP Interface, and the TLS Contexts that serve it in
// each direction.
type leg struct {
	proxySet     proxySet
	hasProxySet  bool
	sipInterface sipInterface
	hasInterface bool
	mutual       Mutual

	outgoing, incoming int // TLS Contexts by the configuration, or unknownContext
	// chosen is the TLS Context that the operator named instead; nil without.
	chosen *int
	wrong  []wrongReference
}

// affected reports whether the rule concerns the leg: unknown mutual TLS counts as on.
func (l leg) affected(policy certs.Policy, choice Choice) bool {
	return !policy.MutualTLSDecides || choice.IncludeNonMTLS || l.mutual != MutualOff
}

// contexts are the TLS Contexts to repair for the leg, each once: the chosen one, else those that serve it.
func (l leg) contexts() []int {
	if l.chosen != nil {
		return []int{*l.chosen}
	}
	return l.serving()
}

// serving are the TLS Contexts that serve the leg according to the configuration, each once.
func (l leg) serving() []int {
	if l.outgoing == l.incoming {
		return []int{l.outgoing}
	}
	return []int{l.outgoing, l.incoming}
}

// legs finds the Teams legs: by the addresses of the Proxy Sets, or as the operator chose.
func (t tables) legs(choice Choice) ([]leg, []wrongReference) {
	sets, wrong := t.teamsProxySets(choice)
	chosen, wrongInterface := t.chosenInterface(choice)
	wrong = append(wrong, wrongInterface...)
	if len(wrong) > 0 {
		return nil, wrong
	}
	var legs []leg
	for _, set := range t.setsOn(sets, chosen) {
		legs = append(legs, t.legsOf(set, chosen, choice)...)
	}
	if len(sets) == 0 && chosen != nil {
		legs = append(legs, t.leg(nil, chosen, choice))
	}
	return legs, nil
}

func (t tables) teamsProxySets(choice Choice) ([]proxySet, []wrongReference) {
	if choice.ProxySet != "" {
		sets := choose(t.proxySets, choice.ProxySet)
		if len(sets) != 1 {
			return nil, []wrongReference{leadsWrong("--proxy-set", whatProxySet, choice.ProxySet, sets)}
		}
		return sets, nil
	}
	var teams []proxySet
	for _, set := range t.proxySets {
		if set.isTeams() {
			teams = append(teams, set)
		}
	}
	var wrong []wrongReference
	for _, orphan := range t.orphans {
		if orphan.kind.isTeams() {
			from := "Proxy address " + orphan.address
			wrong = append(wrong, leadsWrong(from, whatProxySet, orphan.set, t.setsOf(orphan)))
		}
	}
	return teams, wrong
}

// setsOn leaves out the Proxy Sets of other SIP Interfaces than the chosen one. If that leaves none, it returns them
// all: the operator knows better than the configuration.
func (t tables) setsOn(sets []proxySet, chosen *sipInterface) []proxySet {
	if chosen == nil {
		return sets
	}
	var fitting []proxySet
	for _, set := range sets {
		names := slices.ContainsFunc(set.interfaces, func(name string) bool {
			return hasIndex(refer(t.interfaces, name), chosen.index)
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

func (t tables) chosenInterface(choice Choice) (*sipInterface, []wrongReference) {
	if choice.SIPInterface == "" {
		return nil, nil
	}
	found := choose(t.interfaces, choice.SIPInterface)
	if len(found) != 1 {
		return nil, []wrongReference{leadsWrong("--sip-interface", whatSIPInterface, choice.SIPInterface, found)}
	}
	return &found[0], nil
}

// isOn reports whether the leg runs over a SIP Interface.
func (l leg) isOn(sip sipInterface) bool { return l.hasInterface && l.sipInterface.index == sip.index }

// legsOf returns a leg for each SIP Interface of a Proxy Set, or one leg without a SIP Interface.
func (t tables) legsOf(set proxySet, chosen *sipInterface, choice Choice) []leg {
	if chosen != nil {
		return []leg{t.leg(&set, chosen, choice)}
	}
	var legs []leg
	for _, name := range set.interfaces {
		found := refer(t.interfaces, name)
		if len(found) != 1 {
			broken := t.leg(&set, nil, choice)
			broken.wrong = append(broken.wrong, leadsWrong("Proxy Set "+set.name, whatSIPInterface, name, found))
			legs = append(legs, broken)
			continue
		}
		if !slices.ContainsFunc(legs, func(l leg) bool { return l.isOn(found[0]) }) {
			legs = append(legs, t.leg(&set, &found[0], choice))
		}
	}
	if len(legs) == 0 {
		legs = append(legs, t.leg(&set, nil, choice))
	}
	return legs
}

// leg resolves the TLS Contexts of one leg (User's Manual 7.4, "TLS Contexts": outgoing Proxy Set, else SIP
// Interface, else 0; incoming SIP Interface, else 0).
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

// chosenContext sets the TLS Context that the operator chose; wrong references to TLS Contexts no longer matter.
func (t tables) chosenContext(l *leg, wanted string) {
	l.wrong = slices.DeleteFunc(l.wrong, func(w wrongReference) bool { return w.what == whatContext })
	found := choose(t.contexts, wanted)
	if len(found) != 1 {
		l.wrong = append(l.wrong, leadsWrong("--tls-context", whatContext, wanted, found))
		return
	}
	l.chosen = &found[0].index
}

// reference returns the index of the TLS Context that a cell refers to; an empty cell means 0.
func (t tables) reference(l *leg, name string) int {
	if name == "" {
		return defaultContext
	}
	found := refer(t.contexts, name)
	if len(found) != 1 {
		wrong := leadsWrong("The "+t.policy.Service+" leg", whatContext, name, found)
		if !slices.Contains(l.wrong, wrong) {
			l.wrong = append(l.wrong, wrong)
		}
		return unknownContext
	}
	return found[0].index
}
