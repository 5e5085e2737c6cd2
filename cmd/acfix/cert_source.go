package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/certcheck"
	"github.com/acfix/acfix/certfile"
	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/misuse"
	"github.com/acfix/acfix/reach"
	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/report"
	"github.com/acfix/acfix/target"
)

// pfxPassword is the variable that holds the password of a PFX file.
const pfxPassword = "ACFIX_PFX_PASSWORD"

// unusable: what is wrong with a foreign file is the command line's fault.
func unusable(path string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, certfile.ErrPassword):
		return misuse.New("give the password with --password-file or in "+pfxPassword, "%s: %s", path, err)
	default:
		return misuse.New("give a file with certificates: PEM, DER, P7B or PFX", "%s: %s", path, err)
	}
}

func openCertificates(path, password string) (certfile.File, error) {
	content, err := readBounded(path)
	if err != nil {
		return certfile.File{}, err
	}
	return certfile.Parse(content, password)
}

// readBounded reads a file of certificates or of a key, up to the size of the largest store.
func readBounded(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, errors.New(misuse.Reason(err))
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, certfile.MaxBytes+1))
	switch {
	case err != nil:
		return nil, errors.New(misuse.Reason(err))
	case len(content) > certfile.MaxBytes:
		return nil, certfile.ErrTooLarge
	}
	return content, nil
}

// readBundle reads a file of certificates that nobody's key should be in.
func readBundle(path string) (certfile.File, error) {
	file, err := openCertificates(path, "")
	if errors.Is(err, certfile.ErrPassword) || err == nil && file.Format == certfile.PFX {
		return certfile.File{}, misuse.New("give the certificates alone, as PEM, DER or P7B", "%s is a PFX file, which holds a private key", path)
	}
	if err != nil {
		return certfile.File{}, misuse.New("give a file with certificates: PEM, DER or P7B", "%s: %s", path, err)
	}
	return file, nil
}

// readStore reads all certificates of a bundle or a trusted-root store. One that can't be
// read ends it: an answer from half a store would be wrong.
func readStore(path string) ([]*x509.Certificate, error) {
	read, err := readBundle(path)
	if err == nil {
		err = wholly(path, read)
	}
	if err != nil {
		return nil, err
	}
	var all []*x509.Certificate
	for _, certificate := range read.Certificates {
		all = append(all, certificate.X509)
	}
	return all, nil
}

func wholly(path string, read certfile.File) error {
	if len(read.Problems) == 0 {
		return nil
	}
	return misuse.New("give a file whose certificates can all be read", "%s: %s", path, read.Problems[0])
}

// trustedRoots are those of a file, or the system's. What else is in the file is left out.
func (a *app) trustedRoots(path string, memo *certs.Memo) (*certs.Anchors, error) {
	if path == "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			return nil, misuse.New("name the roots that count with --trust FILE", "the system's trusted roots can't be read: %s", err)
		}
		return certs.SystemAnchors("the trusted roots of this machine", pool, memo), nil
	}
	roots, err := readStore(path)
	if err != nil {
		return nil, err
	}
	anchors, others := certs.NewAnchors("the roots of "+path, roots, memo)
	switch len(others) {
	case 0:
		return anchors, nil
	case len(roots):
		return nil, misuse.New("name the file of the roots; a chain is read from the certificate's own file", "--trust: %s holds no root certificate", path)
	}
	a.say("%s: %d certificates that are no roots are left out", path, len(others))
	return anchors, nil
}

// certificateOf reads the certificate from a file or from a device.
func (a *app) certificateOf(argument string, flags certFlags) (certcheck.Subject, certDocument, error) {
	roster, err := a.roster(flags.connection)
	if err != nil {
		return certcheck.Subject{}, certDocument{}, err
	}
	if !roster.Lists(argument) && isCertificateFile(argument) {
		return a.certificateInFile(argument, flags)
	}
	targets, dialer, err := a.prepareFrom(roster, []string{argument}, flags.connection)
	if err != nil {
		return certcheck.Subject{}, certDocument{}, err
	}
	return a.certificateOnDevice(targets[0], dialer)
}

// isCertificateFile tells a file from a device's name, also one that is not there.
func isCertificateFile(argument string) bool {
	if strings.Contains(argument, "://") {
		return false
	}
	info, err := os.Stat(argument)
	extensions := []string{".pem", ".crt", ".cer", ".der", ".p7b", ".p7c", ".pfx", ".p12"}
	return err == nil && info.Mode().IsRegular() || strings.ContainsRune(argument, os.PathSeparator) ||
		slices.Contains(extensions, strings.ToLower(filepath.Ext(argument)))
}

// certificateInFile: a certificate that can't be read must not let the next one pass for it.
func (a *app) certificateInFile(path string, flags certFlags) (certcheck.Subject, certDocument, error) {
	password := a.getenv(pfxPassword)
	if flags.PasswordFile != "" {
		var err error
		if password, err = a.secrets(nil).File(flags.PasswordFile, "--password-file"); err != nil {
			return certcheck.Subject{}, certDocument{}, err
		}
	}
	read, err := openCertificates(path, password)
	if err = unusable(path, err); err == nil {
		err = wholly(path, read)
	}
	if err != nil {
		return certcheck.Subject{}, certDocument{}, err
	}
	leaf := read.Leaf()
	if leaves := read.Leaves(); leaves > 1 {
		a.warn(report.Clean(fmt.Sprintf("%s holds %d certificates that are no CA's; only the one of %s is checked", path, leaves, leaf.X509.Subject)))
	}
	subject := certcheck.Subject{Leaf: leaf.X509, Others: read.Others(leaf), Format: string(read.Format), Order: read.Order()}
	return subject, certDocument{From: path}, nil
}

// certificateOnDevice takes the context's trusted roots for the chain: from them the device
// makes what it sends.
func (a *app) certificateOnDevice(t target.Target, dialer *reach.Dialer) (certcheck.Subject, certDocument, error) {
	own := dialer.Access(t)
	if own.Failure != nil {
		return certcheck.Subject{}, certDocument{}, a.failed(own.Failure)
	}
	ctx, cancel := a.reading()
	defer cancel()
	client := dialer.Reader(t)
	defer client.Close()
	a.say("reading %s", t.Name)
	files, err := remediate.ReadContext(ctx, client, own.Choice, a.now)
	switch {
	case errors.Is(err, remediate.ErrWhichContext):
		return certcheck.Subject{}, certDocument{}, misuse.New("name the TLS Context with --tls-context, by name or index", "%s: %s", t.Name, err)
	case err != nil:
		return certcheck.Subject{}, certDocument{}, a.failed(remediate.Fail(err))
	}
	subject, err := subjectOn(files)
	if err != nil {
		return certcheck.Subject{}, certDocument{}, a.failed(remediate.Fail(err))
	}
	return subject, certDocument{From: t.Name, Context: &files.ID}, nil
}

// subjectOn: a certificate that can't be read must not let the next one pass for it.
func subjectOn(files remediate.ContextFiles) (certcheck.Subject, error) {
	own := certs.ParseStore(files.Certificate)
	if len(own.Certificates) == 0 || len(own.Problems) > 0 {
		return certcheck.Subject{}, fmt.Errorf("%w: the certificate of TLS Context %d can't be read", audiocodes.ErrBadAnswer, files.ID)
	}
	subject := certcheck.Subject{Leaf: own.Certificates[0].X509}
	for _, other := range slices.Concat(own.Certificates[1:], certs.ParseStore(files.Roots.PEM).Certificates) {
		subject.Others = append(subject.Others, other.X509)
	}
	return subject, nil
}

// failed says why a device could not be read; there is then no document.
func (a *app) failed(failure *remediate.Failure) error {
	fmt.Fprintf(a.stderr, "acfix: error: %s [%s]\nacfix: hint:  %s\n", report.Clean(failure.Message), failure.Code, report.Clean(failure.Hint))
	return exitCode(failureExit(failure))
}
