package file

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"fmt"
	"io"
	"strings"
)

// PrivateKey is a private key from a file. It prints as "private key" with every verb.
type PrivateKey struct {
	Public crypto.PublicKey // nil if the key could not be read
	// Problem says why the key could not be read, or is "".
	Problem string

	private crypto.Signer
}

// Format keeps the key out of every message.
func (k PrivateKey) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, "private key") }

// Private returns the key to sign with; nil if it could not be read.
func (k PrivateKey) Private() crypto.Signer { return k.private }

// Belongs reports whether the certificate certifies this key.
func (k PrivateKey) Belongs(to *x509.Certificate) bool {
	public, ok := k.Public.(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(to.PublicKey)
}

// The reasons why a key could not be read.
const (
	keyEncrypted = "it is protected by a passphrase"
	keyOpenSSH   = "it is in OpenSSH's format; a copy is converted by: ssh-keygen -p -m PKCS8 -f COPY"
	keyCut       = "it is not a complete PEM block"
	keyUnknown   = "it is damaged, or of a kind that can't be compared: neither RSA, nor EC on a NIST curve, nor " +
		"Ed25519"
)

// mostKeyBytes limits a key: RSA with 16384 bits takes 10 KiB.
const mostKeyBytes = 32 << 10

// ParseKeys reads a file's private keys: PKCS #1, PKCS #8 or SEC 1, armoured or not, or a PFX with the password.
// Without any key the error is ErrNoKey; an unreadable key has a Problem. Other content is ignored.
func ParseKeys(data []byte, password string) ([]PrivateKey, error) {
	file, err := read(data, password)
	switch {
	case err != nil:
		return nil, err
	case len(file.Keys) > 0:
		return file.Keys, nil
	case len(file.Certificates) > 0:
		return nil, other{"certificates", "give the file of the private key"}.instead(ErrNoKey)
	case len(file.PassedOver) > 0:
		return nil, other{file.PassedOver[0], "give the file of the private key"}.instead(ErrNoKey)
	case len(file.Problems) > 0:
		return nil, fmt.Errorf("%w: %s", ErrDamaged, file.Problems[0])
	default:
		return nil, ErrNoKey
	}
}

func isKey(label string) bool { return strings.HasSuffix(label, "PRIVATE KEY") }

func keyOf(b block) PrivateKey {
	switch {
	case b.encrypted, b.label == "ENCRYPTED PRIVATE KEY":
		return PrivateKey{Problem: keyEncrypted}
	case b.label == "OPENSSH PRIVATE KEY":
		return PrivateKey{Problem: keyOpenSSH}
	case b.der == nil:
		return PrivateKey{Problem: keyCut}
	}
	key, ok := keyDER(b.der)
	if !ok {
		return PrivateKey{Problem: keyUnknown}
	}
	return key
}

// keyDER reads a key by its content, whatever its label says. It reports false if the bytes are not a key.
func keyDER(der []byte) (PrivateKey, bool) {
	if len(der) > mostKeyBytes {
		return PrivateKey{}, false
	}
	var parsed any
	var err error
	if parsed, err = x509.ParsePKCS8PrivateKey(der); err != nil {
		if parsed, err = x509.ParsePKCS1PrivateKey(der); err != nil {
			parsed, err = x509.ParseECPrivateKey(der)
		}
	}
	switch {
	case err == nil:
		return keyFrom(parsed), true
	case isEncryptedKey(der):
		return PrivateKey{Problem: keyEncrypted}, true
	case isPlainKey(der):
		return PrivateKey{Problem: keyUnknown}, true
	default:
		return PrivateKey{}, false
	}
}

func keyFrom(parsed any) PrivateKey {
	signer, ok := parsed.(crypto.Signer)
	if !ok {
		return PrivateKey{Problem: keyUnknown}
	}
	return PrivateKey{Public: signer.Public(), private: signer}
}

// isEncryptedKey recognises an algorithm followed by octets (RFC 5958, 3: EncryptedPrivateKeyInfo).
func isEncryptedKey(der []byte) bool {
	outer, first := tags(der)
	return bytes.Equal(outer, []byte{tagSequence, tagOctetString}) && first == tagIdentifier
}

// isPlainKey recognises a version, an algorithm with its identifier, and octets (RFC 5208, 5).
func isPlainKey(der []byte) bool {
	outer, _ := tags(der)
	return bytes.HasPrefix(outer, []byte{tagInteger, tagSequence, tagOctetString})
}

// tags returns the tags of the elements in a sequence, and of the first element in the first of them.
func tags(der []byte) (outer []byte, first byte) {
	whole, ok := nextElement(der)
	if !ok || whole.tag != tagSequence {
		return nil, 0
	}
	for rest := whole.content(); len(rest) > 0; {
		e, ok := nextElement(rest)
		if !ok || e.length == indefinite {
			return nil, 0
		}
		if inner, ok := nextElement(e.content()); len(outer) == 0 && ok && e.tag&constructed != 0 {
			first = inner.tag
		}
		outer, rest = append(outer, e.tag), e.body[e.length:]
	}
	return outer, first
}
