package file

import (
	"crypto/tls"
	"errors"
	"fmt"
	"slices"

	"github.com/acfix/acfix/certs"
)

// The reasons why a chain and a key do not match.
var (
	ErrOrder      = errors.New("the first certificate is not the key's")
	ErrForeignKey = errors.New("the key belongs to none of the certificates")
	ErrKeyUnread  = errors.New("the private key can't be used")
)

// Pair returns what a TLS stack presents: the certificates in the file's order, of which the first must be the key's
// own (RFC 5246, 7.4.2). P7B and PFX have no order, so the key's own is put first.
func Pair(file File, keys []PrivateKey) (*tls.Certificate, error) {
	if len(file.Problems) > 0 {
		return nil, fmt.Errorf("%w: %s", ErrDamaged, file.Problems[0])
	}
	key, own := owner(file, keys)
	switch {
	case own < 0 && key.Problem != "":
		return nil, fmt.Errorf("%w: %s", ErrKeyUnread, key.Problem)
	case own < 0:
		return nil, ErrForeignKey
	case own > 0 && file.Format == PEM:
		return nil, fmt.Errorf("%w: that is %q; the key's is certificate %d, %q", ErrOrder,
			file.Certificates[0].X509.Subject, own+1, file.Certificates[own].X509.Subject)
	}
	chain := slices.Concat([]certs.Certificate{file.Certificates[own]}, file.Certificates[:own],
		file.Certificates[own+1:])
	pair := &tls.Certificate{PrivateKey: key.Private(), Leaf: chain[0].X509}
	for _, certificate := range chain {
		pair.Certificate = append(pair.Certificate, certificate.X509.Raw)
	}
	return pair, nil
}

// owner finds the first certificate of one of the keys, or a negative index and an unreadable key, if any.
func owner(file File, keys []PrivateKey) (PrivateKey, int) {
	var unread PrivateKey
	for _, key := range keys {
		i := slices.IndexFunc(file.Certificates, func(c certs.Certificate) bool { return key.Belongs(c.X509) })
		if i >= 0 {
			return key, i
		}
		if key.Problem != "" {
			unread = key
		}
	}
	return unread, -1
}
