package file_test

import (
	"crypto/x509"
	"testing"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/certs/file"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestARootOfVersion1IsNoLeaf: it does not say that it is a CA's, and stands before the leaf in
// many files. An SBC's own self-signed certificate is one, where there is no better.
func TestARootOfVersion1IsNoLeaf(t *testing.T) {
	t.Parallel()
	m := newMaterial(t)
	old := *m.ca
	old.Version, old.IsCA, old.BasicConstraintsValid = 1, false, false
	key := newKey(t)
	own := issue(t, "sbc.example.com", false, nil, key.Public(), key)
	read := func(list ...*x509.Certificate) file.File {
		made := file.File{Format: file.PEM}
		for _, c := range list {
			made.Certificates = append(made.Certificates, certs.Certificate{SHA256: certs.Fingerprint(c.Raw), X509: c})
		}
		return made
	}
	for name, test := range map[string]struct {
		file file.File
		want *x509.Certificate
	}{
		"before the leaf":             {read(&old, m.leaf), m.leaf},
		"behind the leaf":             {read(m.leaf, &old), m.leaf},
		"a self-signed one before it": {read(own, m.leaf), m.leaf},
		"a self-signed one beside it": {read(&old, own), own},
		"a CA's and a self-signed":    {read(m.ca, own), own},
		"alone":                       {read(&old), &old},
		"a CA's alone":                {read(m.ca), m.ca},
	} {
		assert.Equal(t, test.want.Raw, test.file.Leaf().X509.Raw, name)
		assert.Equal(t, 1, test.file.Leaves(), name)
	}
}

// TestWhichFormatsKeepAnOrder: P7B is a set, and of a PFX the key says what comes first.
func TestWhichFormatsKeepAnOrder(t *testing.T) {
	t.Parallel()
	m := newMaterial(t)
	for name, test := range map[string]struct {
		data []byte
		want []*x509.Certificate
	}{
		"PEM": {append(m.caPEM(), block("CERTIFICATE", m.leaf.Raw)...), []*x509.Certificate{m.ca, m.leaf}},
		"DER": {append(append([]byte{}, m.ca.Raw...), m.leaf.Raw...), []*x509.Certificate{m.ca, m.leaf}},
		"P7B": {m.p7b(t), nil},
	} {
		read, err := file.Parse(test.data, "")
		require.NoError(t, err, name)
		require.Len(t, read.Order(), len(test.want), name)
		for i, want := range test.want {
			assert.Equal(t, want.Raw, read.Order()[i].Raw, name)
		}
	}
}
