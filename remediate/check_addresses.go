package remediate

import "slices"

// checkAddresses notes what is odd about Proxy addresses.
func (b *builder) checkAddresses() {
	for _, set := range b.state.tables.proxySets {
		// In the set that the operator named, the operator answers for the addresses.
		chosen := b.terms.Choice.ProxySet != "" && slices.ContainsFunc(b.state.legs, func(l leg) bool {
			return l.hasProxySet && l.proxySet.index == set.index
		})
		for _, address := range set.addresses {
			b.checkAddress(address, set.name, chosen)
			if !address.commented && isTestEndpoint(b.state.tables.policy.Hosts, address.address) {
				b.checkTestEndpoint(address, set)
			}
		}
	}
	for _, orphan := range b.state.tables.orphans {
		b.checkAddress(orphan, orphan.set, false)
	}
}

func (b *builder) checkAddress(address proxyAddress, set string, chosen bool) {
	switch address.kind {
	case unrecognisedPSTNHub:
		b.findUnless(chosen, UnrecognisedPSTNHub, address.address, set)
	case withdrawnTeamsAddress:
		b.find(WithdrawnFQDN, address.address, set)
	case unlistedTeamsAddress:
		if !isTestEndpoint(b.state.tables.policy.Hosts, address.address) {
			b.find(UnlistedFQDN, address.address, set)
		}
	}
}

// checkTestEndpoint warns of an end point that answers only OPTIONS if calls go to it: because it comes first, or
// because calls are spread over all addresses.
func (b *builder) checkTestEndpoint(address proxyAddress, set proxySet) {
	first := !slices.ContainsFunc(set.addresses, func(other proxyAddress) bool {
		return !other.commented && other.place < address.place
	})
	method := set.row.Text("ProxyLoadBalancingMethod")
	balanced := method != "" && method != "0"
	place := ""
	switch {
	case first:
		place = ", in the first place"
	case balanced:
		place = ", and spreads calls over all of them"
	}
	f := b.finding(TestEndpointInUse, set.name, address.address, place)
	if first || balanced {
		f.Level = Warning
	}
	b.findings = append(b.findings, f)
}

// reportWrong notes which references lead nowhere, or to several rows.
func (b *builder) reportWrong(references []wrongReference) {
	for _, wrong := range references {
		if wrong.fits != "" {
			b.find(AmbiguousName, wrong.from, wrong.what, wrong.name, wrong.fits)
			continue
		}
		b.find(DanglingReference, wrong.from, wrong.what, wrong.name)
	}
}
