package mockdevice_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/mockdevice"
)

func certificatesIn(t *testing.T, text string) []*x509.Certificate {
	t.Helper()
	var found []*x509.Certificate
	for rest := []byte(text); ; {
		block, tail := pem.Decode(rest)
		if block == nil {
			return found
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		require.NoError(t, err)
		found, rest = append(found, certificate), tail
	}
}

// Each device shows certificates of its own over TLS and over REST, and keeps them when the fleet is reset.
func TestIdentities(t *testing.T) {
	for _, algorithm := range []string{mockdevice.IdentityRSA, mockdevice.IdentityP384} {
		t.Run(algorithm, func(t *testing.T) {
			made, err := mockdevice.MakeIdentities(algorithm, 3)
			require.NoError(t, err)
			text, err := json.Marshal(made)
			require.NoError(t, err)
			read, err := mockdevice.ReadIdentities(text)
			require.NoError(t, err)
			require.Equal(t, made, read)

			d := startFleet(t, mockdevice.FleetModel{Size: 3, Uniform: "7.4.500", Identities: read})
			pins := map[string]bool{}
			for i := range 3 {
				pins[d.server.Pin(i)] = true
				assert.Contains(t, string(d.server.Inventory()), `pin: "`+d.server.Pin(i)+`"`)
				d.requireIdentity(i, algorithm)
			}
			assert.Len(t, pins, 3)
			d.fleet.Reset()
			d.requireIdentity(1, algorithm)
		})
	}
}

func (d *depot) requireIdentity(index int, algorithm string) {
	d.t.Helper()
	answer, shown := d.shown(index, "files/tls/1/certificate")
	sum := sha256.Sum256(shown.Raw)
	assert.Equal(d.t, d.server.Pin(index), hex.EncodeToString(sum[:]))
	assert.IsType(d.t, &rsa.PublicKey{}, shown.PublicKey, "management")
	own := certificatesIn(d.t, answer)
	require.Len(d.t, own, 1)
	text, _ := d.shown(index, "files/tls/1/trustedRoot")
	roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
	for _, certificate := range certificatesIn(d.t, text) {
		if certificate.CheckSignatureFrom(certificate) == nil {
			roots.AddCert(certificate)
		} else {
			intermediates.AddCert(certificate)
		}
	}
	chains, err := own[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates})
	require.NoError(d.t, err, "the store holds the chain of the device's own certificate")
	require.Len(d.t, chains[0], 3)
	for _, certificate := range chains[0] {
		switch key := certificate.PublicKey.(type) {
		case *rsa.PublicKey:
			assert.Equal(d.t, mockdevice.IdentityRSA, algorithm)
			assert.Equal(d.t, x509.SHA256WithRSA, certificate.SignatureAlgorithm)
			assert.Equal(d.t, 2048, key.N.BitLen())
		case *ecdsa.PublicKey:
			assert.Equal(d.t, mockdevice.IdentityP384, algorithm)
			assert.Equal(d.t, x509.ECDSAWithSHA384, certificate.SignatureAlgorithm)
			assert.Equal(d.t, elliptic.P384(), key.Curve)
		}
	}
}

func TestIdentitiesThatDoNotFit(t *testing.T) {
	_, err := mockdevice.MakeIdentities("dsa", 1)
	require.ErrorContains(t, err, "dsa")
	made, err := mockdevice.MakeIdentities(mockdevice.IdentityRSA, 1)
	require.NoError(t, err)
	_, err = mockdevice.NewFleet(mockdevice.FleetModel{Size: 2, Identities: made})
	require.ErrorContains(t, err, "identities for 1")
	good, err := json.Marshal(made)
	require.NoError(t, err)
	for name, text := range map[string]string{
		"no JSON": "x", "empty": "{}", "key out of range": strings.Replace(string(good), `"key":0`, `"key":99`, 1),
	} {
		_, err := mockdevice.ReadIdentities([]byte(text))
		assert.Error(t, err, name)
	}
}

// shown returns a device's answer, and the certificate that it showed.
func (d *depot) shown(index int, path string) (string, *x509.Certificate) {
	d.t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}
	request, err := http.NewRequestWithContext(d.t.Context(), "GET", d.server.URL(index)+"/api/v1/"+path, nil)
	require.NoError(d.t, err)
	request.SetBasicAuth("Admin", "Admin")
	response, err := transport.RoundTrip(request)
	require.NoError(d.t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(d.t, err)
	return string(body), response.TLS.PeerCertificates[0]
}
