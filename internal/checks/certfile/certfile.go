// Package certfile reads certificates to check: from the files that an operator names, and as a device sent them.
// An error says what is wrong with the file and what to give instead; Open and Read return the file's own errors.
package certfile

import (
	"crypto/x509"
	"errors"
	"io"
	"os"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/certs/file"
	"github.com/acfix/acfix/internal/usage"
)

// Open reads a file of certificates, which a password may protect.
func Open(path, password string) (file.File, error) {
	content, err := Read(path)
	if err != nil {
		return file.File{}, err
	}
	return file.Parse(content, password)
}

// Read reads a file of certificates or of a key, up to the size of the largest store.
func Read(path string) ([]byte, error) {
	read, err := os.Open(path)
	if err != nil {
		return nil, errors.New(usage.Reason(err))
	}
	defer func() { _ = read.Close() }()
	content, err := io.ReadAll(io.LimitReader(read, file.MaxBytes+1))
	switch {
	case err != nil:
		return nil, errors.New(usage.Reason(err))
	case len(content) > file.MaxBytes:
		return nil, file.ErrTooLarge
	}
	return content, nil
}

// Bundle reads a file of certificates that should hold no private key.
func Bundle(path string) (file.File, error) {
	const alone = "give only the certificates, as PEM, DER or P7B"
	read, err := Open(path, "")
	switch {
	case errors.Is(err, file.ErrSealedKey), err == nil && read.Format == file.PFX && len(read.Keys) > 0:
		return file.File{}, usage.Errorf("%s is a PFX file, which holds a private key", path).Hint(alone)
	case errors.Is(err, file.ErrPassword):
		return file.File{}, usage.Errorf("%s is a PFX file that a password protects", path).
			Hint(alone + ": openssl pkcs12 -in FILE -nokeys -out certificates.pem")
	case err != nil:
		return file.File{}, usage.Errorf("%s: %s", path, err).
			Hint(file.Advice(err, "give a file with certificates: PEM, DER or P7B"))
	default:
		return read, nil
	}
}

// Store reads all certificates of a bundle or a trusted-root store. It fails if it can't read one of them: an answer
// from half a store would be wrong.
func Store(path string) ([]*x509.Certificate, error) {
	read, err := Bundle(path)
	switch {
	case err != nil:
		return nil, err
	case len(read.Problems) > 0:
		return nil, notWhole(path, read.Problems)
	}
	return All(read), nil
}

// All returns the certificates of a file.
func All(read file.File) []*x509.Certificate {
	var all []*x509.Certificate
	for _, certificate := range read.Certificates {
		all = append(all, certificate.X509)
	}
	return all
}

func notWhole(path string, problems []certs.Problem) error {
	return usage.Errorf("%s: %s", path, problems[0]).Hint("give a file in which every certificate can be read")
}

// Whole refuses a file that is cut short or contains something other than certificates. A complete certificate that
// breaks the rules for certificates is not the operator's mistake.
func Whole(path string, read file.File) error {
	if !certs.AllRefused(read.Problems) {
		return notWhole(path, read.Problems)
	}
	return nil
}

// Texts returns the problems as texts.
func Texts(problems []certs.Problem) []string {
	var texts []string
	for _, problem := range problems {
		texts = append(texts, problem.String())
	}
	return texts
}
