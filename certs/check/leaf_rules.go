package check

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/acfix/acfix/certs"
)

// limited is the message about a CA that limits the extended key usage of the certificates below it.
const limited = "%[1]s is not among the extended key usages that the CA %[2]q limits its certificates to"

// usage requires an extended key usage of the certificate and of every CA above it that limits it.
func usage(wanted x509.ExtKeyUsage, name string) func(Subject, Circumstances) finding {
	return func(s Subject, _ Circumstances) finding {
		switch {
		case len(s.Leaf.ExtKeyUsage)+len(s.Leaf.UnknownExtKeyUsage) == 0:
			return broken("the certificate names no extended key usage, so not %s either", name)
		case !slices.Contains(s.Leaf.ExtKeyUsage, wanted):
			return broken("the certificate does not allow %s", name)
		}
		if ca := s.chain.Limits(wanted); ca != nil {
			return broken("the certificate allows it, but "+limited, name, certs.Name(ca))
		}
		return passed("the certificate allows %s, and so does its chain", name)
	}
}

// signingUsage requires digitalSignature: with ECDHE cipher suites the key signs the handshake.
func signingUsage(s Subject, _ Circumstances) finding {
	limits := slices.ContainsFunc(s.Leaf.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(oidKeyUsage) })
	switch {
	case !limits:
		return passed("the certificate does not limit what its key is used for")
	case s.Leaf.KeyUsage&x509.KeyUsageDigitalSignature != 0:
		return passed("the key usage has digitalSignature")
	default:
		return broken("the key usage lacks digitalSignature: with ECDHE cipher suites the key signs each handshake, " +
			"and software that checks the key usage refuses the certificate")
	}
}

var oidKeyUsage = asn1.ObjectIdentifier{2, 5, 29, 15}

// publicKeyStrength requires RSA with at least 2048 bits, or one of the three curves of the program.
func publicKeyStrength(s Subject, _ Circumstances) finding {
	key := certs.KeyOf(s.Leaf)
	switch {
	case key.Kind == "RSA" && key.Bits >= 2048, key.Kind == "EC" && slices.Contains(programCurves, key.Curve):
		return passed("the key is %s", key)
	case isUntold(key):
		return untold("the key is %s, and acfix can't judge its strength", key)
	default:
		return broken("the key is %s", key)
	}
}

var programCurves = []string{"P-256", "P-384", "P-521"}

// isUntold reports whether a key's strength is unknown: unrecognised, or RSASSA-PSS only, which few libraries accept.
func isUntold(key certs.Key) bool {
	switch key.Kind {
	case "RSASSA-PSS":
		return key.Bits >= 2048
	case "RSA":
		return key.Bits == 0
	case "EC":
		return key.Curve == "" || strings.HasPrefix(key.Curve, "algorithm ")
	default:
		return strings.HasPrefix(key.Kind, "algorithm ") || strings.HasPrefix(key.Kind, "of an unreadable kind")
	}
}

func rsaKey(s Subject, _ Circumstances) finding {
	switch key := certs.KeyOf(s.Leaf); {
	case key.Kind == "RSA":
		return passed("the key is %s", key)
	case key.Kind == "RSASSA-PSS":
		return untold("the key is %s: acfix can't tell whether the other side accepts a key for RSASSA-PSS only", key)
	default:
		return broken("the key is %s, not RSA", key)
	}
}

// rsaForSuites is rsaKey, and says what any other key means for Teams.
func rsaForSuites(s Subject, o Circumstances) finding {
	found := rsaKey(s, o)
	if found.result == Fail {
		found.message += ": Teams' four cipher suites are ECDHE-RSA, so where the SBC is the TLS server " +
			"no handshake with a client that offers just these completes"
	}
	return found
}

// rsaOfLength is for rules that count the bits of RSA keys and cover no other keys.
func rsaOfLength(bits int) func(Subject, Circumstances) finding {
	return func(s Subject, _ Circumstances) finding {
		switch key := certs.KeyOf(s.Leaf); {
		case key.Kind != "RSA" || key.Bits == 0:
			return untold("the key is %s, and the rule speaks of RSA keys", key)
		case key.Bits < bits:
			return broken("the key is %s, less than %d", key, bits)
		default:
			return passed("the key is %s", key)
		}
	}
}

const day = 24 * time.Hour

func valid(s Subject, o Circumstances) finding {
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

// validForLong names the chain's first certificate to expire. If a CA has expired, the trust rule reports it.
func validForLong(s Subject, o Circumstances) finding {
	first, word := s.Leaf, "the certificate"
	rest := ""
	for _, ca := range s.chain.cas() {
		if ca.NotAfter.Before(first.NotAfter) && (o.Trust == nil || !o.Now.After(ca.NotAfter)) {
			first, word = ca, fmt.Sprintf("%s %q", placeOf(ca, s), certs.Name(ca))
			rest = ", and the chain with it"
		}
	}
	left := first.NotAfter.Sub(o.Now)
	days := int(math.Floor(float64(left) / float64(day)))
	switch {
	case left < 0:
		return broken("%s has expired", word)
	case left < o.WarnWithin:
		return broken("%s expires on %s, in %d days%s", word, first.NotAfter.UTC().Format(time.DateOnly), days, rest)
	default:
		return passed("%s is valid for another %d days%s", word, days, rest)
	}
}

// sound reports whether a certificate's signature algorithm is still secure.
func sound(certificate *x509.Certificate) bool {
	switch certificate.SignatureAlgorithm {
	case x509.SHA256WithRSA, x509.SHA384WithRSA, x509.SHA512WithRSA,
		x509.SHA256WithRSAPSS, x509.SHA384WithRSAPSS, x509.SHA512WithRSAPSS,
		x509.ECDSAWithSHA256, x509.ECDSAWithSHA384, x509.ECDSAWithSHA512:
		return true
	case x509.UnknownSignatureAlgorithm: // crypto/x509 accepts RSASSA-PSS only with the usual parameters
		name, ok := strings.CutPrefix(certs.SignatureName(certificate), "RSASSA-PSS with ")
		return ok && slices.Contains([]string{"SHA-256", "SHA-384", "SHA-512"}, name)
	default:
		return false
	}
}

// signatures judges the certificate and the CAs below the root; the root itself is trusted as it is.
func signatures(s Subject, _ Circumstances) finding {
	if weak, why := weakest(s); weak != nil {
		return broken("%q is signed with %s", certs.Name(weak), why)
	}
	return passed("the certificate is signed with %s", certs.SignatureName(s.Leaf))
}

func notSelfSigned(s Subject, _ Circumstances) finding {
	if s.Memo.IsRoot(s.Leaf) {
		return broken("the certificate is signed by itself")
	}
	return passed("the certificate was issued by %q", issuerOf(s.Leaf))
}

func inFormat(format, advice string) func(Subject, Circumstances) finding {
	return func(s Subject, _ Circumstances) finding {
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
