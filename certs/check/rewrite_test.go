package check_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"slices"
	"testing"

	"github.com/acfix/acfix/certs"
	"github.com/stretchr/testify/require"
)

// Places of the fields of a version 3 certificate's first part (RFC 5280, 4.1).
const (
	fieldSerial    = 1
	fieldAlgorithm = 2
	fieldKey       = 6
)

func tlv(tag byte, content ...[]byte) []byte {
	body := bytes.Join(content, nil)
	switch n := len(body); {
	case n < 128:
		return slices.Concat([]byte{tag, byte(n)}, body)
	case n < 256:
		return slices.Concat([]byte{tag, 0x81, byte(n)}, body)
	default:
		return slices.Concat([]byte{tag, 0x82, byte(n >> 8), byte(n)}, body)
	}
}

// fields takes a constructed element apart.
func fields(t testing.TB, der []byte) [][]byte {
	t.Helper()
	var outer asn1.RawValue
	_, err := asn1.Unmarshal(der, &outer)
	require.NoError(t, err)
	var all [][]byte
	for rest := outer.Bytes; len(rest) > 0; {
		var value asn1.RawValue
		rest, err = asn1.Unmarshal(rest, &value)
		require.NoError(t, err)
		all = append(all, value.FullBytes)
	}
	return all
}

// rewrite changes what x509.CreateCertificate would refuse to write, and signs it again.
func (a authority) rewrite(t testing.TB, certificate *x509.Certificate, change func(fields [][]byte)) *x509.Certificate {
	t.Helper()
	outer := fields(t, certificate.Raw)
	inner := fields(t, outer[0])
	change(inner)
	body := tlv(0x30, inner...)
	sum := sha256.Sum256(body)
	signature, err := a.key.(*ecdsa.PrivateKey).Sign(rand.Reader, sum[:], crypto.SHA256)
	require.NoError(t, err)
	read, err := certs.Parse(tlv(0x30, body, inner[fieldAlgorithm], tlv(3, []byte{0}, signature)))
	require.NoError(t, err)
	return read
}

// otherKey is a public key of another algorithm, without parameters.
func otherKey(t testing.TB, algorithm asn1.ObjectIdentifier, content []byte) []byte {
	t.Helper()
	id, err := asn1.Marshal(algorithm)
	require.NoError(t, err)
	return tlv(0x30, tlv(0x30, id), tlv(3, []byte{0}, content))
}

// asUTF8 writes all PrintableStrings of a name as UTF8Strings, in capitals.
func asUTF8(t testing.TB, der []byte) []byte {
	t.Helper()
	var all []byte
	for _, rdn := range fields(t, der) {
		pair := fields(t, fields(t, rdn)[0])
		all = append(all, tlv(0x31, tlv(0x30, pair[0], tlv(asn1.TagUTF8String, bytes.ToUpper(pair[1][2:]))))...)
	}
	return tlv(0x30, all)
}
