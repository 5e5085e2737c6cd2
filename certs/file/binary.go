package file

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"

	"github.com/smallstep/pkcs7"
	"software.sslmate.com/src/go-pkcs12"
)

// parseBinary recognises the format by the first element inside the outer sequence: a certificate begins with a
// sequence (RFC 5280, 4.1), PKCS #7 with an object identifier (RFC 2315, 7), PKCS #12 with its version (RFC 7292, 4).
func parseBinary(data []byte, password string) (File, error) {
	first, err := checkNesting(data)
	if err != nil {
		return File{}, err
	}
	switch first {
	case tagSequence:
		return parseDER(data)
	case tagIdentifier:
		return parseP7B(data)
	case tagInteger:
		if key, ok := keyDER(data); ok {
			return File{Format: DER, Keys: []PrivateKey{key}}, nil
		}
		return parsePFX(data, password)
	default:
		return File{}, ErrUnknown
	}
}

func parseDER(data []byte) (File, error) {
	file := File{Format: DER}
	for number := 1; len(data) > 0; number++ {
		var element asn1.RawValue
		rest, err := asn1.Unmarshal(data, &element)
		if err != nil {
			return File{}, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		file.addElement(number, element.FullBytes)
		data = rest
	}
	return file, nil
}

// addElement adds a certificate, or whatever is in its place.
func (f *File) addElement(number int, der []byte) {
	before := len(f.Problems)
	f.addDER(number, der)
	if len(f.Problems) == before {
		return
	}
	found, isOther := otherDER(der)
	key, isKey := keyDER(der) // encrypted
	switch {
	case isOther:
		f.PassedOver = append(f.PassedOver, found.what)
	case isKey:
		f.Keys = append(f.Keys, key)
	default:
		return
	}
	f.Problems = f.Problems[:before]
}

func parseP7B(data []byte) (file File, err error) {
	defer recoverAs(&err)
	message, err := pkcs7.Parse(data)
	if err != nil {
		return File{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return File{Format: P7B, Certificates: known(message.Certificates...)}, nil
}

// parsePFX puts the certificate of the private key first: the format has no order.
func parsePFX(data []byte, password string) (file File, err error) {
	defer recoverAs(&err)
	key, certificate, others, err := pkcs12.DecodeChain(data, password)
	switch {
	case err == nil:
	case errors.Is(err, pkcs12.ErrIncorrectPassword), errors.Is(err, pkcs12.ErrDecryption):
		return File{}, sealed(data)
	case err.Error() == noKeyInside:
		return parseTrustStore(data, password)
	default:
		return File{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	own, all := keyFrom(key), append([]*x509.Certificate{certificate}, others...)
	if i := slices.IndexFunc(all, own.Belongs); i > 0 {
		all[0], all[i] = all[i], all[0]
	}
	return File{Format: PFX, Certificates: known(all...), Keys: []PrivateKey{own}}, nil
}

// noKeyInside is the decoder's error for a file that has only certificates.
const noKeyInside = "pkcs12: private key missing"

// parseTrustStore reads a PFX without keys. The decoder accepts those whose certificates are marked
// as Java's keytool marks them; all others are described as what they are.
func parseTrustStore(data []byte, password string) (File, error) {
	trusted, err := pkcs12.DecodeTrustStore(data, password)
	if err != nil {
		return File{}, keyless.instead(ErrUnknown)
	}
	return File{Format: PFX, Certificates: known(trusted...)}, nil
}

// keyBags are the object identifiers of private keys in a PFX (RFC 7292, 4.2). Most programs
// encrypt the key but leave its identifier readable without the password.
var keyBags = [][]byte{
	{tagIdentifier, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01, 0x01},
	{tagIdentifier, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01, 0x02},
}

func sealed(data []byte) error {
	if slices.ContainsFunc(keyBags, func(id []byte) bool { return bytes.Contains(data, id) }) {
		return ErrSealedKey
	}
	return ErrPassword
}

// recoverAs keeps a decoder that panics on a damaged file from ending the run.
func recoverAs(err *error) {
	if recover() != nil {
		*err = ErrDamaged
	}
}
