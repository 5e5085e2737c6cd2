package certs_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// published is what the sources print, in their own form and order.
var published = []struct{ name, serial, sha1, sha256, key, notAfter string }{
	{"DigiCert Global Root CA", "083BE056904246B1A1756AC95991C74A", "A8985D3A65E5E5C4B2D7D66D40C6DD2FB19C5436", "4348A0E9444C78CB265E058D5E8944B4D84F9662BD26DB257F8934A443C70161", "RSA 2048", "2031-11-10"},
	{"DigiCert Global Root G2", "033AF1E6A711A9A0BB2864B11D09FAE5", "DF3C24F9BFD666761B268073FE06D1CC8D4F82A4", "CB3CCBB76031E5E0138F8DD39A23F9DE47FFC35E43C1144CEA27D46A5AB1CB5F", "RSA 2048", "2038-01-15"},
	{"DigiCert Global Root G3", "055556BCF25EA43535C3A40FD5AB4572", "7E04DE896A3E666D00E687D33FFAD93BE83D349E", "31AD6648F8104138C738F39EA4320133393E3A18CC02296EF97C2AC9EF6731D0", "P-384", "2038-01-15"},
	{"DigiCert TLS ECC P384 Root G5", "09E09365ACF7D9C8B93E1C0B042A2EF3", "17F3DE5E9F0F19E98EF61F32266E20C407AE30EE", "018E13F0772532CF809BD1B17281867283FC48C6E13BE9C69812854A490C1B05", "P-384", "2046-01-14"},
	{"DigiCert TLS RSA4096 Root G5", "08F9B478A8FA7EDA6A333789DE7CCF8A", "A78849DC5D7C758C8CDE399856B3AAD0B2A57135", "371A00DC0533B3721A7EEB40E8419E70799D2B0A0F2C1D80693165F7CEC4AD75", "RSA 4096", "2046-01-14"},
	{"Microsoft ECC Root Certificate Authority 2017", "66F23DAF87DE8BB14AEA0C573101C2EC", "999A64C37FF47D9FAB95F14769891460EEC4C3C5", "358DF39D764AF9E1B766E9C972DF352EE15CFAC227AF6AD1D70E8E4A6EDCBA02", "P-384", "2042-07-18"},
	{"Microsoft RSA Root Certificate Authority 2017", "1ED397095FD8B4B347701EAABE7F45B3", "73A5E64A3BFF8316FF0EDCCC618A906E4EAE4D74", "C741F70F4B2A8D88BF2E71C14122EF53EF10EBA0CFA5E64CFA20F418853073E0", "RSA 4096", "2042-07-18"},
}

func TestRequiredAreThePublishedSeven(t *testing.T) {
	t.Parallel()
	required := certs.Required()
	require.Len(t, required, 7)
	for i, root := range required {
		assert.Equal(t, published[i].name, root.Name)
		assert.Equal(t, strings.ToLower(published[i].serial), root.Serial, root.Name)
		assert.Equal(t, strings.ToLower(published[i].sha1), root.SHA1, root.Name)
		assert.Equal(t, strings.ToLower(published[i].sha256), root.SHA256, root.Name)
		assert.NotEmpty(t, root.Why, root.Name)
		assert.NotEmpty(t, root.Source, root.Name)
	}
}

func TestEmbeddedCertificatesAreTheTable(t *testing.T) {
	t.Parallel()
	for i, root := range certs.Required() {
		t.Run(root.Name, func(t *testing.T) {
			t.Parallel()
			certificate := root.Certificate()
			require.NotNil(t, certificate)
			thumbprint := sha1.Sum(certificate.Raw)
			assert.Equal(t, root.Name, certificate.Subject.CommonName)
			assert.Equal(t, root.Serial, fmt.Sprintf("%032x", certificate.SerialNumber))
			assert.Equal(t, root.SHA1, hex.EncodeToString(thumbprint[:]))
			assert.Equal(t, root.SHA256, certs.Fingerprint(certificate.Raw))
			assert.Equal(t, published[i].key, keyOf(certificate))
			assert.Equal(t, published[i].notAfter, certificate.NotAfter.Format(time.DateOnly))
			assert.True(t, certificate.IsCA)
			assert.Equal(t, certificate.RawSubject, certificate.RawIssuer)
			assert.NoError(t, checkSelfSigned(certificate))
		})
	}
}

func keyOf(certificate *x509.Certificate) string {
	switch key := certificate.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", key.N.BitLen())
	case *ecdsa.PublicKey:
		return key.Curve.Params().Name
	default:
		return fmt.Sprintf("%T", key)
	}
}

// checkSelfSigned also accepts SHA-1, which one of the required roots still bears and crypto/x509
// refuses to look at.
func checkSelfSigned(certificate *x509.Certificate) error {
	err := certificate.CheckSignatureFrom(certificate)
	var insecure x509.InsecureAlgorithmError
	key, isRSA := certificate.PublicKey.(*rsa.PublicKey)
	if !errors.As(err, &insecure) || !isRSA {
		return err
	}
	digest := sha1.Sum(certificate.RawTBSCertificate)
	return rsa.VerifyPKCS1v15(key, crypto.SHA1, digest[:], certificate.Signature)
}

func TestPEMIsOneBlockWithLineFeeds(t *testing.T) {
	t.Parallel()
	for _, root := range certs.Required() {
		data := root.PEM()
		assert.Equal(t, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate().Raw}), data,
			"%s: nothing before, between or behind, no CR", root.Name)
	}
}

func TestEveryEmbeddedFileIsARequiredRoot(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir("roots")
	require.NoError(t, err)
	require.Len(t, files, 7)
	for _, file := range files {
		data, err := os.ReadFile("roots/" + file.Name())
		require.NoError(t, err)
		matches := 0
		for _, root := range certs.Required() {
			if bytes.Equal(root.PEM(), data) {
				matches++
			}
		}
		assert.Equal(t, 1, matches, file.Name())
	}
}

func TestRequiredAndPEMAreCopies(t *testing.T) {
	t.Parallel()
	changed := certs.Required()
	data := changed[0].PEM()
	data[0], changed[0].Name = 'x', "changed"
	assert.Equal(t, published[0].name, certs.Required()[0].Name)
	assert.True(t, bytes.HasPrefix(certs.Required()[0].PEM(), []byte("-----BEGIN")))
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", certs.Fingerprint(nil))
}
