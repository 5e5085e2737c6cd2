package remediate

import (
	"net"
	"slices"
	"strconv"
	"strings"
)

// The names by which an SBC reaches Teams Direct Routing (Microsoft Learn, "Plan Direct Routing", SIP signalling
// FQDNs: commercial and GCC, GCC High, DoD).
var (
	teamsNames = []string{
		"sip.pstnhub.microsoft.com", "sip2.pstnhub.microsoft.com", "sip3.pstnhub.microsoft.com",
		"sip.pstnhub.gov.teams.microsoft.us",
		"sip.pstnhub.dod.teams.microsoft.us",
	}
	// Any other host below these is Microsoft's too, and counts as Teams with a finding.
	teamsZones = []string{
		".pstnhub.microsoft.com", ".pstnhub.gov.teams.microsoft.us", ".pstnhub.dod.teams.microsoft.us",
	}
	// Withdrawn by Microsoft in June 2022.
	withdrawnNames = []string{"sip-all.pstnhub.microsoft.com"}
	// Microsoft's test end points, which answer SIP OPTIONS alone: of 2026 and of 2022 to 2023 for the commercial
	// cloud (message centre MC1213773; heise, September 2023), GCC High and DoD (Microsoft Learn, "Plan Direct
	// Routing"). The last two lie in none of the zones above.
	testNames = []string{
		"sip.g1.pstnhub.microsoft.com", "sip.mspki.pstnhub.microsoft.com",
		"x.sip.pstnhub.infra.gov.teams.microsoft.us", "x.sip.pstnhub.infra.dod.teams.microsoft.us",
	}
)

func isTestEndpoint(address string) bool { return slices.Contains(testNames, hostOf(address)) }

// addressKind says whether a Proxy address is Teams'.
type addressKind int

const (
	otherAddress addressKind = iota
	teamsAddress
	unlistedTeamsAddress // below a zone of Microsoft's, but none of the published names
	withdrawnTeamsAddress
	unrecognisedPSTNHub // contains "pstnhub", but is not Microsoft's
)

func (k addressKind) isTeams() bool {
	return k == teamsAddress || k == unlistedTeamsAddress || k == withdrawnTeamsAddress
}

// classify looks at a whole host name, never at a part of it: pstnhub.microsoft.com.evil.example is not Teams.
func classify(address string) addressKind {
	host := hostOf(address)
	switch {
	case slices.Contains(teamsNames, host):
		return teamsAddress
	case slices.Contains(withdrawnNames, host):
		return withdrawnTeamsAddress
	case slices.ContainsFunc(teamsZones, func(zone string) bool { return isBelow(host, zone) }):
		return unlistedTeamsAddress
	case strings.Contains(host, "pstnhub"):
		return unrecognisedPSTNHub
	default:
		return otherAddress
	}
}

func isBelow(host, zone string) bool {
	labels, ok := strings.CutSuffix(host, zone)
	return ok && !slices.Contains(strings.Split(labels, "."), "")
}

// hostOf returns the host of a "host[:port]" without the root dot, in lower case.
func hostOf(address string) string {
	host := strings.TrimSpace(address)
	if h, port, err := net.SplitHostPort(host); err == nil && isNumber(port) {
		host = h
	}
	return lowered(strings.TrimSuffix(host, "."))
}

func isNumber(text string) bool {
	_, err := strconv.ParseUint(text, 10, 16)
	return err == nil
}
