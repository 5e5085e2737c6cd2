package dns

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Schema names the document that Run makes.
const Schema = "acfix.dns/v1"

// CheckResult is the result of a check.
type CheckResult string

// The results. A report passes if no check failed and none is unknown.
const (
	Pass    CheckResult = "pass"
	Fail    CheckResult = "fail"
	Info    CheckResult = "info"
	Unknown CheckResult = "unknown"
)

// DomainReport is the published document.
type DomainReport struct {
	Schema    string        `json:"schema"`
	Checked   string        `json:"checked"` // RFC 3339, UTC
	Acfix     string        `json:"acfix"`
	Profile   string        `json:"profile"`
	Domains   []string      `json:"domains"`
	Resolvers []string      `json:"resolvers"`
	Checks    []RecordCheck `json:"checks"`
	Result    CheckResult   `json:"result"` // pass or fail
}

// RecordCheck is one rule applied to one name.
type RecordCheck struct {
	ID      string      `json:"id"`
	Name    string      `json:"name"` // of the record
	Rule    string      `json:"rule"`
	Result  CheckResult `json:"result"`
	Message string      `json:"message"`
	Source  string      `json:"source"`
	// Severity is the severity of a broken rule; below Failure the result is Info.
	Severity RuleSeverity `json:"severity"`
}

// Host is a node or SBC with its expected addresses; nil for any.
type Host struct {
	Name      string
	Addresses []netip.Addr
}

// Wanted has the expectations beyond the profile. Names are lower case, without the root dot.
type Wanted struct {
	Domains []string
	Hosts   []Host
	Pool    string // where federation goes; "" for none
	// Outside says that the resolver sees the same records as clients on the internet.
	Outside bool
}

// Run checks every domain and every host, with one lookup per name and type.
func Run(ctx context.Context, ask Asker, profile RecordProfile, wanted Wanted, now time.Time) DomainReport {
	c := &checker{ctx: ctx, ask: ask, profile: profile, wanted: wanted,
		answers: map[question]LookupResult{}, checks: []RecordCheck{}}
	for _, host := range wanted.Hosts {
		c.host(host)
	}
	if wanted.Pool != "" {
		c.pool()
		c.poolDomain()
	}
	for _, domain := range wanted.Domains {
		for _, service := range profile.services {
			c.service(domain, service)
		}
	}
	return DomainReport{
		Schema: Schema, Checked: now.UTC().Format(time.RFC3339), Profile: profile.Name,
		Domains: append([]string{}, wanted.Domains...), Resolvers: []string{},
		Checks: c.checks, Result: whole(c.checks),
	}
}

// whole returns the result of the report. An unknown required record does not pass.
func whole(checks []RecordCheck) CheckResult {
	if slices.ContainsFunc(checks, func(c RecordCheck) bool { return c.Result == Fail || c.Result == Unknown }) {
		return Fail
	}
	return Pass
}

type question struct {
	name string
	kind RecordType
}

// checker collects the checks of one run.
type checker struct {
	ctx     context.Context // lives as long as Run
	ask     Asker
	profile RecordProfile
	wanted  Wanted
	answers map[question]LookupResult
	checks  []RecordCheck
}

func (c *checker) answer(name string, kind RecordType) LookupResult {
	asked := question{name, kind}
	if _, known := c.answers[asked]; !known {
		c.answers[asked] = c.ask.Ask(c.ctx, name, kind)
	}
	return c.answers[asked]
}

// address combines both address families of a name: found if one was found, unknown if none was and one is unknown.
func (c *checker) address(name string) LookupResult {
	four, six := c.answer(name, A), c.answer(name, AAAA)
	both := four
	switch {
	case four.Outcome == Found || six.Outcome == Found:
		both = LookupResult{Outcome: Found, Aliases: four.Aliases, half: halfKnown(four, six),
			Addresses: slices.Concat(four.Addresses, six.Addresses)}
	case !six.known():
		both = six
	}
	if len(both.Aliases) == 0 {
		both.Aliases = six.Aliases
	}
	return both
}

// halfKnown says which family is unknown: a comparison of addresses needs both.
func halfKnown(four, six LookupResult) string {
	switch {
	case !four.known():
		return "its A record " + four.words("A")
	case !six.known():
		return "its AAAA record " + six.words("AAAA")
	default:
		return ""
	}
}

func (c *checker) say(r rule, name string, result CheckResult, format string, arguments ...any) {
	if r.severity != Failure && result != Pass {
		result = Info
	}
	c.checks = append(c.checks, RecordCheck{
		ID: r.id, Name: name, Rule: r.sentence, Source: r.source, Severity: r.severity,
		Result: result, Message: fmt.Sprintf(format, arguments...),
	})
}

// judge is for rules that one record can break in several ways.
func (c *checker) judge(r rule, name string, broken []string, good string) {
	if len(broken) > 0 {
		c.say(r, name, Fail, "%s", strings.Join(broken, "; "))
		return
	}
	c.say(r, name, Pass, "%s", good)
}

// absent is the result for a required record that was not found.
// docs/design/checks.md: Not found out is not a pass
func absent(a LookupResult) CheckResult {
	if a.known() {
		return Fail
	}
	return Unknown
}

func (c *checker) host(host Host) {
	found := c.address(host.Name)
	if c.profile.own {
		c.tenant(host.Name)
	}
	switch {
	case found.Outcome != Found:
		c.say(c.profile.host, host.Name, absent(found), "%s %s", host.Name, found.words("A or AAAA"))
	case host.Addresses != nil && found.half != "":
		c.say(c.profile.host, host.Name, Unknown, "%s has %s; %s", host.Name, list(found.Addresses), found.half)
	case host.Addresses != nil && !same(host.Addresses, found.Addresses):
		c.say(c.profile.host, host.Name, Fail,
			"%s has %s, not %s", host.Name, list(found.Addresses), list(host.Addresses))
	default:
		c.say(c.profile.host, host.Name, Pass, "%s", list(found.Addresses))
	}
	if c.profile.outside {
		c.view(host)
	}
	if found.Outcome == Found {
		c.family(host.Name)
		c.reachable(c.profile.reach, host.Name, found.Addresses, c.profile.inside)
	}
}

// pool compares the pool's addresses with those of the known nodes.
func (c *checker) pool() {
	name := c.wanted.Pool
	found := c.address(name)
	if found.Outcome != Found {
		c.say(rulePool, name, absent(found), "%s %s", name, found.words("A or AAAA"))
		return
	}
	c.family(name)
	c.reachable(reachPool, name, found.Addresses, false)
	nodes, unknown := c.nodes(found)
	switch {
	case unknown != "":
		c.say(rulePool, name, Unknown,
			"%s has %s; cannot tell whether these are its nodes' addresses: %s", name, list(found.Addresses), unknown)
	case len(nodes) > 0 && !same(nodes, found.Addresses):
		c.say(rulePool, name, Fail, "%s has %s, its nodes have %s", name, list(found.Addresses), list(nodes))
	default:
		c.say(rulePool, name, Pass, "%s", list(found.Addresses))
	}
}

// poolDomain notes a pool whose federation record is not checked: it must not pass for a correct one.
func (c *checker) poolDomain() {
	pool := c.wanted.Pool
	if !slices.ContainsFunc(c.wanted.Domains, func(domain string) bool { return inDomain(pool, domain) }) {
		c.say(ruleOwn, pool, Unknown,
			"the federation record for %s belongs to %s, which is not among the domains to check", pool, parent(pool))
	}
}

// nodes returns the addresses of all nodes; unknown says why they can't be compared with the pool's.
func (c *checker) nodes(pool LookupResult) (nodes []netip.Addr, unknown string) {
	for _, host := range c.wanted.Hosts {
		node := c.address(host.Name)
		switch {
		case node.Outcome != Found:
			return nil, host.Name + " " + node.words("A or AAAA")
		case node.half != "":
			return nil, host.Name + ": " + node.half
		}
		nodes = append(nodes, node.Addresses...)
	}
	if len(nodes) == 0 {
		return nil, ""
	}
	return nodes, pool.half
}

func same(a, b []netip.Addr) bool { return slices.Equal(sorted(a), sorted(b)) }

func sorted(addresses []netip.Addr) []netip.Addr {
	ordered := slices.Clone(addresses)
	slices.SortFunc(ordered, netip.Addr.Compare)
	return slices.Compact(ordered)
}

func list(addresses []netip.Addr) string {
	var texts []string
	for _, address := range sorted(addresses) {
		texts = append(texts, address.String())
	}
	return strings.Join(texts, ", ")
}
