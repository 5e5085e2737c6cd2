package check

import (
	"fmt"
	"slices"
	"strings"
)

const noName = "no FQDN was given to compare with"

// commonOrAlternative requires the FQDN in the CN or the SANs, literally or by a wildcard.
func commonOrAlternative(s Subject, o Circumstances) finding {
	if o.Name == "" {
		return untold(noName)
	}
	presented := slices.Concat(s.Leaf.DNSNames, commonNames(s.Leaf))
	if name, ok := covering(presented, o.Name); ok {
		return passed("the certificate is for %q", name)
	}
	return broken("the certificate is not for %q but for %s", o.Name, quoted(presented))
}

func notOnMicrosoft(_ Subject, o Circumstances) finding {
	const zone = ".onmicrosoft.com"
	name, _ := asciiName(o.Name)
	switch {
	case o.Name == "":
		return untold(noName)
	case strings.HasSuffix("."+name, zone):
		return broken("%q lies below onmicrosoft.com", o.Name)
	default:
		return passed("%q does not lie below onmicrosoft.com", o.Name)
	}
}

// subjectIsName requires the CN to be the name itself; a wildcard does not count.
func subjectIsName(s Subject, o Circumstances) finding { return subjectBy(s, o, sameName) }

func subjectCoversName(s Subject, o Circumstances) finding { return subjectBy(s, o, covers) }

func subjectBy(s Subject, o Circumstances, fits func(presented, name string) bool) finding {
	names := commonNames(s.Leaf)
	switch {
	case o.Name == "":
		return untold(noName)
	case slices.ContainsFunc(names, func(presented string) bool { return fits(presented, o.Name) }):
		return passed("the subject name is %s", quoted(names))
	default:
		return broken("the subject name is %s instead of %q", quoted(names), o.Name)
	}
}

func alternativeHasName(s Subject, o Circumstances) finding {
	if o.Name == "" {
		return untold(noName)
	}
	return alternativeHas(s, []string{o.Name}, covers)
}

// alternativeIsName is alternativeHasName for software that accepts no wildcard.
func alternativeIsName(s Subject, o Circumstances) finding {
	if o.Name == "" {
		return untold(noName)
	}
	return literally(s, []string{o.Name})
}

// alternativeWhereThereIsOne applies if there is a DNS name among the SANs: the CN then no longer counts.
func alternativeWhereThereIsOne(s Subject, o Circumstances) finding {
	if len(s.Leaf.DNSNames) == 0 {
		return passed("the certificate has no DNS names among its alternative names, so its subject name counts")
	}
	return alternativeHasName(s, o)
}

func alternativeHasNodes(s Subject, o Circumstances) finding {
	if len(o.Nodes) == 0 {
		return untold("no node was named to compare with")
	}
	return literally(s, o.Nodes)
}

// literally requires the names themselves among the SANs, and says which missing ones only a wildcard covers.
func literally(s Subject, wanted []string) finding {
	found := alternativeHas(s, wanted, sameName)
	for _, name := range wanted {
		presented, ok := covering(s.Leaf.DNSNames, name)
		if found.result == Fail && ok && strings.HasPrefix(presented, "*") {
			found.message += fmt.Sprintf(" (%q matches no node: a Conferencing Node accepts no wildcard)", presented)
			break
		}
	}
	return found
}

// alternativeHasFederation compares literally: a wildcard is not a domain name.
func alternativeHasFederation(s Subject, o Circumstances) finding {
	if len(o.Federation) == 0 {
		return noted("no federated domain was named; without federation there is nothing to compare")
	}
	return alternativeHas(s, o.Federation, sameName)
}

func alternativeHas(s Subject, wanted []string, fits func(presented, name string) bool) finding {
	var missing []string
	for _, name := range wanted {
		if !slices.ContainsFunc(s.Leaf.DNSNames, func(presented string) bool { return fits(presented, name) }) {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return broken("the alternative names lack %s; they are %s", quoted(missing), quoted(s.Leaf.DNSNames))
	}
	return passed("the alternative names cover %s", quoted(wanted))
}

// literalCommonName compares byte by byte.
func literalCommonName(s Subject, o Circumstances) finding {
	return literal("the CN", commonNames(s.Leaf), o.Name)
}

func literalAlternative(s Subject, o Circumstances) finding {
	names := slices.Clone(s.Leaf.DNSNames)
	for _, address := range s.Leaf.IPAddresses {
		names = append(names, address.String())
	}
	return literal("the alternative name", names, o.Name)
}

func literal(what string, presented []string, name string) finding {
	inOtherCase := func(p string) bool { return strings.EqualFold(p, name) }
	switch i := slices.IndexFunc(presented, inOtherCase); {
	case name == "":
		return untold("no address was given to compare with")
	case slices.Contains(presented, name):
		return passed("%s is %q, including case", what, name)
	case i >= 0:
		return broken("%s is %q, which differs from %q in case", what, presented[i], name)
	default:
		return broken("%s is %s instead of %q", what, quoted(presented), name)
	}
}
