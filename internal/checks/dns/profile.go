package dns

import "slices"

const (
	sourcePexip = "Pexip, \"Certificate and DNS examples for a Microsoft Teams integration\""
	sourceLearn = "Microsoft Learn, \"Plan Direct Routing\", \"SBC domain names\""
	sourceM365  = "Microsoft Learn, \"External Domain Name System records for Microsoft 365\""
	sourceSRV   = "RFC 2782, \"Target\""
	sourceUM    = "Microsoft, \"Get a Certificate for Exchange UM Online\" (the service ended in 2020), step 1"
	sourceReach = "RFC 6890 (special-purpose addresses); "
)

// RuleSeverity is the severity of a broken rule: only Failure fails, the others give Info.
type RuleSeverity string

// The severities of rules.
const (
	Failure     RuleSeverity = "failure"
	Warning     RuleSeverity = "warning"
	Information RuleSeverity = "information"
)

// RecordProfile has the requirements of one vendor's document.
type RecordProfile struct {
	Name     string
	services []service
	// host is the rule that every given host's address follows.
	host rule
	// own: hosts must lie in a domain of the organisation's own.
	own bool
	// reach is the rule on addresses that can't be reached from outside; private ones are fine to
	// profiles whose hosts may stand inside.
	reach  rule
	inside bool
	// outside: what the hosts' names are to clients in the internet is what counts.
	outside bool
}

// Domainless reports whether the profile has no records of a domain.
func (p RecordProfile) Domainless() bool { return len(p.services) == 0 }

// service is one SRV record of a domain.
type service struct {
	label  string // "_sip._tcp"
	port   uint16
	source string
	// federation: the target is one pool in the domain's own domain, not the nodes, and the
	// record is only needed for federation.
	federation bool
	// elsewhere is the one target outside its domain that the vendor documents.
	elsewhere string
}

// rule is what one check is about.
type rule struct {
	id, sentence, source string
	severity             RuleSeverity
}

var (
	ruleExists   = rule{"srv_exists", "the SRV record exists", "", Failure}
	rulePort     = rule{"srv_port", "every target has the service's port", "", Failure}
	ruleTargets  = rule{"srv_targets", "the targets are the nodes, all of them and no others", "", Failure}
	ruleResolves = rule{"srv_target_resolves", "every target has an address", sourceSRV, Failure}
	ruleAlias    = rule{"srv_target_alias", "no target is an alias (CNAME)", sourceSRV, Failure}
	ruleOwn      = rule{"federation_domain", "a federation target lies in the domain of its SRV record", sourcePexip + ", \"Support for federated Skype for Business / Lync systems\"", Failure}
	ruleNode     = rule{"node_address", "every node has an address record", sourcePexip + ", \"DNS records\"", Failure}
	rulePool     = rule{"pool_address", "the pool's name has the addresses of all its nodes", sourcePexip + ", \"Support for federated Skype for Business / Lync systems\"", Failure}
	ruleSBC      = rule{"sbc_address", "the SBC's name has an address record", sourceLearn, Failure}
	ruleTenant   = rule{"sbc_domain", "the SBC's name lies one label below a domain of the tenant, which is not below onmicrosoft.com", sourceLearn, Failure}
	ruleUM       = rule{"gateway_address", "the gateway's name has an address record", sourceUM, Failure}
	ruleView     = rule{"outside_view", "external DNS clients resolve the gateway's name", sourceUM, Warning}
	ruleFour     = rule{"a_record", "the name has an A record", "", Warning}

	// Addresses of a host, by how sure it is that a caller outside must reach it.
	reachNode = rule{"public_address", "no address is one that can't be reached by anybody else", sourceReach + sourcePexip + ", \"DNS records\"", Warning}
	reachSBC  = rule{"public_address", "every address can be reached from the internet", sourceReach + sourceLearn, Warning}
	reachPool = rule{"public_address", "every address can be reached from the internet", sourceReach + sourcePexip + ", \"Support for federated Skype for Business / Lync systems\"", Warning}
	reachUM   = rule{"public_address", "every address can be reached from the internet", sourceReach + sourceUM, Failure}
)

// profiles is the table of what is asked for.
var profiles = []RecordProfile{
	{
		Name: "pexip", host: ruleNode, reach: reachNode, inside: true,
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
		Name: "teams", host: ruleSBC, reach: reachSBC, own: true,
		services: []service{
			{label: "_sipfederationtls._tcp", port: 5061, federation: true, source: sourceM365, elsewhere: "sipfed.online.lync.com"},
		},
	},
	{Name: "exchange-um", host: ruleUM, reach: reachUM, outside: true},
}

// ProfileNames lists the profiles.
func ProfileNames() []string {
	var names []string
	for _, profile := range profiles {
		names = append(names, profile.Name)
	}
	return names
}

// FindProfile returns the profile of that name.
func FindProfile(name string) (RecordProfile, bool) {
	i := slices.IndexFunc(profiles, func(p RecordProfile) bool { return p.Name == name })
	if i < 0 {
		return RecordProfile{}, false
	}
	return profiles[i], true
}

// of is the rule with the source of a service's own.
func (r rule) of(s service) rule { return rule{r.id, r.sentence, s.source, r.severity} }

// IDs lists the rules of all profiles.
func IDs() []string {
	var ids []string
	for _, r := range []rule{ruleExists, rulePort, ruleTargets, ruleResolves, ruleAlias, ruleOwn, ruleNode, rulePool, ruleSBC, ruleTenant, ruleUM, ruleView, ruleFour, reachSBC} {
		ids = append(ids, r.id)
	}
	return ids
}
