package probe_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/checks/probe"
	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// plain is a server's side without a client certificate, and the trust in it.
func plain(t testing.TB) (*tls.Config, probe.Prober) {
	t.Helper()
	root := newAuthority(t, "root")
	return &tls.Config{Certificates: []tls.Certificate{root.issue(t, "sip.example.com")}}, options(root.trust())
}

func TestTheRequestNamesTheSBC(t *testing.T) {
	t.Parallel()
	o := probe.Prober{FQDN: fqdn, Acfix: "1.0", Token: func() string { return "ABC" }}
	wanted := strings.Join([]string{
		"OPTIONS sip:sip.pstnhub.microsoft.com:5061;transport=tls SIP/2.0",
		"Via: SIP/2.0/TLS sbc1.example.com:5061;branch=z9hG4bKbranch",
		"Max-Forwards: 70",
		"From: <sip:sbc1.example.com:5061;transport=tls>;tag=ABC",
		"To: <sip:sip.pstnhub.microsoft.com:5061;transport=tls>",
		"Call-ID: ABC@sbc1.example.com",
		"CSeq: 1 OPTIONS",
		"Contact: <sip:sbc1.example.com:5061;transport=tls>",
		"Accept: application/sdp",
		"User-Agent: acfix/1.0",
		"Content-Length: 0", "", "",
	}, "\r\n")
	assert.Equal(t, wanted, probe.Request(o, probe.Endpoint{Host: "sip.pstnhub.microsoft.com", Port: 5061}))
	assert.Contains(t, probe.Request(o, probe.Endpoint{Host: "::1", Port: 5061}), "OPTIONS sip:[::1]:5061;")
}

// TestAStackUnderstandsTheRequest: sipgo parses it and sees the name where Teams looks for it.
func TestAStackUnderstandsTheRequest(t *testing.T) {
	t.Parallel()
	config, o := plain(t)
	seen := make(chan *sip.Request, 1)
	answer := respond(t, 200, "OK")
	got := run(t, sipServer(t, config, func(request *sip.Request, transaction sip.ServerTransaction) {
		seen <- request
		answer(request, transaction)
	}), o)
	require.Nil(t, got.Error)
	request := <-seen
	assert.Equal(t, fqdn, request.Contact().Address.Host)
	assert.Equal(t, fqdn, request.From().Address.Host)
	assert.Equal(t, "a test", got.SIP.Server)
}

func TestAnswersOfEveryStatus(t *testing.T) {
	t.Parallel()
	for status, test := range map[int]struct {
		reason string
		ok     bool
	}{200: {"OK", true}, 403: {"Forbidden", false}, 404: {"Not Found", false}, 503: {"Service Unavailable", false}} {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			config, o := plain(t)
			o.Tries = 2
			report := probe.Run(t.Context(), []probe.Endpoint{sipServer(t, config, respond(t, status, test.reason))}, o)
			got := report.Endpoints[0]
			require.Nil(t, got.Error)
			assert.True(t, got.Answered, "an answer of any status is an answer")
			assert.True(t, got.TLS.OK)
			assert.Equal(t, test.ok, got.SIP.OK)
			assert.Equal(t, status, *got.SIP.Status)
			assert.Equal(t, test.reason, got.SIP.Reason)
			assert.Equal(t, !test.ok, contains(codes(got), probe.Refused))
			assert.Equal(t, test.ok, report.OK())
			assert.Positive(t, *got.SIP.RTT)
			assert.Equal(t, []int{2, 2}, []int{got.SIP.Sent, got.SIP.Answered})
		})
	}
}

func contains(all []string, one string) bool {
	for _, text := range all {
		if text == one {
			return true
		}
	}
	return false
}

func TestALostAnswerIsCounted(t *testing.T) {
	t.Parallel()
	config, o := plain(t)
	o.Tries, o.Timeout = 4, 2*time.Second
	answer := respond(t, 200, "OK")
	got := run(t, sipServer(t, config, func(request *sip.Request, transaction sip.ServerTransaction) {
		if request.CSeq().SeqNo%2 == 0 {
			answer(request, transaction)
		}
	}), o)
	require.Nil(t, got.Error)
	assert.True(t, got.Answered)
	assert.False(t, got.SIP.OK)
	assert.Equal(t, []int{4, 2}, []int{got.SIP.Sent, got.SIP.Answered})
	assert.InDelta(t, 50, got.SIP.Loss, 0)
	assert.Contains(t, codes(got), probe.Lossy)
}

func TestNoAnswerAtAll(t *testing.T) {
	t.Parallel()
	config, o := plain(t)
	o.Tries, o.Timeout = 2, 2*time.Second
	got := run(t, sipServer(t, config, func(*sip.Request, sip.ServerTransaction) {}), o)
	assert.Equal(t, "no_answer: no answer to OPTIONS within 2s", errorOf(got))
	assert.True(t, got.TLS.OK, "TLS is not to blame")
	assert.False(t, got.SIP.OK)
	assert.Nil(t, got.SIP.Status)
	assert.Nil(t, got.SIP.RTT)
	assert.InDelta(t, 100, got.SIP.Loss, 0)
}

func TestASlowAnswerIsTimed(t *testing.T) {
	t.Parallel()
	config, o := plain(t)
	answer := respond(t, 200, "OK")
	got := run(t, sipServer(t, config, func(request *sip.Request, transaction sip.ServerTransaction) {
		<-time.After(150 * time.Millisecond)
		answer(request, transaction)
	}), o)
	require.Nil(t, got.Error)
	assert.GreaterOrEqual(t, *got.SIP.RTT, 150.0)
	assert.LessOrEqual(t, *got.SIP.RTTMin, *got.SIP.RTT)
	assert.GreaterOrEqual(t, *got.SIP.RTTMax, *got.SIP.RTT)
}

// answerTo is a complete 200 to a request, as text.
func answerTo(request, more string) string {
	text := "SIP/2.0 200 OK\r\n"
	for _, line := range strings.Split(request, "\r\n") {
		for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
			if strings.HasPrefix(line, name+":") {
				text += line + "\r\n"
			}
		}
	}
	return text + more + "\r\n"
}

// TestWhatComesOverTheWire is what a stack won't send on request.
func TestWhatComesOverTheWire(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		serve func(c io.ReadWriter)
		wants string // "" for a good answer
	}{
		"in pieces": {func(c io.ReadWriter) {
			for _, b := range []byte(answerTo(readRequest(c), "Content-Length: 0\r\n")) {
				_, _ = c.Write([]byte{b})
			}
		}, ""},
		"after others": {func(c io.ReadWriter) {
			request := readRequest(c)
			good := answerTo(request, "Content-Length: 0\r\n")
			bad := strings.Replace(good, "200 OK", "403 Forbidden", 1)
			_, _ = io.WriteString(c, "\r\n\r\n"+strings.Replace(good, "200 OK", "100 Trying", 1)+
				strings.Replace(bad, "@"+fqdn, "@elsewhere", 1)+
				strings.Replace(bad, "CSeq: 1", "CSeq: 7", 1)+
				strings.Replace(request, "Call-ID: ", "Call-ID: theirs", 1)+good)
		}, ""},
		"with a body and compact names": {func(c io.ReadWriter) {
			good := strings.NewReplacer("Via:", "v:", "Call-ID:", "i:", "From:", "f:", "To:", "t:").Replace(answerTo(readRequest(c), "l: 4\r\n"))
			_, _ = io.WriteString(c, good+"v=0\n")
		}, ""},
		"web server": {func(c io.ReadWriter) {
			readRequest(c)
			_, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
		}, "bad_answer: the answer to OPTIONS is not SIP: transmission beginning 'HTTP/1.1 400 Bad Request' is not a SIP message"},
		"noise": {func(c io.ReadWriter) {
			readRequest(c)
			_, _ = io.WriteString(c, "\x00\x01\x02\xff\r\n\r\n")
		}, "bad_answer: the answer to OPTIONS is not SIP: transmission beginning '\uFFFD\uFFFD\uFFFD\uFFFD' is not a SIP message"},
		"endless line": {func(c io.ReadWriter) {
			readRequest(c)
			for range 20 {
				_, _ = io.WriteString(c, strings.Repeat("x", 4096))
			}
		}, "bad_answer: the answer to OPTIONS is larger than 32768 bytes"},
		"huge body": {func(c io.ReadWriter) {
			_, _ = io.WriteString(c, answerTo(readRequest(c), "Content-Length: 4000000000\r\n"))
		}, "bad_answer: the answer to OPTIONS is larger than 32768 bytes"},
		"no length": {func(c io.ReadWriter) {
			_, _ = io.WriteString(c, answerTo(readRequest(c), ""))
		}, "bad_answer: the answer to OPTIONS has no Content-Length, which SIP over TLS needs"},
		"cut off": {func(c io.ReadWriter) {
			_, _ = io.WriteString(c, answerTo(readRequest(c), "Content-Length: 50\r\n")[:30])
		}, "bad_answer: the far end closed the connection in the middle of a message"},
		"closes": {func(c io.ReadWriter) { readRequest(c) }, "closed: the far end closed the connection instead of answering OPTIONS"},
		"never to the point": {func(c io.ReadWriter) {
			other := strings.Replace(answerTo(readRequest(c), "Content-Length: 0\r\n"), "CSeq: 1", "CSeq: 9", 1)
			_, _ = io.WriteString(c, strings.Repeat(other, 33))
		}, "bad_answer: the answer to OPTIONS is not among the first 32 messages"},
		"half, then silence": {func(c io.ReadWriter) {
			_, _ = io.WriteString(c, answerTo(readRequest(c), "Content-Length: 50\r\n")[:30])
			_, _ = io.Copy(io.Discard, c)
		}, "bad_answer: the far end sent no complete SIP message within 2s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config, o := plain(t)
			o.Timeout = 5 * time.Second
			if strings.Contains(test.wants, "within 2s") {
				o.Timeout = 2 * time.Second
			}
			got := run(t, tlsServer(t, config, func(c *tls.Conn) { test.serve(c) }), o)
			assert.Equal(t, test.wants, errorOf(got))
			assert.Equal(t, test.wants == "", got.SIP.OK)
			assert.True(t, got.TLS.OK)
		})
	}
}

// TestAConnectionThatEndsTakesTheRestWithIt: what can't be sent any more counts as lost.
func TestAConnectionThatEndsTakesTheRestWithIt(t *testing.T) {
	t.Parallel()
	config, o := plain(t)
	o.Tries = 4
	got := run(t, tlsServer(t, config, func(c *tls.Conn) {
		_, _ = io.WriteString(c, answerTo(readRequest(c), "Content-Length: 0\r\n"))
	}), o)
	require.Nil(t, got.Error)
	assert.Equal(t, []int{4, 1}, []int{got.SIP.Sent, got.SIP.Answered})
	assert.InDelta(t, 75, got.SIP.Loss, 0)
}

func TestBothFamilies(t *testing.T) {
	t.Parallel()
	root := newAuthority(t, "root")
	config := &tls.Config{Certificates: []tls.Certificate{root.issue(t, "sip.example.com")}}
	four := sipServerOn(t, "127.0.0.1", config, respond(t, 200, "OK"))
	six := sipServerOn(t, "::1", config, respond(t, 200, "OK"))

	o := options(root.trust())
	six.Host, four.Host = "::1", "127.0.0.1"
	assert.True(t, run(t, six, o).SIP.OK)

	o.Resolve = names{"sip.example.com.": {"::1", "127.0.0.1"}}
	named := probe.Endpoint{Host: "sip.example.com", Port: four.Port}
	one := run(t, named, o)
	require.Nil(t, one.Error)
	assert.True(t, one.Answered, "one family can't be connected to, the other answers")
	assert.Contains(t, codes(one), probe.FamilyUnreachable)
	assert.Len(t, one.Addresses, 2)
	assert.NotNil(t, one.Addresses[0].Error)

	o.IPv4, o.IPv6 = true, true
	assert.Equal(t, probe.CodeUnreachable, run(t, named, o).Error.Code, "both were asked for by name")
	o.IPv4, o.IPv6 = true, false
	only := run(t, named, o)
	assert.True(t, only.Answered)
	assert.Len(t, only.Addresses, 1)
	assert.Equal(t, "127.0.0.1", only.Addresses[0].Address)
	o.IPv4, o.Source = false, netip.MustParseAddr("::1")
	assert.Equal(t, probe.CodeUnreachable, run(t, named, o).Error.Code)
	o.Resolve = names{"sip.example.com.": {"127.0.0.1"}}
	assert.Equal(t, probe.CodeNoAddress, run(t, named, o).Error.Code)
}

// TestOneOfTwoAddressesIsNotEnough: an SBC may be sent to either, whatever the other family does.
func TestOneOfTwoAddressesIsNotEnough(t *testing.T) {
	t.Parallel()
	config, o := plain(t)
	server := sipServer(t, config, respond(t, 200, "OK"))
	o.Resolve = names{"sip.example.com.": {"127.0.0.1", "127.0.0.9", "::1"}}
	o.Dial = func(ctx context.Context, source netip.Addr, to netip.AddrPort) (c dialed, err error) {
		if to.Addr().String() == "127.0.0.9" {
			return nil, errors.New("refused")
		}
		return probe.DialTCP(ctx, source, netip.AddrPortFrom(netip.MustParseAddr(server.Host), server.Port))
	}
	got := run(t, probe.Endpoint{Host: "sip.example.com", Port: server.Port}, o)
	assert.Equal(t, fmt.Sprintf("unreachable: no connection to 127.0.0.9:%d: refused", server.Port), errorOf(got))
	assert.False(t, got.TLS.OK)
}

func TestTheSourceAddressIsUsed(t *testing.T) {
	t.Parallel()
	config, o := plain(t)
	var used atomic.Value
	o.Source = netip.MustParseAddr("127.0.0.1")
	o.Dial = func(ctx context.Context, source netip.Addr, to netip.AddrPort) (dialed, error) {
		connection, err := probe.DialTCP(ctx, source, to)
		if err == nil {
			used.Store(connection.LocalAddr().String())
		}
		return connection, err
	}
	got := run(t, sipServer(t, config, respond(t, 200, "OK")), o)
	require.Nil(t, got.Error)
	assert.Contains(t, used.Load(), "127.0.0.1:")
	o.Source = netip.MustParseAddr("192.0.2.1")
	wrong := run(t, probe.Endpoint{Host: "127.0.0.1", Port: 5061}, o)
	assert.Equal(t, "no_address: 192.0.2.1 is not an address of this machine", errorOf(wrong))
}

func TestAddressesAreHeldAgainstMicrosoftsRanges(t *testing.T) {
	t.Parallel()
	root := newAuthority(t, "root")
	server := sipServer(t, &tls.Config{Certificates: []tls.Certificate{root.issue(t, "sip.pstnhub.microsoft.com")}}, respond(t, 200, "OK"))
	for name, test := range map[string]struct {
		host, address string
		finding       string
	}{
		"first of the range":  {"sip.pstnhub.microsoft.com", "52.112.0.0", ""},
		"last of the range":   {"sip.pstnhub.microsoft.com", "52.115.255.255", ""},
		"second range":        {"sip2.pstnhub.microsoft.com", "52.123.255.255", ""},
		"after the range":     {"sip.pstnhub.microsoft.com", "52.116.0.0", probe.OutsideRanges},
		"between the ranges":  {"sip.pstnhub.microsoft.com", "52.121.255.255", probe.OutsideRanges},
		"another cloud's":     {"sip.pstnhub.gov.teams.microsoft.us", "52.112.0.1", probe.OutsideRanges},
		"GCC High":            {"sip.pstnhub.gov.teams.microsoft.us", "52.127.95.255", ""},
		"DoD":                 {"x.sip.pstnhub.infra.dod.teams.microsoft.us", "52.127.64.0", ""},
		"split DNS":           {"sip.pstnhub.microsoft.com", "10.0.0.1", probe.OutsideRanges},
		"IPv6":                {"sip.pstnhub.microsoft.com", "2001:db8::1", probe.OutsideRanges},
		"IPv4 within IPv6":    {"sip.pstnhub.microsoft.com", "::ffff:52.112.0.1", ""},
		"by address":          {"52.112.0.1", "52.112.0.1", ""},
		"somebody else":       {"sip.example.com", "192.0.2.1", probe.NotPublished},
		"looks like Teams":    {"sip.pstnhub.microsoft.com.evil.example", "192.0.2.1", probe.NotPublished},
		"somebody at Teams's": {"sip.example.com", "52.112.0.1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var dialled []netip.AddrPort
			o := options(root.trust())
			o.Resolve, o.Dial = names{test.host + ".": {test.address}}, dialTo(server, &dialled)
			o.ServerName = "sip.pstnhub.microsoft.com"
			got := run(t, probe.Endpoint{Host: test.host, Port: 5061}, o)
			require.Nil(t, got.Error)
			assert.Equal(t, netip.MustParseAddr(test.address).Unmap(), dialled[0].Addr())
			found := []string{}
			for _, code := range codes(got) {
				if code != probe.RootNotRequired {
					found = append(found, code)
				}
			}
			assert.Equal(t, strings.Fields(test.finding), found)
		})
	}
}

func TestNamesThatDoNotResolve(t *testing.T) {
	t.Parallel()
	got := run(t, probe.Endpoint{Host: "nowhere.example.com", Port: 5061}, options(probe.RequiredRoots()))
	assert.Equal(t, "unresolved: nowhere.example.com can't be resolved: there is no such name, or it has no address", errorOf(got))
	assert.Empty(t, got.Addresses)
}

func TestAnInterruptEndsEverything(t *testing.T) {
	t.Parallel()
	config, o := plain(t)
	o.Timeout = time.Minute
	ctx, cancel := context.WithCancel(t.Context())
	server := sipServer(t, config, func(*sip.Request, sip.ServerTransaction) { cancel() })
	report := probe.Run(ctx, []probe.Endpoint{server, server}, o)
	for _, got := range report.Endpoints {
		assert.Equal(t, probe.CodeInterrupted, got.Error.Code)
	}
	assert.False(t, report.Answered())
}

func TestSeveralEndpointsKeepTheirOrder(t *testing.T) {
	t.Parallel()
	config, o := plain(t)
	var endpoints []probe.Endpoint
	for range 5 {
		endpoints = append(endpoints, sipServer(t, config, respond(t, 200, "OK")))
	}
	report := probe.Run(t.Context(), endpoints, o)
	for i, endpoint := range endpoints {
		assert.Equal(t, endpoint.Port, report.Endpoints[i].Port)
	}
	assert.True(t, report.OK())
}
