package audiocodes_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// selfSigned is a certificate for 127.0.0.1; edit changes its bytes, which no signature covers then.
func selfSigned(t *testing.T, key crypto.Signer, public any, edit func(der []byte) []byte) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0), NotAfter: time.Now().Add(time.Hour),
		Subject: pkix.Name{CommonName: "ACL_5740500"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{edit(der)}, PrivateKey: key}
}

func asItIs(der []byte) []byte { return der }

// version and serial number follow each other in a certificate (RFC 5280, 4.1).
func replacing(old, new string) func([]byte) []byte {
	return func(der []byte) []byte { return bytes.Replace(der, []byte(old), []byte(new), 1) }
}

const (
	version3   = "\xa0\x03\x02\x01\x02\x02\x01\x01"
	version10  = "\xa0\x03\x02\x01\x09\x02\x01\x01"
	negative   = "\xa0\x03\x02\x01\x02\x02\x01\x81"
	withoutEnd = "\xa0\x03\x02\x01\x02\x02\x01\x01\x30"
)

// TestAPinDecidesByBytes, also where Go would by default refuse the certificate; what is not
// pinned is refused as before, with the fingerprint to pin.
func TestAPinDecidesByBytes(t *testing.T) {
	t.Parallel()
	weak, err := rsa.GenerateKey(rand.Reader, 512)
	require.NoError(t, err)
	short, err := rsa.GenerateKey(rand.Reader, 1016)
	require.NoError(t, err)
	enough, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	for name, row := range map[string]struct {
		own     tls.Certificate
		version uint16
		weak    bool
	}{
		"negative serial, TLS 1.2": {selfSigned(t, enough, enough.Public(), replacing(version3, negative)), tls.VersionTLS12, false},
		"negative serial, TLS 1.3": {selfSigned(t, enough, enough.Public(), replacing(version3, negative)), tls.VersionTLS13, false},
		"RSA 512":                  {selfSigned(t, weak, weak.Public(), asItIs), tls.VersionTLS12, true},
		"RSA 1016, TLS 1.2":        {selfSigned(t, short, short.Public(), asItIs), tls.VersionTLS12, true},
		"RSA 1016, TLS 1.3":        {selfSigned(t, short, short.Public(), asItIs), tls.VersionTLS13, true},
		"both":                     {selfSigned(t, weak, weak.Public(), replacing(version3, negative)), tls.VersionTLS12, true},
		"RSA 1024":                 {selfSigned(t, enough, enough.Public(), asItIs), tls.VersionTLS13, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			leaf, err := x509.ParseCertificate(row.own.Certificate[0])
			require.NoError(t, err)
			device := tlsDevice(t, &tls.Config{Certificates: []tls.Certificate{row.own}, MaxVersion: row.version})
			for trusted, trust := range map[string]audiocodes.Trust{
				"pinned": {Pins: []string{pinOf(row.own)}}, "by CA": {CA: pool(leaf)}, "insecure": {Insecure: true},
				"pinned with old suites": {Pins: []string{pinOf(row.own)}, LegacyCiphers: true},
			} {
				sessions := tls.NewLRUClientSessionCache(1)
				_, err := statusBy(t, device.URL, trust, sessions)
				if row.weak && len(trust.Pins) == 0 {
					failure := requireKind(t, err, audiocodes.ErrUntrusted)
					require.ErrorIs(t, err, audiocodes.ErrWeakKey, trusted)
					assert.Equal(t, pinOf(row.own), failure.Fingerprint)
					continue
				}
				require.NoError(t, err, trusted)
				// A session that a pin allowed is worth nothing without it.
				if _, err := statusBy(t, device.URL, audiocodes.Trust{Insecure: true}, sessions); row.weak {
					require.ErrorIs(t, err, audiocodes.ErrWeakKey)
				} else {
					require.NoError(t, err)
				}
			}
		})
	}
}

// TestAWeakCAIsRefused as a weak certificate is, where the chain has no other way.
func TestAWeakCAIsRefused(t *testing.T) {
	t.Parallel()
	weak, err := rsa.GenerateKey(rand.Reader, 768)
	require.NoError(t, err)
	ca := selfSigned(t, weak, weak.Public(), asItIs)
	root, err := x509.ParseCertificate(ca.Certificate[0])
	require.NoError(t, err)
	own := identity(t)
	leaf := *own.Leaf
	leaf.IsCA, leaf.SignatureAlgorithm = false, x509.UnknownSignatureAlgorithm
	der, err := x509.CreateCertificate(rand.Reader, &leaf, root, own.Leaf.PublicKey, weak)
	require.NoError(t, err)
	device := tlsDevice(t, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: own.PrivateKey}}})
	_, err = statusBy(t, device.URL, audiocodes.Trust{CA: pool(root)}, nil)
	requireKind(t, err, audiocodes.ErrUntrusted)
	require.ErrorIs(t, err, audiocodes.ErrWeakKey)
	assert.Empty(t, device.requests())
}

// TestACertificateThatCanNotBeRead is named as such, with no second try, pinned or not.
func TestACertificateThatCanNotBeRead(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	long := &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 8200, 1), E: 65537}
	for name, own := range map[string]tls.Certificate{
		"of version 10":     selfSigned(t, key, key.Public(), replacing(version3, version10)),
		"of wrong lengths":  selfSigned(t, key, key.Public(), replacing(version3, withoutEnd)),
		"followed by more":  selfSigned(t, key, key.Public(), func(der []byte) []byte { return append(der, 0) }),
		"that is cut":       selfSigned(t, key, key.Public(), func(der []byte) []byte { return der[:len(der)/2] }),
		"with RSA 8201":     selfSigned(t, key, long, asItIs),
		"with a bad issuer": {Certificate: [][]byte{identity(t).Certificate[0], {0x30, 0}}, PrivateKey: identity(t).PrivateKey},
	} {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			t.Run(name+", "+tls.VersionName(version), func(t *testing.T) {
				t.Parallel()
				config := &tls.Config{Certificates: []tls.Certificate{own}, MinVersion: version, MaxVersion: version}
				device, waits := tlsDevice(t, &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return config, nil }}), new(clock)
				_, err := connect(t, device.URL, patient(waits), func(o *audiocodes.Options) { o.Trust.Pins = []string{pinOf(own)} }).Status(t.Context())
				requireRefusal(t, err, audiocodes.ErrUnreadCertificate)
				assert.Less(t, len(err.Error()), 500)
				accepted := device.connections()
				assert.Equal(t, 1, accepted)
				assert.Empty(t, waits.pauses)
			})
		}
	}
}
