package certfile

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/acfix/acfix/certs"
)

// Format is how a file holds its certificates.
type Format string

// The formats that are told apart by content, never by a file's name.
const (
	PEM Format = "PEM"
	DER Format = "DER"
	P7B Format = "P7B"
	PFX Format = "PFX"
)

// MaxBytes bounds a file; the largest trusted-root stores have some 300 KiB.
const MaxBytes = certs.MaxStoreBytes

// maxCertificates: the bundles of operating systems have some 150, a device's store no more.
const maxCertificates = 1000

// The kinds of failure, to be told apart with errors.Is. The text of an error never
// quotes the file.
var (
	ErrTooLarge  = errors.New("the file is larger than certificates can be")
	ErrUnknown   = errors.New("the file is neither PEM, DER, P7B nor PFX")
	ErrDamaged   = errors.New("the file can't be read")
	ErrPassword  = errors.New("the PFX file's password is wrong, or none was given")
	ErrEmpty     = errors.New("there is no certificate in the file")
	ErrNoKey     = errors.New("the PFX file holds no private key, or none that belongs to one of its certificates")
	ErrExcessive = errors.New("the file asks for more work than it can be worth")
)

// File is what was read.
type File struct {
	Format       Format
	Certificates []certs.Certificate // in the file's order; of a PFX, the key's own comes first
	// Problems tell what of a PEM file could not be read.
	Problems []certs.Problem
	// Keys counts the private keys that were passed over.
	Keys int
}

// Parse reads a file. The password is for PFX alone.
func Parse(data []byte, password string) (File, error) {
	if len(data) > MaxBytes {
		return File{}, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, MaxBytes)
	}
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return File{}, ErrEmpty
	case bytes.Contains(data, pemBegin):
		return parsePEM(data)
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")): // as PowerShell writes it
		return File{}, fmt.Errorf("%w: it is text in UTF-16; save it in UTF-8 or ASCII", ErrUnknown)
	}
	return parseBinary(data, password)
}

// Leaf is the certificate that the file is about: of a PFX the key's own, of all others the
// first that is no CA's and not signed by itself, or the first that is no CA's, or the first.
func (f File) Leaf() certs.Certificate {
	if f.Format == PFX {
		return f.Certificates[0]
	}
	return f.firstLeaf()
}

// Leaves counts the leaf and the other certificates that are neither a CA's nor signed by
// themselves, each once.
func (f File) Leaves() int {
	leaves, own := map[string]bool{}, f.Leaf().SHA256
	for _, c := range f.Certificates {
		if c.SHA256 == own || !c.X509.IsCA && !isOwnIssuer(c) {
			leaves[c.SHA256] = true
		}
	}
	return len(leaves)
}

// Others are the certificates beside one of them.
func (f File) Others(than certs.Certificate) []*x509.Certificate {
	var others []*x509.Certificate
	for _, c := range f.Certificates {
		if c.SHA256 != than.SHA256 {
			others = append(others, c.X509)
		}
	}
	return others
}

var pemBegin = []byte("-----BEGIN ")

// parsePEM reads certificates and PKCS #7 blocks one by one, so that a broken one costs
// nothing but itself, and passes over private keys and the parameters of keys, which often
// stand in the same file.
func parsePEM(data []byte) (File, error) {
	file := File{Format: PEM}
	for i, rest := range bytes.Split(data, pemBegin)[1:] {
		kind, _, _ := bytes.Cut(rest, []byte("-----"))
		block := append(bytes.Clone(pemBegin), rest...)
		switch {
		case bytes.HasSuffix(kind, []byte("PRIVATE KEY")):
			file.Keys++
		case bytes.HasSuffix(kind, []byte(" PARAMETERS")): // "EC PARAMETERS", "DH PARAMETERS"
		case string(kind) == "PKCS7" || string(kind) == "CMS":
			file.addP7B(i+1, block)
		default:
			file.addStore(i+1, block)
		}
	}
	if len(file.Certificates) == 0 && len(file.Problems) > 0 {
		return File{}, fmt.Errorf("%w: %s", ErrDamaged, file.Problems[0])
	}
	return counted(file)
}

func (f *File) addStore(number int, block []byte) {
	store := certs.ParseStore(block)
	f.Certificates = append(f.Certificates, store.Certificates...)
	for _, problem := range store.Problems {
		problem.Block = number
		f.Problems = append(f.Problems, problem)
	}
}

func (f *File) addP7B(number int, text []byte) {
	block, _ := pem.Decode(text)
	if block == nil {
		f.Problems = append(f.Problems, certs.Problem{Block: number, Reason: "is not a complete PEM block"})
		return
	}
	inner, err := parseBinary(block.Bytes, "")
	if err != nil {
		f.Problems = append(f.Problems, certs.Problem{Block: number, Reason: err.Error()})
		return
	}
	f.Certificates = append(f.Certificates, inner.Certificates...)
}

// counted refuses what holds no certificate, or more than any store.
func counted(file File) (File, error) {
	switch {
	case len(file.Certificates) == 0:
		return File{}, ErrEmpty
	case len(file.Certificates) > maxCertificates:
		return File{}, fmt.Errorf("%w: more than %d certificates", ErrExcessive, maxCertificates)
	default:
		return file, nil
	}
}

func known(list ...*x509.Certificate) []certs.Certificate {
	var certificates []certs.Certificate
	for _, c := range list {
		certificates = append(certificates, certs.Certificate{SHA256: certs.Fingerprint(c.Raw), X509: c})
	}
	return certificates
}
