package dns

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
)

// RecordType is a type of DNS record.
type RecordType string

// The record types that are looked up.
const (
	A    RecordType = "A"
	AAAA RecordType = "AAAA"
	SRV  RecordType = "SRV"
)

// LookupOutcome is the outcome of a lookup.
type LookupOutcome string

// The outcomes. Found, NoData and NoName are answers; the others leave it unknown.
const (
	Found       LookupOutcome = "found"
	NoData      LookupOutcome = "nodata"
	NoName      LookupOutcome = "nxdomain"
	Servfail    LookupOutcome = "servfail"
	Refused     LookupOutcome = "refused"
	Timeout     LookupOutcome = "timeout"
	Unreachable LookupOutcome = "unreachable"
	Malformed   LookupOutcome = "malformed"
)

// LookupResult is the result of one lookup.
type LookupResult struct {
	Outcome LookupOutcome
	Detail  string // explains an outcome that leaves the records unknown
	// Aliases are the names that CNAME records led to, in order.
	Aliases   []string
	Targets   []SRVTarget
	Addresses []netip.Addr

	half string // why the addresses of one family are unknown; "" if both are known
}

// SRVTarget is the value of one SRV record.
type SRVTarget struct {
	Name             string // lower case, without the root dot; "" is the root: "not offered here"
	Port             uint16
	Priority, Weight uint16
}

// Asker answers questions; Resolver does it over the network. Names are without the root dot.
type Asker interface {
	Ask(ctx context.Context, name string, kind RecordType) LookupResult
}

// known reports whether the records are known, even if there are none.
func (a LookupResult) known() bool {
	return a.Outcome == Found || a.Outcome == NoData || a.Outcome == NoName
}

// words returns the outcome as a sentence without its subject.
func (a LookupResult) words(kind string) string {
	text := map[LookupOutcome]string{
		Found:  "was found",
		NoData: fmt.Sprintf("exists and has no %s record (NODATA)", kind),
		NoName: "does not exist (NXDOMAIN)",
		Servfail: "is unknown: the resolver failed (SERVFAIL), " +
			"often because the domain's servers don't answer or DNSSEC fails",
		Refused:     "is unknown: the resolver refused the query (REFUSED)",
		Timeout:     "is unknown: the resolver did not answer in time",
		Unreachable: "is unknown: the resolver can't be reached",
		Malformed:   "is unknown: the answer is malformed",
	}[a.Outcome]
	if len(a.Aliases) > 0 && a.Outcome != Found {
		text = fmt.Sprintf("is an alias of %s, which %s", strings.Join(a.Aliases, ", then "), text)
	}
	if a.Detail != "" {
		text += ": " + a.Detail
	}
	return text
}
