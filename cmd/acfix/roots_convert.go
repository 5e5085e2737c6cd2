package main

import (
	"encoding/pem"
	"fmt"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/certs/file"
	"github.com/acfix/acfix/internal/checks/certfile"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/spf13/cobra"
)

func (a *app) rootsConvertCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "convert FILE",
		Short: "Convert certificates (PEM, DER, CRT, P7B) to clean PEM with LF on stdout",
		Long: `convert writes each certificate of a file as PEM with LF line ends and nothing around it,
the form that the device's import takes, and says on stderr what each one is and whether it
is one of the required roots. A certificate that is in the file twice is written once. The exit code
is 1 when something in the file could not be read.

It also reads Base64 without armour, UTF-16, and certificates under other labels. Keys and
requests beside them are left out; a file that is something else is named for what it is.`,
		Args: oneFile,
		RunE: func(_ *cobra.Command, arguments []string) error {
			read, err := certfile.Bundle(arguments[0])
			if err != nil {
				return err
			}
			return a.convert(read)
		},
	}
}

func (a *app) convert(read file.File) error {
	written := map[string]bool{}
	for number, certificate := range read.Certificates {
		if written[certificate.SHA256] {
			a.say("%d: the same certificate again, left out", number+1)
			continue
		}
		written[certificate.SHA256] = true
		a.say("%d: %s", number+1, whatItIs(certificate))
		if err := pem.Encode(a.stdout, &pem.Block{Type: "CERTIFICATE", Bytes: certificate.X509.Raw}); err != nil {
			return fmt.Errorf("write the certificates: %w", err)
		}
	}
	if len(read.Keys) > 0 {
		a.say("%d private keys in the file, left out", len(read.Keys))
	}
	for _, what := range read.PassedOver {
		a.say("%s in the file, left out", what)
	}
	for _, problem := range read.Problems {
		a.warn(foreign.Clean(fmt.Sprintf("could not be read: %s", problem)))
	}
	if len(read.Problems) > 0 {
		return exitCode(exitFailed)
	}
	return nil
}

// whatItIs says whether a certificate is a required root, a twin or namesake of one, or something else.
func whatItIs(certificate certs.Certificate) string {
	text := fmt.Sprintf("%q, valid to %s, SHA-256 %s: ", certificate.X509.Subject.String(),
		certificate.X509.NotAfter.UTC().Format(time.DateOnly), certificate.SHA256)
	if _, ok := certs.Find(certificate.SHA256); ok {
		return text + "one of the required roots"
	}
	single := certs.Store{Certificates: []certs.Certificate{certificate}}
	for _, root := range certs.Required() {
		switch match := single.Find(root, time.Time{}); {
		case len(match.Twins) > 0:
			return text + "NOT one of the required roots: a cross-signed twin of " + root.Name
		case len(match.Namesakes) > 0:
			return text + "NOT one of the required roots: only the name is that of " + root.Name
		}
	}
	return text + "not one of the required roots"
}
