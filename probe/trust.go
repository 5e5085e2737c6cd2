package probe

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/weakrsa"
)

// Trust is what a chain is held against.
type Trust struct {
	Words string // for people: "the seven required roots"

	roots, intermediates *x509.CertPool
}

// TheSeven trusts the roots that Microsoft requires, those in more (a lab's own CA), and
// nothing else.
func TheSeven(more ...*x509.Certificate) Trust {
	trust := Trust{Words: "the seven required roots", roots: x509.NewCertPool(), intermediates: x509.NewCertPool()}
	for _, root := range certs.Required() {
		trust.roots.AddCert(root.Certificate())
	}
	if len(more) > 0 {
		trust.Words += fmt.Sprintf(" and %d more of your own", len(more))
	}
	for _, certificate := range more {
		trust.roots.AddCert(certificate)
	}
	return trust
}

// JustThese trusts what a device with that store would trust. A certificate that is not signed
// by its own key is no anchor for an SBC (OpenSSL without partial chains): a cross-signed twin
// in the store helps to build a chain and can't end one.
func JustThese(store []*x509.Certificate, words string) Trust {
	trust := Trust{Words: words, roots: x509.NewCertPool(), intermediates: x509.NewCertPool()}
	for _, certificate := range store {
		if selfSigned(certificate) {
			trust.roots.AddCert(certificate)
		} else {
			trust.intermediates.AddCert(certificate)
		}
	}
	return trust
}

func selfSigned(certificate *x509.Certificate) bool {
	return bytes.Equal(certificate.RawIssuer, certificate.RawSubject) &&
		certificate.CheckSignature(certificate.SignatureAlgorithm, certificate.RawTBSCertificate, certificate.Signature) == nil
}

// anchor verifies a presented chain at that time and returns the root it ends in. The name is
// not looked at.
func (t Trust) anchor(presented []*x509.Certificate, now time.Time) (*x509.Certificate, error) {
	if len(presented) == 0 {
		return nil, errors.New("the server presented no certificate")
	}
	intermediates := t.intermediates.Clone()
	for _, certificate := range presented[1:] {
		intermediates.AddCert(certificate)
	}
	chains, err := presented[0].Verify(x509.VerifyOptions{
		Roots: t.roots, Intermediates: intermediates, CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	if err == nil {
		err = weakrsa.Chains(presented[0], chains)
	}
	if err != nil {
		return nil, t.explain(presented, err)
	}
	return chains[0][len(chains[0])-1], nil
}

// explain puts what an operator can act on before what the library says.
func (t Trust) explain(presented []*x509.Certificate, err error) error {
	var unknown x509.UnknownAuthorityError
	if !errors.As(err, &unknown) {
		return fmt.Errorf("the chain doesn't hold: %w", err)
	}
	top := presented[len(presented)-1]
	if selfSigned(top) {
		return fmt.Errorf("the chain ends in %q (SHA-256 %s), which is not among %s", nameOf(top), certs.Fingerprint(top.Raw), t.Words)
	}
	return fmt.Errorf("the chain asks for a root %q, and none of %s has signed it", nameOfIssuer(top), t.Words)
}

func nameOf(certificate *x509.Certificate) string {
	if name := certificate.Subject.CommonName; name != "" {
		return bounded(name)
	}
	return bounded(certificate.Subject.String())
}

func nameOfIssuer(certificate *x509.Certificate) string {
	if name := certificate.Issuer.CommonName; name != "" {
		return bounded(name)
	}
	return bounded(certificate.Issuer.String())
}

// most is how much of a foreign text goes into the document, in bytes; a header of a refusal,
// in which Teams explains itself at length, has more.
const (
	most         = 256
	mostOfHeader = 1024
)

// bounded keeps a foreign text short and clean.
func bounded(text string) string { return shortened(text, most) }

func shortened(text string, length int) string {
	if len(text) > length {
		text = text[:length] + "…"
	}
	return clean(strings.ToValidUTF8(text, "\uFFFD"))
}

// clean replaces control characters, and the invisible ones that change the direction of text, by
// a visible mark: documents are shown on terminals too.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == '\u2028', r == '\u2029':
			return '\uFFFD'
		default:
			return r
		}
	}, text)
}
