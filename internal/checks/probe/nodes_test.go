package probe_test

import (
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

// TestNodesAreComparedByTheirCertificates, by nothing else: neither trust nor names nor whether the
// node continues without a client certificate.
func TestNodesAreComparedByTheirCertificates(t *testing.T) {
	t.Parallel()
	root := newAuthority(t, "Company CA")
	pool, other := root.issue(t, "px.vc.example.com"), root.issue(t, "px.vc.example.com")
	expired := root.issue(t, "px.vc.example.com", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	presents := func(certificate tls.Certificate, change ...func(*tls.Config)) probe.Endpoint {
		config := &tls.Config{Certificates: []tls.Certificate{certificate}}
		for _, c := range change {
			c(config)
		}
		return tlsServer(t, config, func(c *tls.Conn) {
			request, _ := io.ReadAll(c)
			assert.Empty(t, request, "no SIP is sent")
		})
	}
	demands := func(c *tls.Config) {
		c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, root.pool()
	}
	old := func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }
	closed := listen(t, "127.0.0.1")
	nobody := endpointOf(closed)
	require.NoError(t, closed.Close())
	yes, no := true, false
	for name, test := range map[string]struct {
		nodes []probe.Endpoint
		same  *bool
	}{
		"the same":              {[]probe.Endpoint{presents(pool), presents(pool), presents(pool)}, &yes},
		"the same, expired":     {[]probe.Endpoint{presents(expired), presents(expired)}, &yes},
		"the same, mutual":      {[]probe.Endpoint{presents(pool, demands), presents(pool, demands, old)}, &yes},
		"one differs":           {[]probe.Endpoint{presents(pool), presents(other), presents(pool)}, &no},
		"one is not reached":    {[]probe.Endpoint{presents(pool), nobody, presents(pool)}, nil},
		"differ, one is away":   {[]probe.Endpoint{nobody, presents(pool), presents(other)}, &no},
		"none is reached":       {[]probe.Endpoint{nobody, {Host: "nowhere.example.com", Port: 5061}}, nil},
		"one has no address":    {[]probe.Endpoint{presents(pool), {Host: "nowhere.example.com", Port: 5061}}, nil},
		"one takes no version":  {[]probe.Endpoint{presents(pool), presents(pool, func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 })}, nil},
		"another's certificate": {[]probe.Endpoint{presents(pool), presents(newAuthority(t, "Company CA").issue(t, "px.vc.example.com"))}, &no},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compared := probe.CompareNodes(t.Context(), test.nodes, options(probe.RequiredRoots()))
			assert.Equal(t, test.same, compared.Same)
			require.Len(t, compared.Presented, len(test.nodes))
			for i, one := range compared.Presented {
				assert.Equal(t, test.nodes[i].Host, one.Node)
				assert.NotEqual(t, one.Certificate == nil, one.Error == nil, "a certificate or a reason")
				if one.Certificate != nil && test.same == &yes {
					assert.Equal(t, compared.Presented[0].Certificate.SHA256, one.Certificate.SHA256)
				}
			}
		})
	}
	assert.Equal(t, certs.Fingerprint(pool.Leaf.Raw),
		probe.CompareNodes(t.Context(), []probe.Endpoint{presents(pool)}, options(probe.TrustStore{})).Presented[0].Certificate.SHA256)
}

// TestEveryAddressOfANodeIsCompared: a pool's name leads to all of them.
func TestEveryAddressOfANodeIsCompared(t *testing.T) {
	t.Parallel()
	root := newAuthority(t, "root")
	presents := func(certificate tls.Certificate, address string, port uint16) uint16 {
		listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", netip.AddrPortFrom(netip.MustParseAddr(address), port).String())
		require.NoError(t, err)
		t.Cleanup(func() { _ = listener.Close() })
		go func() {
			for {
				connection, err := listener.Accept()
				if err != nil {
					return
				}
				go func() {
					_ = tls.Server(connection, &tls.Config{Certificates: []tls.Certificate{certificate}}).Handshake()
					_ = connection.Close()
				}()
			}
		}()
		return endpointOf(listener).Port
	}
	port := presents(root.issue(t, "a"), "127.0.0.1", 0)
	presents(root.issue(t, "b"), "127.0.0.2", port)
	o := options(probe.RequiredRoots())
	o.Resolve = names{"px.example.com.": {"127.0.0.1", "127.0.0.2"}, "one.example.com.": {"127.0.0.1", "::1"}}
	compared := probe.CompareNodes(t.Context(), []probe.Endpoint{{Host: "px.example.com", Port: port}}, o)
	require.NotNil(t, compared.Same)
	assert.False(t, *compared.Same)
	assert.Len(t, compared.Presented, 2)

	half := probe.CompareNodes(t.Context(), []probe.Endpoint{{Host: "one.example.com", Port: port}}, o)
	require.NotNil(t, half.Same, "it was reached over IPv4")
	assert.True(t, *half.Same)
	assert.NotNil(t, half.Presented[1].Error)
	o.IPv4, o.IPv6 = true, true
	assert.Nil(t, probe.CompareNodes(t.Context(), []probe.Endpoint{{Host: "one.example.com", Port: port}}, o).Same, "both were asked for by name")
}
