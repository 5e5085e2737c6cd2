package certs

import (
	"crypto"
	"crypto/ed25519"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// flaws explains each of the library's reasons in a sentence, from the certificate and the library's detail.
var flaws = map[x509.InvalidReason]string{
	x509.NotAuthorizedToSign: "%[1]q signed another certificate but is not a CA's (basic constraints)",
	x509.TooManyIntermediates: "%[1]q allows fewer CAs between itself and the certificate than there are " +
		"(path length)",
	x509.CANotAuthorizedForThisName: "a CA of the chain may not issue for one of the names (name constraints): %[2]s",
	x509.NoValidChains:              "the chain lacks the certificate policies that its CAs demand: %[2]s",
}

const (
	flawSigning = "%[1]q signed another certificate, which its key usage or its basic constraints don't allow"
	flawOther   = "the chain is not valid: %[2]v"
)

// Flaw says in a sentence which formal requirement a path violates: basic constraints, path
// lengths, key usage of CAs, name constraints or policies, as crypto/x509 judges them; "" if none.
// Signatures, validity, extended key usage and what crypto/x509 cannot judge are checked elsewhere.
// The names count in addition to the alternative names, such as a CN.
// docs/design/certs.md: We find paths and the library judges them
func (p Path) Flaw(names ...string) string {
	if len(p.Certificates) < 2 {
		return ""
	}
	stand := p.standIns(names)
	for i, parent := range stand[1:] {
		if err := stand[i].CheckSignatureFrom(parent); err != nil {
			return fmt.Sprintf(flawSigning, Name(p.Certificates[i+1]))
		}
	}
	last := len(stand) - 1
	options := x509.VerifyOptions{
		Roots: pool(stand[last:]), Intermediates: pool(stand[1:last]), CurrentTime: moment,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	}
	_, err := stand[0].Verify(options)
	var invalid x509.CertificateInvalidError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &invalid) && flaws[invalid.Reason] != "":
		return fmt.Sprintf(flaws[invalid.Reason], Name(invalid.Cert), invalid.Detail)
	default:
		return fmt.Sprintf(flawOther, "", err)
	}
}

// moment is a time at which all stand-ins are valid.
var moment = time.Unix(0, 0)

// standIns copies the path's certificates so that crypto/x509 can build only this one path, at no
// cost: each copy is named by its position, valid at one moment and signed with one key. All else
// is as in the certificates. The real signatures were verified when the path was found.
func (p Path) standIns(names []string) []*x509.Certificate {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	signed := []byte("stand-in")
	signature := ed25519.Sign(key, signed)
	var stand []*x509.Certificate
	for i, certificate := range p.Certificates {
		c := *certificate
		c.RawSubject, c.RawIssuer = []byte(strconv.Itoa(i)), []byte(strconv.Itoa(i+1))
		c.SubjectKeyId, c.AuthorityKeyId = nil, nil
		c.NotBefore, c.NotAfter = moment, moment
		c.UnhandledCriticalExtensions = nil
		c.PublicKeyAlgorithm, c.PublicKey = x509.Ed25519, crypto.PublicKey(key.Public())
		c.SignatureAlgorithm = x509.PureEd25519
		c.RawTBSCertificate, c.Signature = signed, signature
		stand = append(stand, &c)
	}
	if len(names) > 0 {
		leaf := stand[0]
		leaf.DNSNames = slices.Concat(leaf.DNSNames, names)
		leaf.Extensions = append(slices.Clip(leaf.Extensions), pkix.Extension{Id: oidAlternativeNames})
	}
	return stand
}

func pool(certificates []*x509.Certificate) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, certificate := range certificates {
		pool.AddCert(certificate)
	}
	return pool
}

// OutOfTime returns the first CA of a path that is not valid at the given time, or nil.
func (p Path) OutOfTime(now time.Time) *x509.Certificate {
	return p.firstCA(func(c *x509.Certificate) bool { return now.Before(c.NotBefore) || now.After(c.NotAfter) })
}

// Limits returns the first CA of a path that limits extended key usage to purposes other than this one, or nil.
func (p Path) Limits(usage x509.ExtKeyUsage) *x509.Certificate {
	return p.firstCA(func(c *x509.Certificate) bool {
		return len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) > 0 &&
			!slices.Contains(c.ExtKeyUsage, usage) && !slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny)
	})
}

func (p Path) firstCA(is func(*x509.Certificate) bool) *x509.Certificate {
	if i := slices.IndexFunc(p.Certificates[1:], is); i >= 0 {
		return p.Certificates[i+1]
	}
	return nil
}

// Unjudged returns the first certificate of a path whose signature cannot be verified, and the
// parent that should have signed it; nil if all signatures are good.
func (p Path) Unjudged(memo *Memo) (child, parent *x509.Certificate) {
	for i, parent := range p.Certificates[1:] {
		if child := p.Certificates[i]; memo.Signing(child, parent) != Signed {
			return child, parent
		}
	}
	return nil, nil
}

// Unhandled says in a sentence what in a path acfix cannot judge: critical extensions that crypto/x509 does not know,
// and name constraints on kinds of names that it ignores; "" if there is nothing of the kind.
func (p Path) Unhandled() string {
	for i, certificate := range p.Certificates {
		if i > 0 {
			if kind := unhandledConstraint(certificate); kind != "" {
				return fmt.Sprintf("%s constraints can't be judged, and %q has some", kind, Name(certificate))
			}
		}
		for _, id := range certificate.UnhandledCriticalExtensions {
			if !id.Equal(oidNameConstraints) {
				return fmt.Sprintf("the critical extension %s of %q can't be judged", id, Name(certificate))
			}
		}
	}
	return ""
}

var (
	oidAlternativeNames = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidNameConstraints  = asn1.ObjectIdentifier{2, 5, 29, 30}
)

// generalNames maps tags to the kinds of names (RFC 5280, 4.2.1.6) on which crypto/x509 does not enforce constraints.
var generalNames = map[int]string{
	0: "otherName", 3: "x400Address", 4: "directoryName", 5: "ediPartyName", 8: "registeredID",
}

// unhandledConstraint names the first constrained kind of name that crypto/x509 ignores, critical or not.
func unhandledConstraint(certificate *x509.Certificate) string {
	isNameConstraints := func(e pkix.Extension) bool { return e.Id.Equal(oidNameConstraints) }
	i := slices.IndexFunc(certificate.Extensions, isNameConstraints)
	if i < 0 {
		return ""
	}
	var constraints struct {
		Permitted []asn1.RawValue `asn1:"optional,tag:0"`
		Excluded  []asn1.RawValue `asn1:"optional,tag:1"`
	}
	if _, err := asn1.Unmarshal(certificate.Extensions[i].Value, &constraints); err != nil {
		return "unreadable name"
	}
	for _, tree := range slices.Concat(constraints.Permitted, constraints.Excluded) {
		var base asn1.RawValue
		if _, err := asn1.Unmarshal(tree.Bytes, &base); err != nil {
			return "unreadable name"
		}
		if kind := generalNames[base.Tag]; kind != "" {
			return kind
		}
	}
	return ""
}

// Name returns what people call a certificate: its CN, or its whole subject if it has none.
func Name(certificate *x509.Certificate) string {
	if certificate.Subject.CommonName != "" {
		return certificate.Subject.CommonName
	}
	return certificate.Subject.String()
}
