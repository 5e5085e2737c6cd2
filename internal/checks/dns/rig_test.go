package dns_test

import (
	"net"
	"strings"
	"testing"
	"time"

	dnscheck "github.com/acfix/acfix/internal/checks/dns"
	"github.com/miekg/dns"
	"github.com/stretchr/testify/require"
)

// seed is what Pexip's document lists, as written there: the public edge nodes, the records of
// both domains, and federation with its pool.
const seed = `
px01.vc.example.com.         86400 IN A 198.51.100.40
px02.vc.example.com.         86400 IN A 198.51.100.41

_h323cs._tcp.example.com. 86400 IN SRV 10 10 1720 px01.vc.example.com.
_h323cs._tcp.example.com. 86400 IN SRV 10 10 1720 px02.vc.example.com.
_h323ls._udp.example.com. 86400 IN SRV 10 10 1719 px01.vc.example.com.
_h323ls._udp.example.com. 86400 IN SRV 10 10 1719 px02.vc.example.com.
_sip._tcp.example.com.    86400 IN SRV 10 10 5060 px01.vc.example.com.
_sip._tcp.example.com.    86400 IN SRV 10 10 5060 px02.vc.example.com.
_sips._tcp.example.com.   86400 IN SRV 10 10 5061 px01.vc.example.com.
_sips._tcp.example.com.   86400 IN SRV 10 10 5061 px02.vc.example.com.
_pexapp._tcp.example.com. 86400 IN SRV 10 100 443 px01.vc.example.com.
_pexapp._tcp.example.com. 86400 IN SRV 20 100 443 px02.vc.example.com.

_h323cs._tcp.vc.example.com. 86400 IN SRV 10 10 1720 px01.vc.example.com.
_h323cs._tcp.vc.example.com. 86400 IN SRV 10 10 1720 px02.vc.example.com.
_h323ls._udp.vc.example.com. 86400 IN SRV 10 10 1719 px01.vc.example.com.
_h323ls._udp.vc.example.com. 86400 IN SRV 10 10 1719 px02.vc.example.com.
_sip._tcp.vc.example.com.    86400 IN SRV 10 10 5060 px01.vc.example.com.
_sip._tcp.vc.example.com.    86400 IN SRV 10 10 5060 px02.vc.example.com.
_sips._tcp.vc.example.com.   86400 IN SRV 10 10 5061 px01.vc.example.com.
_sips._tcp.vc.example.com.   86400 IN SRV 10 10 5061 px02.vc.example.com.
_pexapp._tcp.vc.example.com. 86400 IN SRV 10 100 443 px01.vc.example.com.
_pexapp._tcp.vc.example.com. 86400 IN SRV 20 100 443 px02.vc.example.com.

_sipfederationtls._tcp.vc.example.com. 86400 IN SRV 1 100 5061 px.vc.example.com.
px.vc.example.com.                     86400 IN A 198.51.100.40
px.vc.example.com.                     86400 IN A 198.51.100.41

_sipfederationtls._tcp.example.com. 86400 IN SRV 1 100 5061 sip.example.com.
sip.example.com.                    86400 IN A 198.51.100.50
`

const udpSize = 1232

// zone answers with authority for what is in it. A name below which others lie exists.
type zone struct {
	records []dns.RR
	codes   map[string]int  // by name: answer with this code
	silent  map[string]bool // by name: say nothing
	noAAAA  map[string]bool // by name: fail to tell its AAAA records
	noA     bool            // fail to tell A records
	cut     bool            // over UDP say "too long"
	edns    int             // answer questions with EDNS with this code
	deaf    bool            // say nothing to questions with EDNS
}

func parseZone(t testing.TB, text string) *zone {
	t.Helper()
	z := &zone{codes: map[string]int{}, silent: map[string]bool{}, noAAAA: map[string]bool{}}
	parser := dns.NewZoneParser(strings.NewReader(text), ".", "test")
	for rr, ok := parser.Next(); ok; rr, ok = parser.Next() {
		z.records = append(z.records, rr)
	}
	require.NoError(t, parser.Err())
	return z
}

func (z *zone) ServeDNS(w dns.ResponseWriter, request *dns.Msg) {
	asked := request.Question[0]
	name := dns.CanonicalName(asked.Name)
	reply := new(dns.Msg).SetReply(request)
	reply.Authoritative = true
	switch {
	case z.silent[name]:
		return
	case z.deaf && request.IsEdns0() != nil:
		return
	case z.edns != 0 && request.IsEdns0() != nil:
		reply.Rcode = z.edns
		if z.edns > 0xf { // the upper bits travel in EDNS
			reply.SetEdns0(udpSize, false)
		}
	case z.codes[name] != 0:
		reply.Rcode = z.codes[name]
	case z.noA && asked.Qtype == dns.TypeA:
		reply.Rcode = dns.RcodeServerFailure
	case z.noAAAA[name] && asked.Qtype == dns.TypeAAAA:
		reply.Rcode = dns.RcodeServerFailure
	case z.cut && w.RemoteAddr().Network() == "udp":
		reply.Truncated = true
	default:
		z.fill(reply, name, asked.Qtype)
	}
	if edns := request.IsEdns0(); edns != nil && w.RemoteAddr().Network() == "udp" {
		reply.Truncate(int(edns.UDPSize()))
	}
	_ = w.WriteMsg(reply)
}

func (z *zone) fill(reply *dns.Msg, name string, kind uint16) {
	exists := false
	for _, rr := range z.records {
		owner := dns.CanonicalName(rr.Header().Name)
		exists = exists || owner == name || strings.HasSuffix(owner, "."+name)
		if owner == name && (rr.Header().Rrtype == kind || rr.Header().Rrtype == dns.TypeCNAME) {
			reply.Answer = append(reply.Answer, rr)
		}
	}
	if !exists {
		reply.Rcode = dns.RcodeNameError
	}
}

// serve puts a handler on a free port, over UDP and TCP.
func serve(t testing.TB, handler dns.Handler) string {
	t.Helper()
	for range 20 {
		packets, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
		require.NoError(t, err)
		stream, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", packets.LocalAddr().String())
		if err != nil { // another process has the port over TCP
			require.NoError(t, packets.Close())
			continue
		}
		for _, server := range []*dns.Server{{PacketConn: packets, Handler: handler}, {Listener: stream, Handler: handler}} {
			started := make(chan struct{})
			server.NotifyStartedFunc = func() { close(started) }
			go func() { _ = server.ActivateAndServe() }()
			<-started
			t.Cleanup(func() { _ = server.Shutdown() })
		}
		return packets.LocalAddr().String()
	}
	require.Fail(t, "no port is free over UDP and TCP")
	return ""
}

func resolver(servers ...string) dnscheck.NetResolver {
	return dnscheck.NetResolver{Servers: servers, Timeout: 2 * time.Second}
}

// change makes a variant of a zone's text; the old text must be there.
func change(t testing.TB, text, old, replacement string) string {
	t.Helper()
	require.Contains(t, text, old)
	return strings.ReplaceAll(text, old, replacement)
}
