package dns_test

import (
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	dnscheck "github.com/acfix/acfix/internal/checks/dns"
	"github.com/miekg/dns"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOutcomes(t *testing.T) {
	t.Parallel()
	z := parseZone(t, seed+`
alias.example.com. 60 IN CNAME px01.vc.example.com.
dangling.example.com. 60 IN CNAME gone.example.com.
round.example.com. 60 IN CNAME about.example.com.
about.example.com. 60 IN CNAME round.example.com.
six.example.com. 60 IN AAAA 2001:db8::1
`)
	z.codes["servfail.example.com."] = dns.RcodeServerFailure
	z.codes["refused.example.com."] = dns.RcodeRefused
	z.codes["odd.example.com."] = dns.RcodeNotImplemented
	ask := resolver(serve(t, z))
	for _, test := range []struct {
		name    string
		kind    dnscheck.RecordType
		outcome dnscheck.LookupOutcome
		aliases []string
	}{
		{"px01.vc.example.com", dnscheck.A, dnscheck.Found, nil},
		{"PX01.VC.Example.com", dnscheck.A, dnscheck.Found, nil},
		{"_sip._tcp.example.com", dnscheck.SRV, dnscheck.Found, nil},
		{"six.example.com", dnscheck.AAAA, dnscheck.Found, nil},
		{"six.example.com", dnscheck.A, dnscheck.NoData, nil},
		{"vc.example.com", dnscheck.A, dnscheck.NoData, nil},
		{"gone.example.com", dnscheck.A, dnscheck.NoName, nil},
		{"alias.example.com", dnscheck.A, dnscheck.Found, []string{"px01.vc.example.com"}},
		{"alias.example.com", dnscheck.AAAA, dnscheck.NoData, []string{"px01.vc.example.com"}},
		{"dangling.example.com", dnscheck.A, dnscheck.NoName, []string{"gone.example.com"}},
		{"round.example.com", dnscheck.A, dnscheck.Malformed, []string{"about.example.com", "round.example.com"}},
		{"servfail.example.com", dnscheck.A, dnscheck.Servfail, nil},
		{"refused.example.com", dnscheck.A, dnscheck.Refused, nil},
		{"odd.example.com", dnscheck.A, dnscheck.Malformed, nil},
	} {
		got := ask.Ask(t.Context(), test.name, test.kind)
		assert.Equal(t, test.outcome, got.Outcome, "%s %s: %s", test.name, test.kind, got.Detail)
		assert.Equal(t, test.aliases, got.Aliases, "%s %s", test.name, test.kind)
		assert.Equal(t, test.outcome == dnscheck.Found, len(got.Targets)+len(got.Addresses) > 0)
	}
	assert.Equal(t, []netip.Addr{netip.MustParseAddr("2001:db8::1")}, ask.Ask(t.Context(), "six.example.com", dnscheck.AAAA).Addresses)
	assert.Equal(t, []dnscheck.SRVTarget{{Name: "sip.example.com", Port: 5061, Priority: 1, Weight: 100}},
		ask.Ask(t.Context(), "_sipfederationtls._tcp.example.com", dnscheck.SRV).Targets)
}

// TestALongAnswerIsAskedForOverTCP: more targets than fit into a packet.
func TestALongAnswerIsAskedForOverTCP(t *testing.T) {
	t.Parallel()
	z := parseZone(t, seed)
	z.cut = true
	got := resolver(serve(t, z)).Ask(t.Context(), "_sip._tcp.example.com", dnscheck.SRV)
	assert.Equal(t, dnscheck.Found, got.Outcome)
	assert.Len(t, got.Targets, 2)
}

// TestAServerWithoutEDNS: whatever error it answers EDNS with, and if its packets are dropped.
func TestAServerWithoutEDNS(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*zone){
		"FORMERR":           func(z *zone) { z.edns = dns.RcodeFormatError },
		"SERVFAIL":          func(z *zone) { z.edns = dns.RcodeServerFailure },
		"NOTIMP":            func(z *zone) { z.edns = dns.RcodeNotImplemented },
		"REFUSED":           func(z *zone) { z.edns = dns.RcodeRefused },
		"BADVERS":           func(z *zone) { z.edns = dns.RcodeBadVers },
		"SERVFAIL, and cut": func(z *zone) { z.edns, z.cut = dns.RcodeServerFailure, true },
		"dropped":           func(z *zone) { z.deaf = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			z := parseZone(t, seed)
			spoil(z)
			ask := resolver(serve(t, z))
			if z.deaf {
				ask.Timeout = 300 * time.Millisecond
			}
			assert.Equal(t, dnscheck.Found, ask.Ask(t.Context(), "sip.example.com", dnscheck.A).Outcome)
			assert.Equal(t, dnscheck.NoName, ask.Ask(t.Context(), "gone.example.com", dnscheck.A).Outcome)
		})
	}
}

// TestAnErrorWithoutEDNSToo is the server's word on the question.
func TestAnErrorWithoutEDNSToo(t *testing.T) {
	t.Parallel()
	var bare atomic.Int64
	address := serve(t, dns.HandlerFunc(func(w dns.ResponseWriter, request *dns.Msg) {
		if request.IsEdns0() == nil {
			bare.Add(1)
			return // and silence without it
		}
		_ = w.WriteMsg(new(dns.Msg).SetRcode(request, dns.RcodeServerFailure))
	}))
	ask := resolver(address)
	ask.Timeout = 200 * time.Millisecond
	got := ask.Ask(t.Context(), "sip.example.com", dnscheck.A)
	assert.Contains(t, []dnscheck.LookupOutcome{dnscheck.Servfail, dnscheck.Timeout}, got.Outcome)
	assert.Positive(t, bare.Load())
}

// TestALongAnswerWithoutTCP: the way over UDP works, so it is not the server that can't be reached.
func TestALongAnswerWithoutTCP(t *testing.T) {
	t.Parallel()
	z := parseZone(t, seed)
	z.cut = true
	packets, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	require.NoError(t, err)
	server, started := &dns.Server{PacketConn: packets, Handler: z}, make(chan struct{})
	server.NotifyStartedFunc = func() { close(started) }
	go func() { _ = server.ActivateAndServe() }()
	<-started
	t.Cleanup(func() { _ = server.Shutdown() })
	got := resolver(packets.LocalAddr().String()).Ask(t.Context(), "sip.example.com", dnscheck.A)
	assert.NotEqual(t, dnscheck.Found, got.Outcome)
	assert.Contains(t, got.Detail, "the answer is too long for UDP, and TCP failed")
}

func TestTheNextServerIsAsked(t *testing.T) {
	t.Parallel()
	broken, good := parseZone(t, ""), parseZone(t, seed)
	broken.codes["sip.example.com."] = dns.RcodeServerFailure
	assert.Equal(t, dnscheck.Found, resolver(serve(t, broken), serve(t, good)).Ask(t.Context(), "sip.example.com", dnscheck.A).Outcome)
}

func TestSilenceAndNobodyThere(t *testing.T) {
	t.Parallel()
	z := parseZone(t, seed)
	z.silent["sip.example.com."] = true
	quick := resolver(serve(t, z))
	quick.Timeout = 100 * time.Millisecond
	assert.Equal(t, dnscheck.Timeout, quick.Ask(t.Context(), "sip.example.com", dnscheck.A).Outcome)

	closed, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	require.NoError(t, err)
	nobody := resolver(closed.LocalAddr().String())
	require.NoError(t, closed.Close())
	assert.Equal(t, dnscheck.Unreachable, nobody.Ask(t.Context(), "sip.example.com", dnscheck.A).Outcome)
	assert.Equal(t, dnscheck.Unreachable, resolver().Ask(t.Context(), "sip.example.com", dnscheck.A).Outcome)
}

// TestAnAnswerToAnotherQuestionIsNone: its id fits, its question doesn't.
func TestAnAnswerToAnotherQuestionIsNone(t *testing.T) {
	t.Parallel()
	address := serve(t, dns.HandlerFunc(func(w dns.ResponseWriter, request *dns.Msg) {
		reply := new(dns.Msg).SetReply(request)
		reply.Question[0].Name = "evil.example."
		rr, err := dns.NewRR("sip.example.com. 60 IN A 192.0.2.66")
		if err == nil {
			reply.Answer = []dns.RR{rr}
			_ = w.WriteMsg(reply)
		}
	}))
	assert.Equal(t, dnscheck.Malformed, resolver(address).Ask(t.Context(), "sip.example.com", dnscheck.A).Outcome)
}

// TestWhatSaysNothingIsNotNothing: to take these for "no such record" would let a missing
// federation record pass, and call others missing that are there.
func TestWhatSaysNothingIsNotNothing(t *testing.T) {
	t.Parallel()
	referral, err := dns.NewRR("example.com. 60 IN NS ns.example.net.")
	require.NoError(t, err)
	for name, spoil := range map[string]func(*dns.Msg){
		"a referral":             func(reply *dns.Msg) { reply.Ns = []dns.RR{referral} },
		"cut off, also over TCP": func(reply *dns.Msg) { reply.Truncated = true },
	} {
		address := serve(t, dns.HandlerFunc(func(w dns.ResponseWriter, request *dns.Msg) {
			reply := new(dns.Msg).SetReply(request)
			spoil(reply)
			_ = w.WriteMsg(reply)
		}))
		got := resolver(address).Ask(t.Context(), "sip.example.com", dnscheck.A)
		assert.Equal(t, dnscheck.Malformed, got.Outcome, name)
		assert.Contains(t, got.Detail, address, name)
	}
}

func TestSystemServers(t *testing.T) {
	t.Parallel()
	servers, err := dnscheck.SystemServers(strings.NewReader("search example.com\nnameserver 192.0.2.53\nnameserver 2001:db8::53\n"))
	require.NoError(t, err)
	assert.Equal(t, []string{"192.0.2.53:53", "[2001:db8::53]:53"}, servers)
}
