package weakrsa_test

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"testing"

	"github.com/acfix/acfix/internal/weakrsa"
	"github.com/stretchr/testify/assert"
)

func of(bits int) *x509.Certificate {
	if bits == 0 {
		return &x509.Certificate{PublicKey: &ecdsa.PublicKey{}}
	}
	return &x509.Certificate{PublicKey: &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), uint(bits-1)), E: 65537}}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	chain := func(bits ...int) []*x509.Certificate {
		var certificates []*x509.Certificate
		for _, length := range bits {
			certificates = append(certificates, of(length))
		}
		return certificates
	}
	for name, row := range map[string]struct {
		peer    []*x509.Certificate
		chains  [][]*x509.Certificate
		refused bool
	}{
		"no certificate":            {},
		"long enough":               {peer: chain(1024)},
		"one bit less":              {peer: chain(1023), refused: true},
		"another kind of key":       {peer: chain(0)},
		"a good chain":              {peer: chain(2048), chains: [][]*x509.Certificate{chain(2048, 1024, 4096)}},
		"a short intermediate":      {peer: chain(2048), chains: [][]*x509.Certificate{chain(2048, 512, 4096)}, refused: true},
		"a short root":              {peer: chain(0), chains: [][]*x509.Certificate{chain(0, 2048, 768)}, refused: true},
		"one chain without":         {peer: chain(2048), chains: [][]*x509.Certificate{chain(2048, 512), chain(2048, 2048)}},
		"a short one beside it":     {peer: chain(2048, 512), chains: [][]*x509.Certificate{chain(2048, 2048)}},
		"short itself, good chains": {peer: chain(512), chains: [][]*x509.Certificate{chain(512, 2048)}, refused: true},
	} {
		err := weakrsa.Check(tls.ConnectionState{PeerCertificates: row.peer, VerifiedChains: row.chains})
		if row.refused {
			assert.ErrorIs(t, err, weakrsa.Err, name)
		} else {
			assert.NoError(t, err, name)
		}
	}
}
