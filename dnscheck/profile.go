package dnscheck

import "slices"

const (
	sourcePexip = "Pexip, \"Certificate and DNS examples for a Microsoft Teams integration\""
	sourceLearn = "Microsoft Learn, \"Plan Direct Routing\", \"SBC domain names\""
	sourceM365  = "Microsoft Learn, \"External Domain Name System records for Microsoft 365\""
	sourceSRV   = "RFC 2782, \"Target\""
)

// Profile is what one vendor's document asks of a domain.
type Profile struct {
	Name     string
	services []service
	// host is the rule that every given host's address follows.
	host rule
	// public: hosts must lie in a domain of the organisation's own.
	public bool
}

// service is one SRV record of a domain.
type service struct {
	label  string // "_sip._tcp"
	port   uint16
	source string
	// federation: the target is one pool in the domain's own domain, not the nodes, and the
	// record is only needed where somebody federates.
	federation bool
	// elsewhere is the one target outside its domain that the vendor documents.
	elsewhere string
}

// rule is what one check is about.
type rule struct{ id, sentence, source string }

var (
	ruleExists   = rule{"srv_exists", "the SRV record exists", ""}
	rulePort     = rule{"srv_port", "every target has the service's port", ""}
	ruleTargets  = rule{"srv_targets", "the targets are the nodes, all of them and no others", ""}
	ruleResolves = rule{"srv_target_resolves", "every target has an address", sourceSRV}
	ruleAlias    = rule{"srv_target_alias", "no target is an alias (CNAME)", sourceSRV}
	ruleOwn      = rule{"federation_domain", "a federation target lies in the domain of its SRV record", sourcePexip + ", \"Support for federated Skype for Business / Lync systems\""}
	ruleNode     = rule{"node_address", "every node has an address record", sourcePexip + ", \"DNS records\""}
	rulePool     = rule{"pool_address", "the pool's name has the addresses of all its nodes", sourcePexip + ", \"Support for federated Skype for Business / Lync systems\""}
	ruleSBC      = rule{"sbc_address", "the SBC's name has an address record", sourceLearn}
	ruleTenant   = rule{"sbc_domain", "the SBC's name is not below onmicrosoft.com", sourceLearn}
)

// profiles is the table of what is asked for.
var profiles = []Profile{
	{
		Name: "pexip", host: ruleNode,
		services: []service{
			{label: "_h323cs._tcp", port: 1720, source: sourcePexip + ", \"DNS records\""},
			{label: "_h323ls._udp", port: 1719, source: sourcePexip + ", \"DNS records\""},
			{label: "_sip._tcp", port: 5060, source: sourcePexip + ", \"DNS records\""},
			{label: "_sips._tcp", port: 5061, source: sourcePexip + ", \"DNS records\""},
			{label: "_pexapp._tcp", port: 443, source: sourcePexip + ", \"DNS records\""},
			{label: "_sipfederationtls._tcp", port: 5061, federation: true, source: ruleOwn.source},
		},
	},
	{
		Name: "teams", host: ruleSBC, public: true,
		services: []service{
			{label: "_sipfederationtls._tcp", port: 5061, federation: true, source: sourceM365, elsewhere: "sipfed.online.lync.com"},
		},
	},
}

// FindProfile returns the profile of that name.
func FindProfile(name string) (Profile, bool) {
	i := slices.IndexFunc(profiles, func(p Profile) bool { return p.Name == name })
	if i < 0 {
		return Profile{}, false
	}
	return profiles[i], true
}

// of is the rule with the source of a service's own.
func (r rule) of(s service) rule { return rule{r.id, r.sentence, s.source} }

// IDs lists the rules of all profiles.
func IDs() []string {
	var ids []string
	for _, r := range []rule{ruleExists, rulePort, ruleTargets, ruleResolves, ruleAlias, ruleOwn, ruleNode, rulePool, ruleSBC, ruleTenant} {
		ids = append(ids, r.id)
	}
	return ids
}
