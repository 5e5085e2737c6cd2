package dns

import "slices"

const (
	sourcePexip = "Pexip, \"Certificate and DNS examples for a Microsoft Teams integration\""
	pexipDNS    = sourcePexip + ", \"DNS records\""
	pexipPool   = sourcePexip + ", \"Support for federated Skype for Business / Lync systems\""
	sourceLearn = "Microsoft Learn, \"Plan Direct Routing\", \"SBC domain names\""
	sourceM365  = "Microsoft Learn, \"External Domain Name System records for Microsoft 365\""
	sourceSRV   = "RFC 2782, \"Target\""
	sourceUM    = "Microsoft, \"Get a Certificate for Exchange UM Online\" (the service ended in 2020), step 1"
	sourceReach = "RFC 6890 (special-purpose addresses); "
)

// RuleSeverity is the severity of a broken rule: only Failure fails the check, the others give Info.
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
	host     rule // for the address of every given host
	own      bool // hosts must lie in a domain of the organisation's own
	reach    rule // for addresses that can't be reached from outside
	inside   bool // hosts may be internal: private addresses are fine
	outside  bool // the records that internet clients see are the ones that count
}

// Domainless reports whether the profile has no records of a domain.
func (p RecordProfile) Domainless() bool { return len(p.services) == 0 }

// service is one SRV record of a domain.
type service struct {
	label  string // "_sip._tcp"
	port   uint16
	source string
	// federation says that the target is one pool in the same domain, not the nodes, and that
	// only federation needs the record.
	federation bool
	// elsewhere is the one target outside its domain that the vendor documents.
	elsewhere string
}

// rule is the requirement that one check tests.
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
	ruleOwn      = rule{"federation_domain", "a federation target lies in the domain of its SRV record",
		pexipPool, Failure}
	ruleNode   = rule{"node_address", "every node has an address record", pexipDNS, Failure}
	rulePool   = rule{"pool_address", "the pool's name has the addresses of all its nodes", pexipPool, Failure}
	ruleSBC    = rule{"sbc_address", "the SBC's name has an address record", sourceLearn, Failure}
	ruleTenant = rule{"sbc_domain", "the SBC's name lies one label below a domain of the tenant, " +
		"which is not below onmicrosoft.com", sourceLearn, Failure}
	ruleUM   = rule{"gateway_address", "the gateway's name has an address record", sourceUM, Failure}
	ruleView = rule{"outside_view", "external DNS clients resolve the gateway's name", sourceUM, Warning}
	ruleFour = rule{"a_record", "the name has an A record", "", Warning}

	// Addresses of a host, by how certain it is that an external caller must reach it.
	reachNode = rule{publicAddress, "no address is one that can't be reached by anybody else",
		sourceReach + pexipDNS, Warning}
	reachSBC  = rule{publicAddress, isReachable, sourceReach + sourceLearn, Warning}
	reachPool = rule{publicAddress, isReachable, sourceReach + pexipPool, Warning}
	reachUM   = rule{publicAddress, isReachable, sourceReach + sourceUM, Failure}
)

const (
	publicAddress = "public_address"
	isReachable   = "every address can be reached from the internet"
)

// profiles is the table of requirements.
var profiles = []RecordProfile{
	{
		Name: "pexip", host: ruleNode, reach: reachNode, inside: true,
		services: []service{
			{label: "_h323cs._tcp", port: 1720, source: pexipDNS},
			{label: "_h323ls._udp", port: 1719, source: pexipDNS},
			{label: "_sip._tcp", port: 5060, source: pexipDNS},
			{label: "_sips._tcp", port: 5061, source: pexipDNS},
			{label: "_pexapp._tcp", port: 443, source: pexipDNS},
			{label: "_sipfederationtls._tcp", port: 5061, federation: true, source: ruleOwn.source},
		},
	},
	{
		Name: "teams", host: ruleSBC, reach: reachSBC, own: true,
		services: []service{{label: "_sipfederationtls._tcp", port: 5061, federation: true,
			source: sourceM365, elsewhere: "sipfed.online.lync.com"}},
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

// of returns the rule with the service's own source.
func (r rule) of(s service) rule { return rule{r.id, r.sentence, s.source, r.severity} }

// IDs lists the rules of all profiles.
func IDs() []string {
	var ids []string
	for _, r := range []rule{ruleExists, rulePort, ruleTargets, ruleResolves, ruleAlias, ruleOwn, ruleNode, rulePool,
		ruleSBC, ruleTenant, ruleUM, ruleView, ruleFour, reachSBC} {
		ids = append(ids, r.id)
	}
	return ids
}
