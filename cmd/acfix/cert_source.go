package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/acfix/acfix/certs/check"
	"github.com/acfix/acfix/certs/file"
	"github.com/acfix/acfix/internal/checks/certfile"
	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/output/report"
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
		return usage.New(file.Advice(err, "give a file with certificates: PEM, DER, P7B or PFX"), "%s: %s", path, err)
	}
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
	read, err := certfile.Open(path, password)
	if err = unusable(path, err); err == nil {
		err = certfile.Whole(path, read)
	}
	if err != nil {
		return check.Subject{}, certDocument{}, err
	}
	subject := check.Subject{Format: read.FormatName(), Unread: certfile.Texts(read.Problems)}
	found := certDocument{From: path, keys: publicHalves(read.Keys)}
	if read.Format == file.PFX && found.keys == nil { // the format is for both
		found.keys = []check.Key{}
	}
	if len(read.Certificates) == 0 {
		return subject, found, nil
	}
	leaf := read.Leaf()
	if leaves := read.Leaves(); leaves > 1 {
		a.warn(report.Clean(fmt.Sprintf("%s holds %d certificates that are no CA's; only the one of %s is checked", path, leaves, leaf.X509.Subject)))
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
	subject, err := certfile.OnDevice(files)
	if err != nil {
		return check.Subject{}, certDocument{}, a.failed(remediate.Fail(err))
	}
	return subject, certDocument{From: t.Name, Context: &files.ID}, nil
}

// failed says why a device could not be read; there is then no document.
func (a *app) failed(failure *remediate.Failure) error {
	fmt.Fprintf(a.stderr, "acfix: error: %s [%s]\nacfix: hint:  %s\n", report.Clean(failure.Message), failure.Code, report.Clean(failure.Hint))
	return exitCode(failureExit(failure))
}
