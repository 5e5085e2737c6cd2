package certcheck

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"math"
	"slices"
	"time"
)

func usage(wanted x509.ExtKeyUsage, name string) func(Subject, Options) finding {
	return func(s Subject, _ Options) finding {
		switch {
		case slices.Contains(s.Leaf.ExtKeyUsage, wanted):
			return passed("the certificate allows %s", name)
		case len(s.Leaf.ExtKeyUsage)+len(s.Leaf.UnknownExtKeyUsage) == 0:
			return broken("the certificate names no extended key usage, so not %s either", name)
		default:
			return broken("the certificate does not allow %s", name)
		}
	}
}

// rsaBits is the length of an RSA key; 0 for another kind.
func rsaBits(certificate *x509.Certificate) int {
	key, ok := certificate.PublicKey.(*rsa.PublicKey)
	if !ok {
		return 0
	}
	return key.N.BitLen()
}

// keyOf names a key for people.
func keyOf(certificate *x509.Certificate) string {
	switch key := certificate.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA with %d bits", key.N.BitLen())
	case *ecdsa.PublicKey:
		return "EC on " + key.Curve.Params().Name
	case ed25519.PublicKey:
		return "Ed25519"
	default:
		return "of an unknown kind"
	}
}

// publicKeyStrength: RSA from 2048 bits on, or one of the three curves of the program.
func publicKeyStrength(s Subject, _ Options) finding {
	curve := ""
	if key, ok := s.Leaf.PublicKey.(*ecdsa.PublicKey); ok {
		curve = key.Curve.Params().Name
	}
	if rsaBits(s.Leaf) >= 2048 || slices.Contains([]string{"P-256", "P-384", "P-521"}, curve) {
		return passed("the key is %s", keyOf(s.Leaf))
	}
	return broken("the key is %s", keyOf(s.Leaf))
}

func rsaKey(s Subject, _ Options) finding {
	if rsaBits(s.Leaf) == 0 {
		return broken("the key is %s, not RSA", keyOf(s.Leaf))
	}
	return passed("the key is %s", keyOf(s.Leaf))
}

// rsaOfLength is for rules that count the bits of RSA keys and know no others.
func rsaOfLength(bits int) func(Subject, Options) finding {
	return func(s Subject, _ Options) finding {
		switch length := rsaBits(s.Leaf); {
		case length == 0:
			return untold("the key is %s, and the rule speaks of RSA keys", keyOf(s.Leaf))
		case length < bits:
			return broken("the key is RSA with %d bits, less than %d", length, bits)
		default:
			return passed("the key is RSA with %d bits", length)
		}
	}
}

const day = 24 * time.Hour

func valid(s Subject, o Options) finding {
	from, to := s.Leaf.NotBefore.UTC(), s.Leaf.NotAfter.UTC()
	switch {
	case o.Now.Before(from):
		return broken("the certificate is not valid before %s", from.Format(time.RFC3339))
	case o.Now.After(to):
		return broken("the certificate expired on %s", to.Format(time.RFC3339))
	default:
		return passed("the certificate is valid until %s", to.Format(time.RFC3339))
	}
}

func validForLong(s Subject, o Options) finding {
	left := s.Leaf.NotAfter.Sub(o.Now)
	days := int(math.Floor(float64(left) / float64(day)))
	switch {
	case left < 0:
		return broken("the certificate has expired")
	case left < o.WarnWithin:
		return broken("the certificate expires on %s, in %d days", s.Leaf.NotAfter.UTC().Format(time.DateOnly), days)
	default:
		return passed("the certificate is valid for another %d days", days)
	}
}

// sound tells whether a signature can still be relied on.
func sound(algorithm x509.SignatureAlgorithm) bool {
	switch algorithm {
	case x509.SHA256WithRSA, x509.SHA384WithRSA, x509.SHA512WithRSA,
		x509.SHA256WithRSAPSS, x509.SHA384WithRSAPSS, x509.SHA512WithRSAPSS,
		x509.ECDSAWithSHA256, x509.ECDSAWithSHA384, x509.ECDSAWithSHA512:
		return true
	default:
		return false
	}
}

// signatures looks at the certificate and those between it and the root; a root is trusted
// for itself.
func signatures(s Subject, _ Options) finding {
	for _, certificate := range path(s) {
		if !sound(certificate.SignatureAlgorithm) && !(isRoot(certificate) && certificate != s.Leaf) {
			return broken("%q is signed with %s", certificate.Subject.CommonName, certificate.SignatureAlgorithm)
		}
	}
	return passed("the certificate is signed with %s", s.Leaf.SignatureAlgorithm)
}

func notSelfSigned(s Subject, _ Options) finding {
	if isRoot(s.Leaf) {
		return broken("the certificate is signed by itself")
	}
	return passed("the certificate was issued by %q", s.Leaf.Issuer.CommonName)
}

func inFormat(format, advice string) func(Subject, Options) finding {
	return func(s Subject, _ Options) finding {
		switch s.Format {
		case format:
			return passed("the file is %s", format)
		case "":
			return untold("the certificate did not come from a file")
		default:
			return broken("the file is %s; %s", s.Format, advice)
		}
	}
}
