package audiocodes_test

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func presented(f *fixture) string {
	sum := sha256.Sum256(f.Certificate().Raw)
	return hex.EncodeToString(sum[:])
}

func pin(t *testing.T, text string) string {
	t.Helper()
	plain, err := audiocodes.ParsePin(text)
	require.NoError(t, err)
	return plain
}

func pool(certificates ...*x509.Certificate) *x509.CertPool {
	roots := x509.NewCertPool()
	for _, certificate := range certificates {
		roots.AddCert(certificate)
	}
	return roots
}

func colons(hexadecimal string) string {
	var pairs []string
	for i := 0; i < len(hexadecimal); i += 2 {
		pairs = append(pairs, hexadecimal[i:i+2])
	}
	return strings.ToUpper(strings.Join(pairs, ":"))
}

func TestTheManagementCertificateIsJudged(t *testing.T) {
	t.Parallel()
	device := newTLSFixture(t, documented())
	other, err := x509.ParseCertificate(mockdevice.SelfMadeRoot("Other"))
	require.NoError(t, err)
	wrong := strings.Repeat("0", 64)
	byName := strings.Replace(device.URL, "127.0.0.1", "localhost", 1)
	for _, test := range []struct {
		name, url string
		trust     audiocodes.Trust
		accepted  bool
	}{
		{"self-signed, system's roots", device.URL, audiocodes.Trust{}, false},
		{"right pin", device.URL, audiocodes.Trust{Pins: []string{pin(t, presented(device))}}, true},
		{"right pin with colons", device.URL, audiocodes.Trust{Pins: []string{pin(t, colons(presented(device)))}}, true},
		{"one of several pins", device.URL, audiocodes.Trust{Pins: []string{wrong, presented(device)}}, true},
		{"right pin, another name", byName, audiocodes.Trust{Pins: []string{presented(device)}}, true},
		{"wrong pin", device.URL, audiocodes.Trust{Pins: []string{wrong}}, false},
		{"wrong pin, good CA", device.URL, audiocodes.Trust{Pins: []string{wrong}, CA: pool(device.Certificate())}, false},
		{"wrong pin, anything goes", device.URL, audiocodes.Trust{Pins: []string{wrong}, Insecure: true}, false},
		{"good CA", device.URL, audiocodes.Trust{CA: pool(other, device.Certificate())}, true},
		{"another CA", device.URL, audiocodes.Trust{CA: pool(other)}, false},
		{"no CA at all", device.URL, audiocodes.Trust{CA: pool()}, false},
		{"good CA, another name", byName, audiocodes.Trust{CA: pool(device.Certificate())}, false},
		{"anything goes", byName, audiocodes.Trust{Insecure: true}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			client := connect(t, test.url, func(o *audiocodes.Options) { o.Trust = test.trust })
			for _, operation := range []operation{readOperations[0], writeOperations[0]} {
				err := operation.run(t.Context(), client)
				if test.accepted {
					require.NoError(t, err)
					continue
				}
				failure := requireKind(t, err, audiocodes.ErrUntrusted)
				assert.Equal(t, presented(device), failure.Fingerprint, "a person can compare it and pin it")
			}
		})
	}
}

func TestAnUntrustedDeviceGetsNothing(t *testing.T) {
	t.Parallel()
	device := newTLSFixture(t, documented())
	waits := new(clock)
	client := connect(t, device.URL, patient(waits))
	for _, operation := range allOperations() {
		requireKind(t, operation.run(t.Context(), client), audiocodes.ErrUntrusted)
	}
	assert.Empty(t, device.requests())
	assert.Empty(t, waits.pauses, "it does not become trusted by waiting")
}

func TestAnotherNameIsToldAsSuch(t *testing.T) {
	t.Parallel()
	device := newTLSFixture(t, documented())
	client := connect(t, strings.Replace(device.URL, "127.0.0.1", "localhost", 1), func(o *audiocodes.Options) {
		o.Trust.CA = pool(device.Certificate())
	})
	_, err := client.Status(t.Context())
	var mismatch x509.HostnameError
	require.ErrorAs(t, err, &mismatch)
	assert.Equal(t, "localhost", mismatch.Host)
}

func TestParsePin(t *testing.T) {
	t.Parallel()
	plain := strings.Repeat("0a", 32)
	for _, text := range []string{plain, strings.ToUpper(plain), colons(plain), strings.ToLower(colons(plain)), " " + plain + "\n"} {
		got, err := audiocodes.ParsePin(text)
		require.NoError(t, err)
		assert.Equal(t, plain, got)
	}
	for _, text := range []string{"", ":", plain[:62], plain[:63], plain + "0a", strings.Repeat("0g", 32), strings.Repeat("0a", 20)} {
		_, err := audiocodes.ParsePin(text)
		assert.ErrorContains(t, err, "is no SHA-256 fingerprint", "%q", text)
	}
}
