package access

import (
	"crypto/tls"
	"encoding/pem"
	"os"
	"regexp"
	"strings"

	"github.com/acfix/acfix/internal/usage"
)

// pairs are the client certificates that were read, by the paths of certificate and key.
type pairs map[[2]string]*tls.Certificate

// certificate is what a device is shown that asks for a client certificate; nil for none.
func (read pairs) certificate(f Flags) (*tls.Certificate, error) {
	switch {
	case f.ClientCert == "" && f.ClientKey == "":
		return nil, nil
	case f.ClientKey == "":
		return nil, usage.Errorf("--client-cert is given without --client-key").
			Hint("give its key with --client-key FILE")
	case f.ClientCert == "":
		return nil, usage.Errorf("--client-key is given without --client-cert").
			Hint("give the certificate with --client-cert FILE")
	}
	paths := [2]string{f.ClientCert, f.ClientKey}
	if known, ok := read[paths]; ok {
		return known, nil
	}
	certificate, err := f.readPair()
	if err != nil {
		return nil, err
	}
	read[paths] = certificate
	return certificate, nil
}

func (f Flags) readPair() (*tls.Certificate, error) {
	chain, err := readChain(f.ClientCert)
	if err != nil {
		return nil, err
	}
	name := "client_key"
	if f.Given("client-cert") || f.Given("client-key") {
		name = "--client-key"
	}
	key, err := f.ReadKey(f.ClientKey, name)
	if err != nil {
		return nil, err
	}
	if err := checkKey(key, f.ClientKey); err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(chain, key)
	switch {
	case err == nil:
		return &pair, nil
	case mismatch.MatchString(err.Error()):
		return nil, usage.Errorf("the key %s does not belong to the certificate %s", f.ClientKey, f.ClientCert).
			Hint("give the key that the certificate was made for; " +
				"of several certificates in a file the client's own comes first")
	default:
		reason := strings.TrimPrefix(err.Error(), "tls: ")
		const text = "the client certificate %s can't be used with the key %s: %s"
		return nil, usage.Errorf(text, f.ClientCert, f.ClientKey, reason).
			Hint("give a certificate and a key as PEM")
	}
}

// mismatch is what crypto/tls says of a key that is another certificate's; it has no error for it.
var mismatch = regexp.MustCompile(`private key (type )?does not match`)

func readChain(path string) ([]byte, error) {
	chain, err := os.ReadFile(path)
	if err != nil {
		return nil, usage.Errorf("the client certificate %s can't be read: %s", path, usage.Reason(err)).
			Hint("check the path given with --client-cert, or as client_cert in the inventory")
	}
	if !hasBlock(chain, isCertificate) {
		return nil, usage.Errorf("there is no certificate in %s", path).
			Hint("give the certificate as PEM, with its intermediates behind it, and the key with --client-key")
	}
	return chain, nil
}

// checkKey says what keeps the first private key of a file from being used. The text of an error
// never quotes the file.
func checkKey(file []byte, path string) error {
	switch {
	case !hasBlock(file, isKey):
		return usage.Errorf("there is no private key in %s", path).
			Hint("give the private key as PEM, as in \"-----BEGIN PRIVATE KEY-----\"")
	case hasBlock(file, isEncrypted):
		return usage.Errorf("the private key in %s is encrypted", path).
			Hint("acfix asks for no passphrase: " +
				"write the key without one (openssl pkey -in KEY -out PLAIN), and chmod 600 it")
	default:
		return nil
	}
}

func hasBlock(file []byte, is func(*pem.Block) bool) bool {
	for {
		var block *pem.Block
		if block, file = pem.Decode(file); block == nil {
			return false
		}
		if is(block) {
			return true
		}
	}
}

func isCertificate(block *pem.Block) bool { return block.Type == "CERTIFICATE" }

func isKey(block *pem.Block) bool { return strings.HasSuffix(block.Type, "PRIVATE KEY") }

// isEncrypted knows both ways to encrypt a key in PEM: PKCS #8, and the older one (RFC 1421).
func isEncrypted(block *pem.Block) bool {
	return block.Type == "ENCRYPTED PRIVATE KEY" ||
		isKey(block) && strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED")
}
