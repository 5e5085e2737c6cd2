package remediate

import (
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/acfix/acfix/certs"
)

// isTestEndpoint reports whether an address is an end point that answers SIP OPTIONS alone.
func isTestEndpoint(hosts certs.Hosts, address string) bool {
	return slices.Contains(hosts.Test, hostOf(address))
}

// addressKind says whether a Proxy address is one of the policy's service: Teams', by the built-in policies.
type addressKind int

const (
	otherAddress addressKind = iota
	teamsAddress
	unlistedTeamsAddress // below a zone of the service, but none of the published names
	withdrawnTeamsAddress
	unrecognisedPSTNHub // looks like the service's, such as one that contains "pstnhub", but is not
)

func (k addressKind) isTeams() bool {
	return k == teamsAddress || k == unlistedTeamsAddress || k == withdrawnTeamsAddress
}

// classify looks at a whole host name, never at a part of it: pstnhub.microsoft.com.evil.example is not Teams.
func classify(hosts certs.Hosts, address string) addressKind {
	host := hostOf(address)
	switch {
	case slices.Contains(hosts.Exact, host):
		return teamsAddress
	case slices.Contains(hosts.Withdrawn, host):
		return withdrawnTeamsAddress
	case slices.ContainsFunc(hosts.Below, func(zone string) bool { return isBelow(host, "."+zone) }):
		return unlistedTeamsAddress
	case slices.ContainsFunc(hosts.Lookalike, func(part string) bool { return strings.Contains(host, part) }):
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
