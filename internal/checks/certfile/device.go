package certfile

import (
	"fmt"
	"slices"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/certs/check"
	"github.com/acfix/acfix/remediate"
)

// OnDevice returns the subject of a check of a TLS Context: its certificate, and its trusted roots for the chain.
// If its certificate can't be parsed, the next one must not take its place: the check reports the unreadable one.
func OnDevice(files remediate.ContextFiles) (check.Subject, error) {
	own := certs.ParseStore(files.Certificate)
	if !certs.AllRefused(own.Problems) || len(own.Certificates)+len(own.Problems) == 0 {
		return check.Subject{}, fmt.Errorf("%w: the certificate of TLS Context %d can't be read",
			audiocodes.ErrBadAnswer, files.ID)
	}
	subject := check.Subject{Unread: Texts(own.Problems)}
	if len(own.Certificates) == 0 {
		return subject, nil
	}
	subject.Leaf = own.Certificates[0].X509
	for _, other := range slices.Concat(own.Certificates[1:], certs.ParseStore(files.Roots.PEM).Certificates) {
		subject.Others = append(subject.Others, other.X509)
	}
	return subject, nil
}
