package check

import (
	"crypto"
	"crypto/x509"
	"slices"

	"github.com/acfix/acfix/certs"
)

// Key is the public half of a private key that should be the certificate's.
type Key struct {
	Public  crypto.PublicKey // nil if the key could not be read
	Problem string           // why it could not be read
}

const sourceKey = "RFC 5246 (August 2008), 7.4.3 and 7.4.8: the sender of a certificate signs with its private key"

// keyRule is part of every profile, but applies only if the caller looked for a key.
var keyRule = rule{"key_matches", Failure, "The private key belongs to the certificate.", sourceKey, keyMatches}

// rulesFor returns the profile's rules, and keyRule if the caller looked for a key.
func (p Profile) rulesFor(o Circumstances) []rule {
	if o.Keys == nil {
		return p.rules
	}
	return append(slices.Clip(p.rules), keyRule)
}

func keyMatches(s Subject, o Circumstances) finding {
	if len(o.Keys) == 0 {
		return broken("the file holds no private key")
	}
	if slices.ContainsFunc(o.Keys, func(k Key) bool { return k.belongs(s.Leaf) }) {
		return passed("the private key belongs to the certificate")
	}
	if i := slices.IndexFunc(o.Keys, func(k Key) bool { return k.Problem != "" }); i >= 0 {
		return untold("the private key can't be compared: %s", o.Keys[i].Problem)
	}
	if s.Leaf.PublicKey == nil {
		return untold("the certificate's key is of a kind that can't be compared")
	}
	for _, other := range s.Others {
		if slices.ContainsFunc(o.Keys, func(k Key) bool { return k.belongs(other) }) {
			return broken("the private key belongs to %q, not to this certificate", other.Subject)
		}
	}
	return broken("the private key does not belong to the certificate, whose key is %s", certs.KeyOf(s.Leaf))
}

func (k Key) belongs(to *x509.Certificate) bool {
	public, ok := k.Public.(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(to.PublicKey)
}

// IsFor reports whether the CN or SANs name a host, literally or by a one-label wildcard, as for Teams.
func IsFor(certificate *x509.Certificate, host string) bool {
	return commonOrAlternative(Subject{Leaf: certificate}, Circumstances{Name: host}).result == Pass
}
