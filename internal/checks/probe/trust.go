package probe

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/weakrsa"
)

// TrustStore has the roots to verify a chain against.
type TrustStore struct {
	Words string // for people: "the required roots"

	anchors       *certs.Anchors
	intermediates []*x509.Certificate
	memo          *certs.Memo
}

// RequiredRoots trusts only the roots that Microsoft requires and those in more, such as a lab's own CA.
func RequiredRoots(more ...*x509.Certificate) TrustStore {
	words := "the required roots"
	if len(more) > 0 {
		words += fmt.Sprintf(" and %d more of your own", len(more))
	}
	trust := JustThese(nil, words)
	for _, root := range certs.Required() {
		trust.anchors.Add(root.Certificate())
	}
	for _, certificate := range more {
		trust.anchors.Add(certificate)
	}
	return trust
}

// JustThese trusts what a device with that store would trust. To an SBC (OpenSSL without partial chains), a certificate
// that is not signed by its own key is not an anchor: a cross-signed twin in the store helps to build a chain but can't
// end one.
func JustThese(store []*x509.Certificate, words string) TrustStore {
	trust := TrustStore{Words: words, memo: certs.NewMemo()}
	trust.anchors, trust.intermediates = certs.NewAnchors(words, store, trust.memo)
	return trust
}

// anchor verifies a presented chain at the given time and returns the root that it ends in. It does not check the name.
func (t TrustStore) anchor(presented []*x509.Certificate, now time.Time) (*x509.Certificate, error) {
	if len(presented) == 0 {
		return nil, errors.New("the server presented no certificate")
	}
	found := certs.Search{
		Leaf: presented[0], Others: slices.Concat(presented[1:], t.intermediates), Anchors: t.anchors, Memo: t.memo,
	}.Run()
	var first error
	for _, path := range found.Paths {
		if path.End != certs.Anchored {
			continue
		}
		err := t.holds(path, now)
		if err == nil {
			return path.Top(), nil
		}
		first = cmp.Or(first, err)
	}
	if first != nil {
		return nil, fmt.Errorf("the chain is not valid: %w", first)
	}
	return nil, t.explain(found.Paths[0])
}

// holds returns why a path to a trusted root is not valid for a server.
func (t TrustStore) holds(path certs.Path, now time.Time) error {
	leaf := path.Certificates[0]
	limits := len(leaf.ExtKeyUsage)+len(leaf.UnknownExtKeyUsage) > 0
	forServers := slices.ContainsFunc(leaf.ExtKeyUsage, func(usage x509.ExtKeyUsage) bool {
		return usage == x509.ExtKeyUsageServerAuth || usage == x509.ExtKeyUsageAny
	})
	weak := weakrsa.Chains(leaf, [][]*x509.Certificate{path.Certificates})
	child, parent := path.Unjudged(t.memo)
	flaw, unhandled := path.Flaw(), path.Unhandled()
	switch expired, limiting := path.OutOfTime(now), path.Limits(x509.ExtKeyUsageServerAuth); {
	case now.Before(leaf.NotBefore), now.After(leaf.NotAfter):
		return outOfTime(leaf, now)
	case expired != nil:
		return outOfTime(expired, now)
	case weak != nil:
		return weak
	case flaw != "":
		return errors.New(flaw)
	case limits && !forServers:
		return errors.New("incompatible key usage: the server's certificate is not for servers")
	case limiting != nil:
		return fmt.Errorf("incompatible key usage: the CA %q does not issue for servers", nameOf(limiting))
	case child != nil:
		return fmt.Errorf("acfix can't check whether the key of %q (%s) signed %q (%s)",
			nameOf(parent), certs.KeyOf(parent), nameOf(child), certs.SignatureName(child))
	case unhandled != "":
		return errors.New(unhandled)
	default:
		return nil
	}
}

func outOfTime(certificate *x509.Certificate, now time.Time) error {
	if now.Before(certificate.NotBefore) {
		return fmt.Errorf("%q is not valid before %s",
			nameOf(certificate), certificate.NotBefore.UTC().Format(time.RFC3339))
	}
	return fmt.Errorf("%q expired on %s", nameOf(certificate), certificate.NotAfter.UTC().Format(time.RFC3339))
}

// explain returns, for a path that does not end in a trusted root, an error that an operator can act on.
func (t TrustStore) explain(path certs.Path) error {
	top := path.Top()
	switch {
	case path.End == certs.AtRoot:
		return fmt.Errorf("the chain ends in %q (SHA-256 %s), which is not among %s",
			nameOf(top), certs.Fingerprint(top.Raw), t.Words)
	case path.End == certs.Cut:
		return fmt.Errorf("the chain is longer than %d certificates", certs.MaxPath)
	case path.Namesake != certs.NoNamesake:
		return fmt.Errorf("the chain needs %q, and the key of the certificate with that name did not sign it",
			nameOfIssuer(top))
	default:
		return fmt.Errorf("the chain needs the root %q, and none of %s signed it", nameOfIssuer(top), t.Words)
	}
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

// The limits on a foreign text in the document, in characters. A refusal's headers, in which Teams explains itself at
// length, may have more.
const (
	most         = 256
	mostOfHeader = 1024
)

// bounded keeps a foreign text short and clean.
func bounded(text string) string { return foreign.Bounded(text, most) }
