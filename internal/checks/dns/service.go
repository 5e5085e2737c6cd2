package dns

import (
	"fmt"
	"slices"
	"strings"
)

// mostTargets limits the targets of one record to look up.
const mostTargets = 64

// service checks one SRV record of a domain with everything behind it.
func (c *checker) service(domain string, s service) {
	name := s.label + "." + domain
	exists := ruleExists.of(s)
	found := c.answer(name, SRV)
	switch {
	case found.Outcome == Found:
		c.found(domain, name, s, found.Targets)
	case found.known() && s.federation && !c.federates(domain):
		c.say(exists, name, Info, "%s %s; only federation with Skype for Business and Teams organisations needs it",
			name, found.words("SRV"))
	default:
		c.say(exists, name, absent(found), "%s %s", name, found.words("SRV"))
	}
}

// federates reports whether the domain must have a federation record: the pool lies in it, or there is nothing else
// to check.
func (c *checker) federates(domain string) bool {
	if c.wanted.Pool != "" {
		return inDomain(c.wanted.Pool, domain)
	}
	return c.profile.own && len(c.wanted.Hosts) == 0
}

func (c *checker) found(domain, name string, s service, targets []SRVTarget) {
	exists := ruleExists.of(s)
	if slices.ContainsFunc(targets, func(t SRVTarget) bool { return t.Name == "" }) {
		c.say(exists, name, Fail, "%s says that the service is not offered (its target is \".\")", name)
		return
	}
	if len(targets) > mostTargets {
		c.say(exists, name, Fail, "%s has %d targets; the limit is %d, and none was looked up",
			name, len(targets), mostTargets)
		return
	}
	c.say(exists, name, Pass, "%s", describe(targets))
	c.ports(name, s, targets)
	c.targets(domain, name, s, targets)
	c.resolve(name, targets)
	if s.federation {
		c.own(domain, name, s, targets)
		c.public(s, targets)
	}
}

// public checks federation targets for external access; pool checks the pool itself.
func (c *checker) public(s service, targets []SRVTarget) {
	for _, target := range namesOf(targets) {
		if found := c.address(target); found.Outcome == Found && target != c.wanted.Pool {
			c.reachable(reachPool.of(s), target, found.Addresses, false)
		}
	}
}

func describe(targets []SRVTarget) string {
	var texts []string
	for _, target := range targets {
		texts = append(texts, fmt.Sprintf("%d %d %d %s", target.Priority, target.Weight, target.Port, target.Name))
	}
	slices.Sort(texts)
	return strings.Join(texts, "; ")
}

func (c *checker) ports(name string, s service, targets []SRVTarget) {
	var wrong []string
	for _, target := range targets {
		if target.Port != s.port {
			wrong = append(wrong, fmt.Sprintf("%s has port %d, not %d", target.Name, target.Port, s.port))
		}
	}
	c.judge(rulePort.of(s), name, wrong, fmt.Sprintf("port %d", s.port))
}

// targets compares the targets with the given nodes, or for federation with the given pool.
func (c *checker) targets(domain, name string, s service, targets []SRVTarget) {
	r := ruleTargets.of(s)
	var expected []string
	switch {
	case !s.federation:
		for _, host := range c.wanted.Hosts {
			expected = append(expected, host.Name)
		}
	case c.wanted.Pool != "" && inDomain(c.wanted.Pool, domain):
		expected = []string{c.wanted.Pool}
	default:
		return
	}
	actual := namesOf(targets)
	if len(expected) == 0 {
		c.say(r, name, Info, "the targets are %s; give the expected ones with --node", strings.Join(actual, ", "))
		return
	}
	var wrong []string
	for _, node := range expected {
		if !slices.Contains(actual, node) {
			wrong = append(wrong, node+" is not among the targets")
		}
	}
	for _, target := range actual {
		if !slices.Contains(expected, target) {
			names := strings.Join(expected, ", ")
			wrong = append(wrong, fmt.Sprintf("%s is a target, but not one of %s", target, names))
		}
	}
	c.judge(r, name, wrong, strings.Join(actual, ", "))
}

func namesOf(targets []SRVTarget) []string {
	var names []string
	for _, target := range targets {
		names = append(names, target.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// resolve looks up every target; one that certainly has no address outweighs an unknown one.
func (c *checker) resolve(name string, targets []SRVTarget) {
	var missing, unknown, aliases []string
	for _, target := range namesOf(targets) {
		found := c.address(target)
		switch {
		case found.Outcome == Found:
		case found.known():
			missing = append(missing, target+" "+found.words("A or AAAA"))
		default:
			unknown = append(unknown, target+" "+found.words("A or AAAA"))
		}
		if len(found.Aliases) > 0 {
			names := strings.Join(found.Aliases, ", then ")
			aliases = append(aliases, fmt.Sprintf("%s is an alias (CNAME) of %s", target, names))
		}
	}
	switch {
	case len(missing) == 0 && len(unknown) > 0:
		c.say(ruleResolves, name, Unknown, "%s", strings.Join(unknown, "; "))
	default:
		c.judge(ruleResolves, name, slices.Concat(missing, unknown), "all have addresses")
	}
	if len(unknown) > 0 && len(aliases) == 0 {
		c.say(ruleAlias, name, Unknown, "%s", strings.Join(unknown, "; "))
		return
	}
	c.judge(ruleAlias, name, aliases, "none is an alias")
}

func (c *checker) own(domain, name string, s service, targets []SRVTarget) {
	var outside []string
	for _, target := range namesOf(targets) {
		if target != s.elsewhere && !inDomain(target, domain) {
			outside = append(outside, fmt.Sprintf("%s lies in %s, not in %s", target, parent(target), domain))
		}
	}
	c.judge(ruleOwn, name, outside, "the targets lie in the right domain")
}

// inDomain reports whether the name is the domain or one label below it (px.video.example.com is not in example.com).
func inDomain(name, domain string) bool { return name == domain || parent(name) == domain }

func parent(name string) string {
	_, rest, _ := strings.Cut(name, ".")
	return rest
}
