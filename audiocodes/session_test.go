package audiocodes_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"math/big"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// changeling is a TLS server that can become another one at the same address.
type changeling struct {
	*fixture
	mu      sync.Mutex
	config  *tls.Config
	resumed []bool // of each request's connection
}

func newChangeling(t *testing.T, identity tls.Certificate, version uint16) *changeling {
	t.Helper()
	c := &changeling{fixture: unstarted(t, documented())}
	c.become(identity, version)
	c.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		c.resumed = append(c.resumed, r.TLS.DidResume)
		c.mu.Unlock()
		c.ServeHTTP(w, r)
	})
	c.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.config, nil
	}}
	c.StartTLS()
	return c
}

// become takes another certificate, and forgets all sessions.
func (c *changeling) become(identity tls.Certificate, version uint16) {
	var key [32]byte
	_, _ = rand.Read(key[:])
	config := &tls.Config{Certificates: []tls.Certificate{identity}, MinVersion: version, MaxVersion: version}
	config.SetSessionTicketKeys([][32]byte{key})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.config = config
}

func (c *changeling) resumptions() []bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]bool(nil), c.resumed...)
}

// identity makes a self-signed certificate of 127.0.0.1.
func identity(t *testing.T) tls.Certificate {
	t.Helper()
	return identityOf(t, net.IPv4(127, 0, 0, 1))
}

func identityOf(t *testing.T, address net.IP) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{address}, BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func pinOf(identity tls.Certificate) string {
	sum := sha256.Sum256(identity.Certificate[0])
	return hex.EncodeToString(sum[:])
}

// TestTheNextClientResumesTheSession or does not, and is as strict as the first either way.
func TestTheNextClientResumesTheSession(t *testing.T) {
	t.Parallel()
	right, other := identity(t), identity(t)
	pinned := audiocodes.Trust{Pins: []string{pinOf(right)}}
	byCA := audiocodes.Trust{CA: pool(right.Leaf)}
	for name, row := range map[string]struct {
		first, next        audiocodes.Trust
		another            bool // server, by then
		resumed, untrusted bool
	}{
		"by pin":                            {first: pinned, next: pinned, resumed: true},
		"by CA":                             {first: byCA, next: byCA, resumed: true},
		"by another pin":                    {first: pinned, next: audiocodes.Trust{Pins: []string{pinOf(other)}}, untrusted: true},
		"by another pin, before anything":   {first: audiocodes.Trust{Insecure: true}, next: audiocodes.Trust{Pins: []string{pinOf(other)}}, untrusted: true},
		"by another CA":                     {first: byCA, next: audiocodes.Trust{CA: pool(other.Leaf)}, untrusted: true},
		"by another CA, before anything":    {first: audiocodes.Trust{Insecure: true}, next: audiocodes.Trust{CA: pool(other.Leaf)}, untrusted: true},
		"another server, by pin":            {first: pinned, next: pinned, another: true, untrusted: true},
		"another server, by CA":             {first: byCA, next: byCA, another: true, untrusted: true},
		"another server, by its own pin":    {first: pinned, next: audiocodes.Trust{Pins: []string{pinOf(other)}}, another: true},
		"another server, both are pinned":   {first: pinned, next: audiocodes.Trust{Pins: []string{pinOf(right), pinOf(other)}}, another: true},
		"another server, anything accepted": {first: pinned, next: audiocodes.Trust{Insecure: true}, another: true},
	} {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			t.Run(name+", "+tls.VersionName(version), func(t *testing.T) {
				t.Parallel()
				server := newChangeling(t, right, version)
				sessions := tls.NewLRUClientSessionCache(1)
				_, err := statusBy(t, server.URL, row.first, sessions)
				require.NoError(t, err)
				presented := right
				if row.another {
					server.become(other, version)
					presented = other
				}
				pin, err := statusBy(t, server.URL, row.next, sessions)
				if row.untrusted {
					failure := requireKind(t, err, audiocodes.ErrUntrusted)
					assert.Equal(t, pinOf(presented), failure.Fingerprint)
					assert.Len(t, server.requests(), 1, "nothing is sent to it")
					return
				}
				require.NoError(t, err)
				assert.Equal(t, []bool{false, row.resumed}, server.resumptions())
				if len(row.next.Pins) > 0 {
					assert.Equal(t, pinOf(presented), pin)
				}
			})
		}
	}
}

// statusBy reads the status with a client of its own.
func statusBy(t *testing.T, url string, trust audiocodes.Trust, sessions tls.ClientSessionCache) (presented string, err error) {
	t.Helper()
	client := connect(t, url, func(o *audiocodes.Options) { o.Trust, o.Sessions = trust, sessions })
	defer client.Close()
	_, err = client.Status(t.Context())
	return client.PinnedCertificate(), err
}

// TestTheCertificateIsKnownHoweverItIsJudged, and taken for a pinned one only where there are pins.
func TestTheCertificateIsKnownHoweverItIsJudged(t *testing.T) {
	t.Parallel()
	right := identity(t)
	server := newChangeling(t, right, tls.VersionTLS13)
	for name, trust := range map[string]audiocodes.Trust{
		"by pin": {Pins: []string{pinOf(right)}}, "by CA": {CA: pool(right.Leaf)}, "not at all": {Insecure: true},
	} {
		client := connect(t, server.URL, func(o *audiocodes.Options) { o.Trust = trust })
		assert.Empty(t, client.PresentedCertificate(), "%s: before any contact", name)
		_, err := client.Status(t.Context())
		require.NoError(t, err)
		assert.Equal(t, pinOf(right), client.PresentedCertificate(), name)
		assert.Equal(t, len(trust.Pins) > 0, client.PinnedCertificate() != "", name)
		client.Close()
	}
}

func TestWithoutSessionsNothingIsResumed(t *testing.T) {
	t.Parallel()
	own := identity(t)
	server := newChangeling(t, own, tls.VersionTLS13)
	for range 2 {
		_, err := statusBy(t, server.URL, audiocodes.Trust{Pins: []string{pinOf(own)}}, nil)
		require.NoError(t, err)
	}
	assert.Equal(t, []bool{false, false}, server.resumptions())
}
