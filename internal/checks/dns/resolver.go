package dns

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/miekg/dns"
)

// udpSize fits into one packet everywhere (DNS flag day 2020).
const udpSize = 1232

// mostAliases limits the CNAME records to follow.
const mostAliases = 8

// tries is the number of queries to a silent server.
const tries = 2

// NetResolver queries recursive or authoritative servers.
type NetResolver struct {
	Servers []string      // HOST:PORT, asked in this order
	Timeout time.Duration // for one try
}

// SystemServers reads the servers of a resolv.conf.
func SystemServers(resolvConf io.Reader) ([]string, error) {
	config, err := dns.ClientConfigFromReader(resolvConf)
	if err != nil {
		return nil, fmt.Errorf("read the system's resolvers: %w", err)
	}
	var servers []string
	for _, server := range config.Servers {
		servers = append(servers, net.JoinHostPort(server, config.Port))
	}
	return servers, nil
}

var kinds = map[RecordType]uint16{A: dns.TypeA, AAAA: dns.TypeAAAA, SRV: dns.TypeSRV}

// Ask follows aliases to the requested records, with further queries if the server does not.
func (r NetResolver) Ask(ctx context.Context, name string, kind RecordType) LookupResult {
	var answer LookupResult
	at := dns.CanonicalName(name)
	for len(answer.Aliases) <= mostAliases {
		reply, failed := r.ask(ctx, at, kinds[kind])
		if failed != nil {
			failed.Aliases = answer.Aliases
			return *failed
		}
		end := answer.follow(reply.Answer, at)
		answer.addRecords(reply.Answer, end)
		switch {
		case inLoop(name, answer.Aliases):
			answer.Outcome, answer.Detail = Malformed, "the aliases form a loop"
			return answer
		case len(answer.Targets)+len(answer.Addresses) > 0:
			answer.Outcome = Found
			return answer
		case reply.Rcode == dns.RcodeNameError:
			answer.Outcome = NoName
			return answer
		case end == at:
			answer.Outcome = NoData
			return answer
		}
		at = end
	}
	answer.Outcome, answer.Detail = Malformed, fmt.Sprintf("more than %d aliases", mostAliases)
	return answer
}

// follow walks the aliases of a reply from a name and returns where they end.
func (a *LookupResult) follow(records []dns.RR, at string) string {
	for range records {
		i := slices.IndexFunc(records, func(rr dns.RR) bool {
			_, isAlias := rr.(*dns.CNAME)
			return isAlias && dns.CanonicalName(rr.Header().Name) == at
		})
		if i < 0 {
			break
		}
		at = dns.CanonicalName(records[i].(*dns.CNAME).Target)
		a.Aliases = append(a.Aliases, plain(at))
	}
	return at
}

func inLoop(name string, aliases []string) bool {
	names := append(slices.Clone(aliases), plain(name))
	slices.Sort(names)
	return len(slices.Compact(names)) <= len(aliases)
}

// addRecords adds the records of a name, of whatever type.
func (a *LookupResult) addRecords(records []dns.RR, name string) {
	for _, rr := range records {
		if dns.CanonicalName(rr.Header().Name) != name {
			continue
		}
		switch record := rr.(type) {
		case *dns.SRV:
			a.Targets = append(a.Targets, SRVTarget{
				Name: plain(record.Target), Port: record.Port, Priority: record.Priority, Weight: record.Weight})
		case *dns.A:
			a.addAddress(record.A)
		case *dns.AAAA:
			a.addAddress(record.AAAA)
		}
	}
}

func (a *LookupResult) addAddress(ip net.IP) {
	if address, ok := netip.AddrFromSlice(ip); ok {
		a.Addresses = append(a.Addresses, address.Unmap())
	}
}

func plain(name string) string { return strings.TrimSuffix(dns.CanonicalName(name), ".") }

// ask queries the servers in turn until one has an answer. If none has, it returns the last failure.
func (r NetResolver) ask(ctx context.Context, name string, kind uint16) (*dns.Msg, *LookupResult) {
	failed := &LookupResult{Outcome: Unreachable, Detail: "no resolver is configured"}
	for round := range tries {
		for _, server := range r.Servers {
			reply, err := r.exchange(ctx, server, name, kind, round == 0)
			switch {
			case err != nil:
				failed = noReply(server, err)
			case isReferral(reply):
				failed = &LookupResult{Outcome: Malformed,
					Detail: server + " only refers to other servers; ask a resolver instead"}
			case isAnswer(reply):
				return reply, nil
			default:
				failed = refusal(server, reply.Rcode)
			}
		}
		if failed.Outcome == Refused || ctx.Err() != nil {
			break
		}
	}
	return nil, failed
}

// isAnswer reports whether the server has an answer, even an empty one.
func isAnswer(reply *dns.Msg) bool {
	return reply.Rcode == dns.RcodeSuccess || reply.Rcode == dns.RcodeNameError
}

// isReferral distinguishes a referral to other servers from an empty answer.
func isReferral(reply *dns.Msg) bool {
	nothing := len(reply.Answer) == 0 && !reply.Authoritative && reply.Rcode == dns.RcodeSuccess
	has := func(kind uint16) bool {
		return slices.ContainsFunc(reply.Ns, func(rr dns.RR) bool { return rr.Header().Rrtype == kind })
	}
	return nothing && has(dns.TypeNS) && !has(dns.TypeSOA)
}

var (
	errForeign = errors.New("the answer belongs to another query")
	errCutOff  = errors.New("the answer is truncated even over TCP")
	errOnlyTCP = errors.New("the answer is too long for UDP, and TCP failed")
)

// exchange queries one server, with or without EDNS. If the answer to EDNS is an error, it asks again without: FORMERR
// and NOTIMP mean that a server does not support EDNS (RFC 6891, 7), and servers behind old firewalls answer SERVFAIL.
// If EDNS packets are dropped, the next round does without.
func (r NetResolver) exchange(ctx context.Context, server, name string, kind uint16, edns bool) (*dns.Msg, error) {
	question := new(dns.Msg).SetQuestion(name, kind)
	if !edns {
		return r.whole(ctx, server, question)
	}
	question.SetEdns0(udpSize, false)
	reply, err := r.whole(ctx, server, question)
	if err != nil || isAnswer(reply) {
		return reply, err
	}
	bare, err := r.whole(ctx, server, new(dns.Msg).SetQuestion(name, kind))
	if err != nil {
		return reply, nil
	}
	return bare, nil
}

// whole asks over UDP, and again over TCP if the answer was truncated.
func (r NetResolver) whole(ctx context.Context, server string, question *dns.Msg) (*dns.Msg, error) {
	reply, err := r.send(ctx, "udp", server, question)
	if err != nil || !reply.Truncated {
		return reply, err
	}
	reply, err = r.send(ctx, "tcp", server, question)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", errOnlyTCP, err)
	case reply.Truncated:
		return nil, errCutOff // the requested record may be in the missing part
	default:
		return reply, nil
	}
}

func (r NetResolver) send(ctx context.Context, network, server string, question *dns.Msg) (*dns.Msg, error) {
	limited, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	client := dns.Client{Net: network, Timeout: r.Timeout, UDPSize: udpSize}
	reply, _, err := client.ExchangeContext(limited, question, server)
	if err != nil {
		return nil, fmt.Errorf("ask over %s: %w", network, err)
	}
	asked := question.Question[0]
	if !reply.Response || len(reply.Question) != 1 ||
		dns.CanonicalName(reply.Question[0].Name) != asked.Name || reply.Question[0].Qtype != asked.Qtype {
		return nil, errForeign
	}
	return reply, nil
}

func noReply(server string, err error) *LookupResult {
	var network net.Error
	var system syscall.Errno
	var operation *net.OpError
	if errors.Is(err, errOnlyTCP) {
		server += ": " + errOnlyTCP.Error()
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return &LookupResult{Outcome: Timeout, Detail: server}
	case errors.As(err, &system):
		return &LookupResult{Outcome: Unreachable, Detail: server + ": " + system.Error()}
	case errors.As(err, &operation):
		return &LookupResult{Outcome: Unreachable, Detail: server + ": " + operation.Err.Error()}
	case errors.Is(err, errForeign), errors.Is(err, errCutOff):
		return &LookupResult{Outcome: Malformed, Detail: server + ": " + err.Error()}
	default:
		return &LookupResult{Outcome: Malformed, Detail: server}
	}
}

func refusal(server string, code int) *LookupResult {
	switch code {
	case dns.RcodeServerFailure:
		return &LookupResult{Outcome: Servfail, Detail: server}
	case dns.RcodeRefused:
		return &LookupResult{Outcome: Refused, Detail: server}
	default:
		return &LookupResult{Outcome: Malformed, Detail: server + " answers " + dns.RcodeToString[code]}
	}
}
