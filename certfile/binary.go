package certfile

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"

	"github.com/smallstep/pkcs7"
	"software.sslmate.com/src/go-pkcs12"
)

// parseBinary tells the formats apart by the first element inside the outer sequence: a
// certificate begins with a sequence (RFC 5280, 4.1), PKCS #7 with an object identifier
// (RFC 2315, 7), PKCS #12 with its version (RFC 7292, 4).
func parseBinary(data []byte, password string) (File, error) {
	first, err := survey(data)
	if err != nil {
		return File{}, err
	}
	switch first {
	case tagSequence:
		return parseDER(data)
	case tagIdentifier:
		return parseP7B(data)
	case tagInteger:
		return parsePFX(data, password)
	default:
		return File{}, ErrUnknown
	}
}

func parseDER(data []byte) (File, error) {
	parsed, err := parseAll(data)
	if err != nil {
		return File{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return counted(File{Format: DER, Certificates: known(parsed...)})
}

func parseP7B(data []byte) (file File, err error) {
	defer recoverAs(&err)
	message, err := pkcs7.Parse(data)
	if err != nil {
		return File{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return counted(File{Format: P7B, Certificates: known(message.Certificates...)})
}

// parsePFX puts the certificate of the private key first: the format knows no order.
func parsePFX(data []byte, password string) (file File, err error) {
	defer recoverAs(&err)
	key, certificate, others, err := pkcs12.DecodeChain(data, password)
	if errors.Is(err, pkcs12.ErrIncorrectPassword) || errors.Is(err, pkcs12.ErrDecryption) {
		return File{}, ErrPassword
	}
	if err != nil {
		return File{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	all := append([]*x509.Certificate{certificate}, others...)
	own := slices.IndexFunc(all, func(c *x509.Certificate) bool { return belongs(key, c) })
	if own < 0 {
		return File{}, ErrNoKey
	}
	all[0], all[own] = all[own], all[0]
	return File{Format: PFX, Certificates: known(all...), Keys: 1}, nil
}

func belongs(key any, certificate *x509.Certificate) bool {
	private, ok := key.(crypto.Signer)
	if !ok {
		return false
	}
	public, ok := private.Public().(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(certificate.PublicKey)
}

// recoverAs: a decoder that trips over a damaged file must not end the whole run.
func recoverAs(err *error) {
	if recover() != nil {
		*err = ErrDamaged
	}
}
