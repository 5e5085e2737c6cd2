package remediate

import (
	"fmt"
	"slices"
)

// otherUsers lists what uses a TLS Context besides Teams and the management interface: SIP Interfaces with a TLS
// port, Proxy Sets with a TLS address, and whatever else names it (otherNames). Teams should have the context to
// itself (eGroup procedure, "Teams TLS Context Setting").
func (t tables) otherUsers(context int, legs []leg) []string {
	users := t.otherInterfaces(context, legs)
	users = append(users, t.otherProxySets(context, legs)...)
	return append(users, t.otherNames(context, legs)...)
}

func (t tables) otherInterfaces(context int, legs []leg) []string {
	var users []string
	for _, sip := range t.interfaces {
		ours := slices.ContainsFunc(legs, func(l leg) bool { return l.isOn(sip) })
		if !ours && sip.tlsPort && t.uses(sip.context, context) {
			users = append(users, fmt.Sprintf("SIP Interface %q", sip.name))
		}
	}
	return users
}

func (t tables) otherProxySets(context int, legs []leg) []string {
	var users []string
	for _, set := range t.proxySets {
		leadsHere := func(reference string) bool { return t.uses(reference, context) }
		if t.hasOtherTLSAddress(set, legs) && slices.ContainsFunc(t.outgoingReferences(set), leadsHere) {
			users = append(users, fmt.Sprintf("Proxy Set %q", set.name))
		}
	}
	return users
}

// hasOtherTLSAddress reports whether a Proxy Set speaks TLS with a peer other than Teams. In a set that the operator
// chose, every address counts as Teams.
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

// mayBeTLS reports whether an address may be reached by TLS. TransportType 0 and 1 are UDP and TCP, 2 is TLS; -1
// leaves it to DNS, or to the global SIPTRANSPORTTYPE, default 0. Unknown counts as TLS.
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

// asksForTransport reports whether DNS may decide on the transport to a Proxy Set: with any method but A-record (0)
// and SRV (1), that is NAPTR (2); -1 leaves it to the global ProxyDNSQueryType, default 0 (User's Manual 7.4, "DNS
// Resolve Method": a set transport type rules NAPTR out).
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

// outgoingReferences are the contexts by which a Proxy Set may connect, as written: its own, else those of its SIP
// Interfaces, else none, which means context 0. What a device does with a name that leads nowhere is not known, so
// the SIP Interfaces count then too.
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
