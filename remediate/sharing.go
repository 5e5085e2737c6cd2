package remediate

import (
	"fmt"
	"slices"
)

// otherUsers lists what uses a TLS Context besides Teams and the management interface: a SIP
// Interface with a TLS port, a Proxy Set with a TLS address, and whatever else names it
// (otherNames). The context should be Teams' alone (eGroup procedure, "Teams TLS Context
// Setting").
func (t tables) otherUsers(context int, legs []leg) []string {
	users := t.otherInterfaces(context, legs)
	users = append(users, t.otherProxySets(context, legs)...)
	return append(users, t.otherNames(context, legs)...)
}

func (t tables) otherInterfaces(context int, legs []leg) []string {
	var users []string
	for _, sip := range t.interfaces {
		ours := slices.ContainsFunc(legs, func(l leg) bool { return l.hasInterface && l.sipInterface.index == sip.index })
		if !ours && sip.tlsPort && t.uses(sip.context, context) {
			users = append(users, fmt.Sprintf("SIP Interface %q", sip.name))
		}
	}
	return users
}

func (t tables) otherProxySets(context int, legs []leg) []string {
	var users []string
	for _, set := range t.proxySets {
		if t.hasOtherTLSAddress(set, legs) && slices.ContainsFunc(t.outgoingReferences(set), func(reference string) bool {
			return t.uses(reference, context)
		}) {
			users = append(users, fmt.Sprintf("Proxy Set %q", set.name))
		}
	}
	return users
}

// hasOtherTLSAddress reports whether a Proxy Set speaks TLS with another peer than Teams.
// In a set that the operator chose, every address is Teams.
func (t tables) hasOtherTLSAddress(set proxySet, legs []leg) bool {
	ours := slices.ContainsFunc(legs, func(l leg) bool { return l.hasProxySet && l.proxySet.index == set.index })
	for _, address := range set.addresses {
		if !t.mayBeTLS(set, address) || address.kind.isTeams() {
			continue
		}
		if !ours || set.isTeams() {
			return true
		}
	}
	return false
}

// mayBeTLS: TransportType 0 and 1 are UDP and TCP, 2 is TLS; -1 leaves it to DNS, or to the
// global SIPTRANSPORTTYPE, default 0. What can't be told counts as TLS.
func (t tables) mayBeTLS(set proxySet, address proxyAddress) bool {
	transport := address.transport
	if transport == "" || transport == "-1" {
		if t.asksForTransport(set) {
			return true
		}
		global, isSet := t.file.Parameter(parameterTransport)
		if !isSet && !t.file.Hidden(parameterTransport) {
			return false
		}
		transport = global
	}
	return transport != "0" && transport != "1"
}

// asksForTransport reports whether DNS may say how a Proxy Set is reached: by all methods but
// A-record (0) and SRV (1), so by NAPTR (2); -1 leaves it to the global ProxyDNSQueryType,
// default 0 (User's Manual 7.4, "DNS Resolve Method": a set transport type rules NAPTR out).
func (t tables) asksForTransport(set proxySet) bool {
	method := set.row.Text("DNSResolveMethod")
	if method == "" || method == "-1" {
		global, isSet := t.file.Parameter(parameterDNSQuery)
		if !isSet && !t.file.Hidden(parameterDNSQuery) {
			return false
		}
		method = global
	}
	return method != "0" && method != "1"
}

// outgoingReferences are the contexts by which a Proxy Set may connect, as written: its own,
// else those of its SIP Interfaces, else none, which is context 0. What becomes of a name that
// leads nowhere can't be told, so the SIP Interfaces count too.
func (t tables) outgoingReferences(set proxySet) []string {
	if set.context != "" && len(refer(t.contexts, set.context)) > 0 {
		return []string{set.context}
	}
	var references []string
	for _, name := range set.interfaces {
		for _, sip := range refer(t.interfaces, name) {
			references = append(references, sip.context)
		}
	}
	if set.context != "" || len(references) == 0 {
		references = append(references, set.context)
	}
	return references
}

// uses reports whether a reference as written may lead to the context.
func (t tables) uses(reference string, context int) bool {
	if reference == "" {
		return context == defaultContext
	}
	return t.leadsTo(reference, context, refer[tlsContext])
}
