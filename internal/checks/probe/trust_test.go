package probe_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/checks/probe"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// presentedTo is what a trust makes of a chain: "" where it holds.
func presentedTo(trust probe.TrustStore, chain ...*x509.Certificate) string {
	if err := probe.Anchored(trust, chain, time.Now()); err != nil {
		return err.Error()
	}
	return ""
}

// inUTF8 is an authority that writes its name as a UTF8String, in capitals.
func (a authority) inUTF8(t *testing.T) authority {
	t.Helper()
	text := []byte(a.certificate.Subject.CommonName)
	at := bytes.Index(a.certificate.RawSubject, text)
	require.Positive(t, at)
	written := bytes.Clone(a.certificate.RawSubject)
	written[at-2] = asn1.TagUTF8String
	copy(written[at:], bytes.ToUpper(text))
	parent := *a.certificate
	parent.RawSubject = written
	return authority{certificate: &parent, key: a.key}
}

// TestChainsAreFoundByCanonicalNames, as an SBC's OpenSSL finds them, and judged in each link.
func TestChainsAreFoundByCanonicalNames(t *testing.T) {
	t.Parallel()
	root := newAuthority(t, "some root")
	leaf := root.inUTF8(t).issue(t, "x.example.com").Leaf
	require.NotEqual(t, root.certificate.RawSubject, leaf.RawIssuer)
	assert.Empty(t, presentedTo(root.trust(), leaf))

	rekeyed := newAuthority(t, "some root")
	assert.Contains(t, presentedTo(rekeyed.trust(), leaf), "the key of the certificate with that name did not sign it")
	limited := newAuthority(t, "some root", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} })
	assert.Contains(t, presentedTo(limited.trust(), limited.issue(t, "x.example.com").Leaf), "does not issue for servers")
	bound := newAuthority(t, "some root", func(c *x509.Certificate) { c.PermittedDNSDomains = []string{"example.org"} })
	assert.Contains(t, presentedTo(bound.trust(), bound.issue(t, "x.example.com").Leaf), "name constraints")
	assert.Contains(t, presentedTo(root.trust()), "no certificate")

	weak := *leaf
	weak.PublicKey = &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 511, 1), E: 65537}
	assert.Contains(t, presentedTo(root.trust(), &weak), "has 512 bits, less than 1024")
}
