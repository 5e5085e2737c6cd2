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
	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/certs/check"
	"github.com/acfix/acfix/certs/file"
	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

// pfxPassword is the variable that holds the password of a PFX file.
const pfxPassword = "ACFIX_PFX_PASSWORD"

// unusable: what is wrong with a foreign file is the command line's fault.
func unusable(path string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, file.ErrPassword):
		return usage.New("give the password with --password-file or in "+pfxPassword, "%s: %s", path, err)
	default:
		return usage.New(adviceOn(err, "give a file with certificates: PEM, DER, P7B or PFX"), "%s: %s", path, err)
	}
}

// adviceOn is what to do about a file that is something else; otherwise is for all other errors.
func adviceOn(err error, otherwise string) string {
	var misfit *file.Misfit
	if errors.As(err, &misfit) {
		return misfit.Advice
	}
	return otherwise
}

func openCertificates(path, password string) (file.File, error) {
	content, err := readBounded(path)
	if err != nil {
		return file.File{}, err
	}
	return file.Parse(content, password)
}

// readBounded reads a file of certificates or of a key, up to the size of the largest store.
func readBounded(path string) ([]byte, error) {
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

// readBundle reads a file of certificates that should hold no private key.
func readBundle(path string) (file.File, error) {
	const alone = "give the certificates alone, as PEM, DER or P7B"
	read, err := openCertificates(path, "")
	switch {
	case errors.Is(err, file.ErrSealedKey), err == nil && read.Format == file.PFX && len(read.Keys) > 0:
		return file.File{}, usage.New(alone, "%s is a PFX file, which holds a private key", path)
	case errors.Is(err, file.ErrPassword):
		return file.File{}, usage.New(alone+": openssl pkcs12 -in FILE -nokeys -out certificates.pem",
			"%s is a PFX file, and shows what it holds only to its password", path)
	case err != nil:
		return file.File{}, usage.New(adviceOn(err, "give a file with certificates: PEM, DER or P7B"),
			"%s: %s", path, err)
	default:
		return read, nil
	}
}

// readStore reads all certificates of a bundle or a trusted-root store. One that can't be
// read ends it: an answer from half a store would be wrong.
func readStore(path string) ([]*x509.Certificate, error) {
	read, err := readBundle(path)
	if err == nil && len(read.Problems) > 0 {
		err = notWhole(path, read.Problems)
	}
	if err != nil {
		return nil, err
	}
	return allOf(read), nil
}

func allOf(read file.File) []*x509.Certificate {
	var all []*x509.Certificate
	for _, certificate := range read.Certificates {
		all = append(all, certificate.X509)
	}
	return all
}

func notWhole(path string, problems []certs.Problem) error {
	return usage.New("give a file whose certificates can all be read", "%s: %s", path, problems[0])
}

// wholly refuses a file of which something is cut off or is no certificate. A whole certificate
// that breaks the rules for certificates is no mistake of whoever gives the file.
func wholly(path string, read file.File) error {
	if !certs.AllRefused(read.Problems) {
		return notWhole(path, read.Problems)
	}
	return nil
}

func textsOf(problems []certs.Problem) []string {
	var texts []string
	for _, problem := range problems {
		texts = append(texts, problem.String())
	}
	return texts
}

// trustedRoots are those of a file, or the system's. What else is in the file is left out.
func (a *app) trustedRoots(path string, memo *certs.Memo) (*certs.Anchors, error) {
	if path == "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			return nil, usage.New("name the roots that count with --trust FILE", "the system's trusted roots can't be read: %s", err)
		}
		return certs.SystemAnchors("the trusted roots of this machine", pool, memo), nil
	}
	read, err := readBundle(path)
	if err == nil {
		err = wholly(path, read)
	}
	if err != nil {
		return nil, err
	}
	for _, problem := range textsOf(read.Problems) {
		a.warn(foreign.Clean(fmt.Sprintf("--trust: %s: %s; it is left out", path, problem)))
	}
	roots := allOf(read)
	anchors, others := certs.NewAnchors("the roots of "+path, roots, memo)
	switch len(others) {
	case 0:
		return anchors, nil
	case len(roots):
		return nil, usage.New("name the file of the roots; a chain is read from the certificate's own file", "--trust: %s holds no root certificate", path)
	}
	a.say("%s: %d certificates that are no roots are left out", path, len(others))
	return anchors, nil
}

// certificateOf reads the certificate from a file or from a device.
func (a *app) certificateOf(argument string, flags certFlags) (check.Subject, certDocument, error) {
	roster, err := a.roster(flags.connection)
	if err != nil {
		return check.Subject{}, certDocument{}, err
	}
	if !roster.Lists(argument) && isCertificateFile(argument) {
		return a.certificateInFile(argument, flags)
	}
	targets, dialer, err := a.prepareFrom(roster, []string{argument}, flags.connection)
	if err != nil {
		return check.Subject{}, certDocument{}, err
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

// certificateInFile: a certificate that can't be read must not let the next one pass for it; it
// fails a check of its own.
func (a *app) certificateInFile(path string, flags certFlags) (check.Subject, certDocument, error) {
	password := a.getenv(pfxPassword)
	if flags.PasswordFile != "" {
		var err error
		if password, err = a.secrets(nil).File(flags.PasswordFile, "--password-file"); err != nil {
			return check.Subject{}, certDocument{}, err
		}
	}
	read, err := openCertificates(path, password)
	if err = unusable(path, err); err == nil {
		err = wholly(path, read)
	}
	if err != nil {
		return check.Subject{}, certDocument{}, err
	}
	subject := check.Subject{Format: read.FormatName(), Unread: textsOf(read.Problems)}
	found := certDocument{From: path, keys: publicHalves(read.Keys)}
	if read.Format == file.PFX && found.keys == nil { // the format is for both
		found.keys = []check.Key{}
	}
	if len(read.Certificates) == 0 {
		return subject, found, nil
	}
	leaf := read.Leaf()
	if leaves := read.Leaves(); leaves > 1 {
		a.warn(foreign.Clean(fmt.Sprintf("%s holds %d certificates that are no CA's; only the one of %s is checked", path, leaves, leaf.X509.Subject)))
	}
	subject.Leaf, subject.Others, subject.Order = leaf.X509, read.Others(leaf), read.Order()
	return subject, found, nil
}

// certificateOnDevice takes the context's trusted roots for the chain: from them the device
// makes what it sends.
func (a *app) certificateOnDevice(t access.Target, dialer *access.Dialer) (check.Subject, certDocument, error) {
	own := dialer.Access(t)
	if own.Failure != nil {
		return check.Subject{}, certDocument{}, a.failed(own.Failure)
	}
	ctx, cancel := a.reading()
	defer cancel()
	client := dialer.Reader(t)
	defer client.Close()
	a.say("reading %s", t.Name)
	files, err := remediate.ReadContext(ctx, client, own.Choice, a.now)
	switch {
	case errors.Is(err, remediate.ErrWhichContext):
		return check.Subject{}, certDocument{}, usage.New("name the TLS Context with --tls-context, by name or index", "%s: %s", t.Name, err)
	case err != nil:
		return check.Subject{}, certDocument{}, a.failed(remediate.Fail(err))
	}
	subject, err := subjectOn(files)
	if err != nil {
		return check.Subject{}, certDocument{}, a.failed(remediate.Fail(err))
	}
	return subject, certDocument{From: t.Name, Context: &files.ID}, nil
}

// subjectOn: a certificate that can't be read must not let the next one pass for it; it fails a
// check of its own.
func subjectOn(files remediate.ContextFiles) (check.Subject, error) {
	own := certs.ParseStore(files.Certificate)
	if !certs.AllRefused(own.Problems) || len(own.Certificates)+len(own.Problems) == 0 {
		return check.Subject{}, fmt.Errorf("%w: the certificate of TLS Context %d can't be read", audiocodes.ErrBadAnswer, files.ID)
	}
	subject := check.Subject{Unread: textsOf(own.Problems)}
	if len(own.Certificates) == 0 {
		return subject, nil
	}
	subject.Leaf = own.Certificates[0].X509
	for _, other := range slices.Concat(own.Certificates[1:], certs.ParseStore(files.Roots.PEM).Certificates) {
		subject.Others = append(subject.Others, other.X509)
	}
	return subject, nil
}

// failed says why a device could not be read; there is then no document.
func (a *app) failed(failure *remediate.Failure) error {
	fmt.Fprintf(a.stderr, "acfix: error: %s [%s]\nacfix: hint:  %s\n", foreign.Clean(failure.Message), failure.Code, foreign.Clean(failure.Hint))
	return exitCode(failureExit(failure))
}
