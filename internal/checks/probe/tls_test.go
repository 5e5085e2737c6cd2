package probe_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/checks/probe"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var versions = map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13}

func TestAServerBelowATrustedRootIsNamed(t *testing.T) {
	t.Parallel()
	for name, version := range versions {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := newAuthority(t, "The Eighth")
			server := sipServer(t, &tls.Config{Certificates: []tls.Certificate{root.issue(t, "sip.example.com")}, MinVersion: version, MaxVersion: version}, respond(t, 200, "OK"))
			got := run(t, server, options(root.trust()))
			require.Nil(t, got.Error)
			assert.True(t, got.TLS.OK)
			assert.Equal(t, name, got.TLS.Version)
			assert.Equal(t, []string{name}, got.TLS.Versions)
			assert.NotEmpty(t, got.TLS.Cipher)
			assert.Equal(t, "The Eighth", got.TLS.Root)
			assert.Equal(t, certs.Fingerprint(root.certificate.Raw), got.TLS.RootSHA256)
			assert.False(t, got.TLS.RootRequired)
			require.NotNil(t, got.TLS.Mutual)
			assert.False(t, *got.TLS.Mutual)
			assert.True(t, got.SIP.OK)
			wanted := []string{probe.NotPublished, probe.RootNotRequired}
			if version == tls.VersionTLS13 {
				wanted = append(wanted, probe.NoTLS12)
			}
			assert.Equal(t, wanted, codes(got))
		})
	}
}

func TestBothVersionsAreShown(t *testing.T) {
	t.Parallel()
	root := newAuthority(t, "root")
	got := run(t, sipServer(t, &tls.Config{Certificates: []tls.Certificate{root.issue(t, "x.example.com")}}, respond(t, 200, "OK")), options(root.trust()))
	assert.Equal(t, "TLS 1.3", got.TLS.Version)
	assert.Equal(t, []string{"TLS 1.2", "TLS 1.3"}, got.TLS.Versions)
}

// TestARootOutsideTheStore is the outage of 2023: TLS itself works, the root is another.
func TestARootOutsideTheStore(t *testing.T) {
	t.Parallel()
	old, next := newAuthority(t, "Baltimore"), newAuthority(t, "Global Root G2")
	asked := make(chan struct{}, 1)
	server := tlsServer(t, &tls.Config{Certificates: []tls.Certificate{next.issue(t, "x.example.com")}}, func(c *tls.Conn) {
		if readRequest(c) != "" {
			asked <- struct{}{}
		}
	})
	for name, trust := range map[string]probe.TrustStore{"a store": old.trust(), "the required roots": probe.RequiredRoots(), "nothing": probe.JustThese(nil, "an empty store")} {
		got := run(t, server, options(trust))
		assert.Equal(t, probe.CodeUntrusted, got.Error.Code, name)
		assert.Contains(t, got.Error.Message, `"Global Root G2"`)
		assert.Contains(t, got.Error.Message, trust.Words)
		assert.False(t, got.TLS.OK)
		assert.Empty(t, got.TLS.Root)
		assert.Equal(t, "TLS 1.3", got.TLS.Version, "what was agreed upon is shown all the same")
		assert.Len(t, got.TLS.Chain, 1)
		assert.Equal(t, 0, got.SIP.Sent)
	}
	assert.Empty(t, asked, "no SBC would ask SIP of a server that it doesn't trust")
	assert.True(t, run(t, sipServer(t, &tls.Config{Certificates: []tls.Certificate{next.issue(t, "x.example.com")}}, respond(t, 200, "OK")),
		options(probe.RequiredRoots(next.certificate))).Answered, "a lab's own CA may be added to the required roots")
}

func TestChainsThatDoNotHold(t *testing.T) {
	t.Parallel()
	root := newAuthority(t, "root")
	ended := func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }
	oldRoot := newAuthority(t, "old root", ended)
	for name, test := range map[string]struct {
		certificate tls.Certificate
		trust       probe.TrustStore
		says        string
	}{
		"expired":             {root.issue(t, "x.example.com", ended), root.trust(), "expired"},
		"is not valid before": {root.issue(t, "x.example.com", func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) }), root.trust(), "is not valid before"},
		"expired root":        {oldRoot.issue(t, "x.example.com"), oldRoot.trust(), "expired"},
		"no serverAuth":       {root.issue(t, "x.example.com", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }), root.trust(), "incompatible key usage"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := run(t, sipServer(t, &tls.Config{Certificates: []tls.Certificate{test.certificate}}, respond(t, 200, "OK")), options(test.trust))
			require.NotNil(t, got.Error)
			assert.Equal(t, probe.CodeUntrusted, got.Error.Code)
			assert.Contains(t, got.Error.Message, test.says)
		})
	}
}

// TestATwinInAStoreIsNoAnchor: a device that holds the cross-signed twin alone can't verify.
func TestATwinInAStoreIsNoAnchor(t *testing.T) {
	t.Parallel()
	root, other := newAuthority(t, "root"), newAuthority(t, "other")
	twinOf := template("root")
	twinOf.IsCA, twinOf.KeyUsage = true, x509.KeyUsageCertSign
	twin := sign(t, twinOf, other.certificate, root.key.Public(), other.key)
	server := sipServer(t, &tls.Config{Certificates: []tls.Certificate{root.issue(t, "x.example.com")}}, respond(t, 200, "OK"))

	alone := run(t, server, options(probe.JustThese([]*x509.Certificate{twin}, "a twin")))
	assert.Equal(t, probe.CodeUntrusted, alone.Error.Code)
	helped := run(t, server, options(probe.JustThese([]*x509.Certificate{twin, other.certificate}, "a twin and its root")))
	require.Nil(t, helped.Error)
	assert.Equal(t, "other", helped.TLS.Root)
}

func TestTheNameMustBeTheServers(t *testing.T) {
	t.Parallel()
	root := newAuthority(t, "root")
	server := sipServer(t, &tls.Config{Certificates: []tls.Certificate{root.issue(t, "sip.example.com", func(c *x509.Certificate) { c.IPAddresses = nil })}}, respond(t, 200, "OK"))
	o := options(root.trust())
	byAddress := run(t, server, o)
	assert.Nil(t, byAddress.Error, "by an address the name can't be told")
	assert.Contains(t, codes(byAddress), probe.NameNotCovered)

	o.ServerName = "sip.example.com"
	named := run(t, server, o)
	assert.Nil(t, named.Error)
	assert.NotContains(t, codes(named), probe.NameNotCovered)

	o.ServerName = "other.example.com"
	wrong := run(t, server, o)
	assert.Equal(t, `tls_wrong_name: the certificate is not for other.example.com but for ["sip.example.com"]`, errorOf(wrong))
	assert.False(t, wrong.TLS.OK)
}

// TestTheClientCertificate: none, a wrong one and the right one, in both versions. In TLS 1.3
// the server's refusal comes when everything seems done.
func TestTheClientCertificate(t *testing.T) {
	t.Parallel()
	root, clients, strangers := newAuthority(t, "root"), newAuthority(t, "clients"), newAuthority(t, "strangers")
	right, wrong := clients.issue(t, fqdn), strangers.issue(t, fqdn)
	for name, version := range versions {
		config := &tls.Config{
			Certificates: []tls.Certificate{root.issue(t, "x.example.com")}, MinVersion: version, MaxVersion: version,
			ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients.pool(),
		}
		for what, test := range map[string]struct {
			offered *tls.Certificate
			code    string
			finding string
		}{
			"none":  {nil, probe.CodeCertMissing, ""},
			"wrong": {&wrong, probe.CodeCertRejected, probe.IssuerNotAsked},
			"right": {&right, "", ""},
		} {
			t.Run(name+" "+what, func(t *testing.T) {
				t.Parallel()
				o := options(root.trust())
				o.Certificate = test.offered
				got := run(t, sipServer(t, config, respond(t, 200, "OK")), o)
				require.NotNil(t, got.TLS.Mutual)
				assert.True(t, *got.TLS.Mutual)
				assert.Equal(t, test.code == "", got.Answered)
				assert.Equal(t, test.code == "", got.TLS.OK)
				if test.code != "" {
					require.NotNil(t, got.Error)
					assert.Equal(t, test.code, got.Error.Code, got.Error.Message)
				}
				if test.finding != "" {
					assert.Contains(t, codes(got), test.finding)
				}
				assert.Equal(t, test.offered != nil, got.TLS.Offered != "", "what was sent is shown of a failure too")
			})
		}
	}
}

// TestTheCertificateIsSentWhateverTheListSays: crypto/tls by itself would send none.
func TestTheCertificateIsSentWhateverTheListSays(t *testing.T) {
	t.Parallel()
	root, listed, ours := newAuthority(t, "root"), newAuthority(t, "listed"), newAuthority(t, "ours")
	certificate := ours.issue(t, "other.example.com")
	for name, version := range versions {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			presented := make(chan []byte, 2)
			config := &tls.Config{
				Certificates: []tls.Certificate{root.issue(t, "x.example.com")}, MaxVersion: version,
				ClientAuth: tls.RequestClientCert, ClientCAs: listed.pool(),
				VerifyConnection: func(state tls.ConnectionState) error {
					if len(state.PeerCertificates) > 0 {
						presented <- state.PeerCertificates[0].Raw
					}
					return nil
				},
			}
			o := options(root.trust())
			o.Certificate = &certificate
			got := run(t, sipServer(t, config, respond(t, 200, "OK")), o)
			require.Nil(t, got.Error)
			require.NotEmpty(t, presented)
			assert.True(t, bytes.Equal(certificate.Certificate[0], <-presented))
			assert.Equal(t, "CN=other.example.com", got.TLS.Offered)
			assert.Subset(t, codes(got), []string{probe.IssuerNotAsked, probe.FQDNNotCovered})
		})
	}
}

func TestWhoAsksForNothingTellsNothing(t *testing.T) {
	t.Parallel()
	root := newAuthority(t, "root")
	certificate := root.issue(t, fqdn)
	o := options(root.trust())
	o.Certificate = &certificate
	got := run(t, sipServer(t, &tls.Config{Certificates: []tls.Certificate{root.issue(t, "x.example.com")}}, respond(t, 200, "OK")), o)
	assert.Contains(t, codes(got), probe.NotAsked)
	assert.Empty(t, got.TLS.Offered)

	o.Certificate = nil
	asks := &tls.Config{Certificates: []tls.Certificate{root.issue(t, "x.example.com")}, ClientAuth: tls.RequestClientCert}
	assert.Contains(t, codes(run(t, sipServer(t, asks, respond(t, 200, "OK")), o)), probe.NoClientCertificate)
}

// TestAServerThatLeavesWithoutAWord: many stacks reset the connection instead of sending an alert.
func TestAServerThatLeavesWithoutAWord(t *testing.T) {
	t.Parallel()
	root := newAuthority(t, "root")
	certificate := root.issue(t, fqdn)
	for name, test := range map[string]struct {
		asks    tls.ClientAuthType
		offered *tls.Certificate
		highest uint16
		code    string
	}{
		"asked, offered":            {tls.RequestClientCert, &certificate, tls.VersionTLS13, probe.CodeCertRejected},
		"asked, not offered":        {tls.RequestClientCert, nil, tls.VersionTLS13, probe.CodeCertMissing},
		"not asked":                 {tls.NoClientCert, &certificate, tls.VersionTLS13, probe.CodeClosed},
		"accepted by the handshake": {tls.RequestClientCert, &certificate, tls.VersionTLS12, probe.CodeClosed},
		"TLS 1.2, not offered":      {tls.RequestClientCert, nil, tls.VersionTLS12, probe.CodeCertMissing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := tlsServer(t, &tls.Config{Certificates: []tls.Certificate{root.issue(t, "x.example.com")}, ClientAuth: test.asks, MaxVersion: test.highest}, func(c *tls.Conn) {
				_ = c.NetConn().(*net.TCPConn).SetLinger(0)
				_ = c.NetConn().Close()
			})
			o := options(root.trust())
			o.Certificate = test.offered
			got := run(t, server, o)
			require.NotNil(t, got.Error)
			assert.Equal(t, test.code, got.Error.Code, got.Error.Message)
			assert.Equal(t, test.code == probe.CodeClosed, got.TLS.OK, "what the handshake has shown stays")
		})
	}
}

func TestWhatIsNoTLSIsSaid(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		serve func(net.Conn)
		code  string
	}{
		"other protocol": {func(c net.Conn) { _, _ = c.Write([]byte("220 mail.example.com ESMTP\r\n")) }, probe.CodeTLSFailed},
		"closes":         {func(c net.Conn) { _, _ = c.Read(make([]byte, 16<<10)) }, probe.CodeClosed},
		"silent":         {func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }, probe.CodeTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listener := listen(t, "127.0.0.1")
			go func() {
				if connection, err := listener.Accept(); err == nil {
					test.serve(connection)
					_ = connection.Close()
				}
			}()
			o := options(probe.RequiredRoots())
			o.Timeout = 300 * time.Millisecond
			got := run(t, endpointOf(listener), o)
			require.NotNil(t, got.Error)
			assert.Equal(t, test.code, got.Error.Code, got.Error.Message)
			assert.Nil(t, got.TLS.Mutual, "nothing was seen")
		})
	}
}

func TestOldVersionsAreRefused(t *testing.T) {
	t.Parallel()
	root := newAuthority(t, "root")
	server := sipServer(t, &tls.Config{Certificates: []tls.Certificate{root.issue(t, "x.example.com")}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, respond(t, 200, "OK"))
	assert.Equal(t, "tls_failed: the far end aborted the TLS handshake: protocol version not supported", errorOf(run(t, server, options(root.trust()))))
}

func TestRequiredRootsAreTheDefault(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "the required roots", probe.RequiredRoots().Words)
	// Each of the required roots ends its own chain, and nothing else does.
	for _, root := range certs.Required() {
		assert.NoError(t, probe.Anchors(probe.RequiredRoots(), root.Certificate(), time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)), root.Name)
	}
	assert.Error(t, probe.Anchors(probe.RequiredRoots(), newAuthority(t, "another").certificate, time.Now()))
}

// dialTo connects to one listener whatever address is asked for.
func dialTo(endpoint probe.Endpoint, seen *[]netip.AddrPort) probe.DialFunc {
	return func(ctx context.Context, source netip.Addr, to netip.AddrPort) (net.Conn, error) {
		*seen = append(*seen, to)
		return probe.DialTCP(ctx, source, netip.AddrPortFrom(netip.MustParseAddr(endpoint.Host), endpoint.Port))
	}
}
