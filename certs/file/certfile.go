package file

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/textfile"
)

// Format says how a file encodes its certificates.
type Format string

// The formats, recognised by content and never by a file's name.
const (
	PEM Format = "PEM"
	DER Format = "DER"
	P7B Format = "P7B"
	PFX Format = "PFX"
)

// MaxBytes limits a file; the largest trusted-root stores have some 300 KiB.
const MaxBytes = certs.MaxStoreBytes

// maxCertificates: operating systems' bundles have some 150, and no device's store has more.
const maxCertificates = 1000

// The kinds of failure, for errors.Is. The text of an error never quotes the file.
var (
	ErrTooLarge  = errors.New("the file is larger than certificates can be")
	ErrUnknown   = errors.New("the file is neither PEM, DER, P7B nor PFX")
	ErrDamaged   = errors.New("the file can't be read")
	ErrPassword  = errors.New("the PFX file's password is wrong, or none was given")
	ErrEmpty     = errors.New("there is no certificate in the file")
	ErrNoKey     = errors.New("there is no private key in the file")
	ErrExcessive = errors.New("reading the file would take an unreasonable amount of work")
)

// ErrSealedKey is an ErrPassword for a PFX that shows, even without its password, that it contains a private key.
var ErrSealedKey = fmt.Errorf("%w; it holds a private key", ErrPassword)

// File is the content of a file.
type File struct {
	Format Format
	// Base64 means that the file is the Format's bytes in Base64 without armour.
	Base64       bool
	Certificates []certs.Certificate // in the file's order; in a PFX, the key's own comes first
	// Problems are the unreadable parts of a PEM or DER file. Certificates is empty if none can be read.
	Problems []certs.Problem
	// Keys are the private keys found with the certificates.
	Keys []PrivateKey
	// PassedOver names whatever else the file contains: "a certificate request (CSR)".
	PassedOver []string
}

// Parse reads a file of certificates. The password is for PFX only.
func Parse(data []byte, password string) (File, error) {
	file, err := read(data, password)
	if err != nil {
		return File{}, err
	}
	return counted(file)
}

// mostWraps limits the layers of Base64: Kubernetes secrets wrap PEM certificates once more.
const mostWraps = 2

// read returns everything in a file, even if that is not a certificate.
func read(data []byte, password string) (File, error) {
	if len(data) > MaxBytes {
		return File{}, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, MaxBytes)
	}
	return unwrap(data, password, mostWraps)
}

func unwrap(data []byte, password string, wraps int) (File, error) {
	text := textfile.UTF8(data)
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		return File{}, ErrEmpty
	case bytes.Contains(text, pemBegin):
		return parsePEM(text, password), nil
	}
	if inner, ok := decodeBase64(string(text)); ok && wraps > 0 {
		if file, err := unwrap(inner, password, wraps-1); isKnown(err) {
			file.Base64 = file.Format != PEM
			return file, err
		}
	}
	if found, ok := recognise(text); ok {
		return File{}, found.instead(ErrUnknown)
	}
	return parseBinary(text, password)
}

// isKnown reports whether the content was recognised: other text is Base64 by accident.
func isKnown(err error) bool {
	var misfit *Misfit
	return !errors.Is(err, ErrUnknown) || errors.As(err, &misfit)
}

// FormatName names the format: "PFX in Base64" does not work with a program that expects PFX.
func (f File) FormatName() string {
	if f.Base64 {
		return string(f.Format) + " in Base64"
	}
	return string(f.Format)
}

// Leaf returns the certificate that the file is about: in a PFX the key's own; otherwise the first that is neither a
// CA's nor self-signed, else the first that is not a CA's, else the first. The file must have certificates.
func (f File) Leaf() certs.Certificate {
	if f.Format == PFX && len(f.Keys) == 1 && f.Keys[0].Belongs(f.Certificates[0].X509) {
		return f.Certificates[0]
	}
	return f.firstLeaf()
}

// Leaves counts the distinct certificates that are the leaf, or neither a CA's nor self-signed.
func (f File) Leaves() int {
	leaves, own := map[string]bool{}, f.Leaf().SHA256
	for _, c := range f.Certificates {
		if c.SHA256 == own || !c.X509.IsCA && !isOwnIssuer(c) {
			leaves[c.SHA256] = true
		}
	}
	return len(leaves)
}

// Others returns all certificates except one.
func (f File) Others(than certs.Certificate) []*x509.Certificate {
	var others []*x509.Certificate
	for _, c := range f.Certificates {
		if c.SHA256 != than.SHA256 {
			others = append(others, c.X509)
		}
	}
	return others
}

// parsePEM reads certificates and PKCS #7 blocks one by one, so that a broken one spoils only
// itself. Private keys, requests and other common content are kept apart.
func parsePEM(text []byte, password string) File {
	file := File{Format: PEM}
	for i, b := range blocks(text) {
		found, isOther := labelled(b.label)
		switch {
		case isKey(b.label):
			file.Keys = append(file.Keys, keyOf(b))
		case isOther:
			file.PassedOver = append(file.PassedOver, found.what)
		case b.der == nil:
			file.Problems = append(file.Problems, certs.Problem{Block: i + 1, Reason: "is not a complete PEM block"})
		default:
			file.addBlock(i+1, b, password)
		}
	}
	return file
}

// addBlock goes by a block's content: some CAs label PKCS #7 as CERTIFICATE.
func (f *File) addBlock(number int, b block, password string) {
	outer, ok := nextElement(b.der)
	inner, alsoOK := nextElement(outer.body)
	wrapped := ok && alsoOK && (inner.tag == tagIdentifier || inner.tag == tagInteger)
	switch {
	case wrapped:
		f.addWrapped(number, b, password)
	case b.label == "TRUSTED CERTIFICATE" && ok && outer.length >= 0: // OpenSSL's trust settings follow the certificate
		f.addDER(number, b.der[:len(b.der)-len(outer.body)+outer.length])
	default:
		f.addOther(number, b)
	}
}

func (f *File) addWrapped(number int, b block, password string) {
	inner, err := parseBinary(b.der, password)
	if err != nil {
		f.Problems = append(f.Problems, certs.Problem{Block: number, Reason: err.Error()})
		return
	}
	f.Format, f.Base64 = inner.Format, inner.Format == PFX
	f.Certificates = append(f.Certificates, inner.Certificates...)
	f.Keys = append(f.Keys, inner.Keys...)
}

// addOther adds a certificate under any label, or says what the block is instead.
func (f *File) addOther(number int, b block) {
	before := len(f.Problems)
	f.addDER(number, b.der)
	if len(f.Problems) == before {
		return
	}
	if found, ok := otherDER(b.der); ok {
		f.Problems[before] = certs.Problem{Block: number,
			Reason: fmt.Sprintf("is labelled %q and is %s", b.label, found.what)}
	} else if !strings.HasSuffix(b.label, "CERTIFICATE") {
		f.Problems[before] = certs.Problem{Block: number, Reason: fmt.Sprintf("is a %q, not a certificate", b.label)}
	}
}

// addDER reads a certificate like one of a trusted-root store.
func (f *File) addDER(number int, der []byte) {
	store := certs.ParseStore(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	f.Certificates = append(f.Certificates, store.Certificates...)
	for _, problem := range store.Problems {
		problem.Block = number
		f.Problems = append(f.Problems, problem)
	}
}

// counted refuses files without certificates, or with more than any store.
func counted(file File) (File, error) {
	switch {
	case len(file.Certificates) > maxCertificates:
		return File{}, fmt.Errorf("%w: more than %d certificates", ErrExcessive, maxCertificates)
	case len(file.Certificates) > 0:
		return file, nil
	case len(file.Problems) > 0 && certs.AllRefused(file.Problems):
		return file, nil
	case len(file.Problems) > 0:
		return File{}, fmt.Errorf("%w: %s", ErrDamaged, file.Problems[0])
	default:
		return File{}, file.without()
	}
}

// without says what a file without certificates contains.
func (f File) without() error {
	for _, row := range []other{request, publicKey, revoked, parameters, sshKey, pgp, authorized} {
		if slices.Contains(f.PassedOver, row.what) {
			return row.instead(ErrEmpty)
		}
	}
	if len(f.Keys) > 0 {
		return privateKey.instead(ErrEmpty)
	}
	return ErrEmpty
}

func known(list ...*x509.Certificate) []certs.Certificate {
	var certificates []certs.Certificate
	for _, c := range list {
		certificates = append(certificates, certs.Certificate{SHA256: certs.Fingerprint(c.Raw), X509: c})
	}
	return certificates
}
