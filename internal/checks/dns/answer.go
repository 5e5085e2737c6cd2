package dns

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
)

// Kind is a kind of records.
type RecordType string

// The kinds that are asked for.
const (
	A    RecordType = "A"
	AAAA RecordType = "AAAA"
	SRV  RecordType = "SRV"
)

// Outcome is how a question ended.
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

// Answer is what came of one question.
type LookupResult struct {
	Outcome LookupOutcome
	Detail  string // more words of an outcome that leaves it unknown
	// Aliases are the names that CNAME records led to, in their order.
	Aliases   []string
	Targets   []SRVTarget
	Addresses []netip.Addr

	half string // why the addresses of one family are not known; "" when both are
}

// Target is one SRV record's right side.
type SRVTarget struct {
	Name             string // lower case, without the root dot; "" is the root: "not offered here"
	Port             uint16
	Priority, Weight uint16
}

// Asker answers questions; Resolver does it over the network. Names are without the root dot.
type Asker interface {
	Ask(ctx context.Context, name string, kind RecordType) LookupResult
}

// known tells whether the answer says what there is, even if that is nothing.
func (a LookupResult) known() bool {
	return a.Outcome == Found || a.Outcome == NoData || a.Outcome == NoName
}

// words says an outcome of one question in a sentence without its subject.
func (a LookupResult) words(kind string) string {
	text := map[LookupOutcome]string{
		Found:       "was found",
		NoData:      fmt.Sprintf("exists and has no %s record (NODATA)", kind),
		NoName:      "does not exist (NXDOMAIN)",
		Servfail:    "can't be told: the resolver failed (SERVFAIL), often because the domain's own servers don't answer or DNSSEC doesn't hold",
		Refused:     "can't be told: the resolver refuses the question (REFUSED)",
		Timeout:     "can't be told: the resolver did not answer in time",
		Unreachable: "can't be told: the resolver can't be reached",
		Malformed:   "can't be told: the answer can't be understood",
	}[a.Outcome]
	if len(a.Aliases) > 0 && a.Outcome != Found {
		text = fmt.Sprintf("is an alias of %s, which %s", strings.Join(a.Aliases, ", then "), text)
	}
	if a.Detail != "" {
		text += ": " + a.Detail
	}
	return text
}
