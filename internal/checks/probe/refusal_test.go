package probe_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/acfix/acfix/internal/checks/probe"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const teamsReason = `Q.850;cause=63;text="0f8fad5b;Provided Trunk FQDN 'sbc1.example.com' is not allowed."`

// refusal is a 403 to a request, with its headers changed and more of them.
func refusal(request, more string, change ...string) string {
	text := strings.Replace(answerTo(request, more+"Content-Length: 0\r\n"), "200 OK", "403 Forbidden", 1)
	return strings.NewReplacer(change...).Replace(text)
}

// TestWhatARefusalSays: Reason and Warning come through as they were sent, whatever their form.
func TestWhatARefusalSays(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		headers           string
		reasons, warnings []string
	}{
		"none":           {"", []string{}, []string{}},
		"Reason":         {"Reason: " + teamsReason + "\r\n", []string{teamsReason}, []string{}},
		"Warning":        {"Warning: 399 sip.example.com \"no such trunk\"\r\n", []string{}, []string{`399 sip.example.com "no such trunk"`}},
		"odd names":      {"REASON : " + teamsReason + "\r\nwarning:399 a b\r\n", []string{teamsReason}, []string{"399 a b"}},
		"several":        {"Reason: SIP;cause=403\r\nReason: Q.850;cause=21\r\n", []string{"SIP;cause=403", "Q.850;cause=21"}, []string{}},
		"in one line":    {"Reason: SIP;cause=403, Q.850;cause=21\r\n", []string{"SIP;cause=403, Q.850;cause=21"}, []string{}},
		"folded":         {"Reason: Q.850;cause=63;\r\n\ttext=\"a\r\n  b\"\r\n", []string{`Q.850;cause=63; text="a b"`}, []string{}},
		"empty":          {"Reason:\r\nWarning: \r\n", []string{""}, []string{""}},
		"not of grammar": {"Reason: ,;;=\"\r\nWarning: no code\r\n", []string{`,;;="`}, []string{"no code"}},
		"control characters": {
			"Warning: 399 a \"\x1b[2J\x07\u202eb\tc\x00\"\r\n", []string{},
			[]string{"399 a \"\uFFFD[2J\uFFFD\uFFFDb\uFFFDc\uFFFD\""},
		},
		"no UTF-8":           {"Warning: 399 a \"caf\xe9\"\r\n", []string{}, []string{"399 a \"caf\uFFFD\""}},
		"a return by itself": {"Warning: 399 a \"b\rc\"\r\n", []string{}, []string{`399 a "b c"`}},
		"long":               {"Reason: " + strings.Repeat("x", 2000) + "\r\n", []string{strings.Repeat("x", 1023) + "…"}, []string{}},
		"many":               {strings.Repeat("Warning: 399 a b\r\n", 20), []string{}, strings.Split(strings.TrimSpace(strings.Repeat("399 a b\n", 8)), "\n")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config, o := plain(t)
			got := run(t, tlsServer(t, config, func(c *tls.Conn) { _, _ = io.WriteString(c, refusal(readRequest(c), test.headers)) }), o)
			require.Nil(t, got.Error)
			require.NotNil(t, got.SIP.Status)
			assert.Equal(t, 403, *got.SIP.Status)
			assert.Equal(t, test.reasons, got.SIP.ReasonHeaders)
			assert.Equal(t, test.warnings, got.SIP.WarningHeaders)
			assert.Equal(t, "Forbidden", got.SIP.Reason)
			text, err := json.Marshal(got)
			require.NoError(t, err)
			assert.NotContains(t, string(text), `\u001b`)
			assert.NotContains(t, string(text), `\u0000`)
		})
	}
}

// TestAnUnreadableHeaderDoesNotHideTheStatus, nor the headers around it.
func TestAnUnreadableHeaderDoesNotHideTheStatus(t *testing.T) {
	t.Parallel()
	for name, change := range map[string][]string{
		"Via":                  {"Via: SIP/2.0/TLS", "Via: garbage/"},
		"From":                 {"From: <sip:", "From: <<<"},
		"To":                   {"To: <sip:", "To: \"open <sip:"},
		"To in the short form": {"To: <sip:", "t: ;;;"},
		"CSeq without method":  {" OPTIONS\r\n", "\r\n"},
		"CSeq is no number":    {"CSeq: 1 ", "CSeq: one "},
		"CSeq, two blanks":     {"CSeq: 1 ", "CSeq: 1  "},
		"Call-ID is empty":     {"Call-ID: ", "Call-ID:\r\nX-Was: "},
		"Contact":              {"Reason: ", "Contact: <sip:[::1>;;=\r\nReason: "},
		"Record-Route":         {"Reason: ", "Record-Route: nonsense, <\r\nReason: "},
		"Max-Forwards":         {"Reason: ", "Max-Forwards: many\r\nReason: "},
		"no colon":             {"Reason: ", "what is this\r\nReason: "},
		"nothing but a colon":  {"Reason: ", ":\r\nReason: "},
		"a return in a header": {"Reason: ", "X-A: b\rc\r\nReason: "},
		"a return in a name":   {"Reason: ", "X\r-A b\r\nReason: "},
		"length is no number":  {"Content-Length: 0", "Content-Length: none"},
		"length is negative":   {"Content-Length: 0", "l: -1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config, o := plain(t)
			got := run(t, tlsServer(t, config, func(c *tls.Conn) {
				_, _ = io.WriteString(c, refusal(readRequest(c), "Reason: "+teamsReason+"\r\n", change...))
			}), o)
			require.Nil(t, got.Error)
			require.NotNil(t, got.SIP.Status)
			assert.Equal(t, 403, *got.SIP.Status)
			assert.Equal(t, []string{teamsReason}, got.SIP.ReasonHeaders)
			assert.Contains(t, codes(got), probe.Refused)
		})
	}
}

// TestAnAnswerToSomethingElseIsNone, also where one of its headers can't be read.
func TestAnAnswerToSomethingElseIsNone(t *testing.T) {
	t.Parallel()
	for name, change := range map[string][]string{
		"another call":                  {"@" + fqdn, "@elsewhere", "CSeq: 1 ", "CSeq: one "},
		"another number":                {"CSeq: 1 ", "CSeq: 7 ", "Call-ID: ", "Call-ID:\r\nX-Was: "},
		"another method":                {" OPTIONS\r\n", " INVITE\r\n"},
		"neither call nor number is in": {"CSeq: ", "X-CSeq: ", "Call-ID: ", "X-Call: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config, o := plain(t)
			got := run(t, tlsServer(t, config, func(c *tls.Conn) {
				request := readRequest(c)
				_, _ = io.WriteString(c, refusal(request, "", change...)+answerTo(request, "Content-Length: 0\r\n"))
			}), o)
			require.Nil(t, got.Error)
			assert.Equal(t, 200, *got.SIP.Status)
		})
	}
}

// TestTheCommonNameCountsAsInCertCheck: for the SBC's own certificate always, for a server's where
// no DNS name stands among its alternative names.
func TestTheCommonNameCountsAsInCertCheck(t *testing.T) {
	t.Parallel()
	root := newAuthority(t, "root")
	commonNameAlone := func(c *x509.Certificate) { c.DNSNames = nil }
	otherNames := func(c *x509.Certificate) { c.DNSNames = []string{"other.example.com"} }
	asks := func(name string, change func(*x509.Certificate)) *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{root.issue(t, name, change)}, ClientAuth: tls.RequestClientCert}
	}
	for name, test := range map[string]struct {
		server   *tls.Config
		own      tls.Certificate
		finding  bool
		mistaken string
	}{
		"the SBC's CN alone":         {asks("sip.example.com", commonNameAlone), root.issue(t, fqdn, commonNameAlone), false, ""},
		"the SBC's CN beside others": {asks("sip.example.com", commonNameAlone), root.issue(t, fqdn, otherNames), false, ""},
		"a wildcard in the CN":       {asks("*.example.com", commonNameAlone), root.issue(t, "*.example.com", commonNameAlone), false, ""},
		"another's CN":               {asks("sip.example.com", commonNameAlone), root.issue(t, "sbc2.example.com", commonNameAlone), true, ""},
		"a wildcard one too deep":    {asks("sip.example.com", commonNameAlone), root.issue(t, "*.com", commonNameAlone), true, ""},
		"the server's CN is another": {asks("sip.example.org", commonNameAlone), root.issue(t, fqdn), false, probe.CodeWrongName},
		"the server's CN is ruled out": {
			asks("sip.example.com", otherNames), root.issue(t, fqdn), false, probe.CodeWrongName,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(root.trust())
			o.ServerName, o.Certificate = "sip.example.com", &test.own
			got := run(t, sipServer(t, test.server, respond(t, 200, "OK")), o)
			assert.Equal(t, test.finding, contains(codes(got), probe.FQDNNotCovered))
			if test.mistaken == "" {
				assert.Nil(t, got.Error)
				return
			}
			require.NotNil(t, got.Error)
			assert.Equal(t, test.mistaken, got.Error.Code)
		})
	}
}
