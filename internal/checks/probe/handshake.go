package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/certs/check"
)

// mostCertificates limits how much of a presented chain gets into the document.
const mostCertificates = 16

// The versions that an SBC may speak to Teams.
const (
	lowestVersion  = tls.VersionTLS12
	highestVersion = tls.VersionTLS13
)

func noTLS() TLS { return TLS{Versions: []string{}, Chain: []ChainCertificate{}} }

// shake is one handshake and what its callbacks recorded.
type shake struct {
	*tls.Conn
	asked  bool     // the server asked for a client certificate
	chain  [][]byte // presented by the server, even if the handshake failed later
	listed bool     // the server named a CA of the client certificate's chain, or named no CA
}

// handshake completes TLS and then judges the server. It distinguishes an error that the far end reports about the
// client certificate from one about the server's.
func (o Prober) handshake(
	ctx context.Context, endpoint Endpoint, connection net.Conn, seen *TLS, found *[]Remark,
) (*shake, *ProbeFailure) {
	s, err := o.shake(ctx, endpoint, connection, lowestVersion, highestVersion)
	if s.asked || err == nil { // otherwise the handshake ended too early to know
		seen.Mutual = &s.asked
		o.lookAtRequest(s, seen, found)
	}
	if err != nil {
		return nil, o.notShaken(ctx, s, err)
	}
	state := s.ConnectionState()
	seen.Version, seen.Cipher = tls.VersionName(state.Version), tls.CipherSuiteName(state.CipherSuite)
	seen.Versions = append(seen.Versions, seen.Version)
	for _, certificate := range state.PeerCertificates[:min(len(state.PeerCertificates), mostCertificates)] {
		seen.Chain = append(seen.Chain, certificateOf(certificate))
	}
	return s, o.judge(endpoint, state.PeerCertificates, seen, found)
}

func (o Prober) shake(
	ctx context.Context, endpoint Endpoint, connection net.Conn, lowest, highest uint16,
) (*shake, error) {
	s := &shake{}
	s.Conn = tls.Client(connection, &tls.Config{
		ServerName: o.serverName(endpoint), MinVersion: lowest, MaxVersion: highest, Time: o.Now,
		// This does not skip verification: judge verifies afterwards, so that the probe learns what an untrusted
		// server presents and asks for, too.
		InsecureSkipVerify: true,
		VerifyPeerCertificate: func(chain [][]byte, _ [][]*x509.Certificate) error {
			s.chain = chain
			return nil
		},
		// With Certificates set instead, crypto/tls silently sends none when the server's list of
		// CAs doesn't name its issuer.
		GetClientCertificate: func(request *tls.CertificateRequestInfo) (*tls.Certificate, error) {
			s.asked = true
			if o.Certificate == nil {
				return &tls.Certificate{}, nil
			}
			s.listed = listed(o.Certificate, request.AcceptableCAs)
			return o.Certificate, nil
		},
	})
	limited, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	return s, s.HandshakeContext(limited)
}

func (o Prober) serverName(endpoint Endpoint) string {
	if o.ServerName != "" {
		return o.ServerName
	}
	return endpoint.Host
}

func (o Prober) notShaken(ctx context.Context, s *shake, err error) *ProbeFailure {
	said := alert(err)
	switch {
	case ctx.Err() != nil:
		return interrupted()
	case isTimeout(err):
		return failure(CodeTimeout, "connected, but no TLS handshake within %s", o.Timeout)
	case said != "" && s.asked:
		return o.refusedUs(said)
	case said != "":
		return failure(CodeTLSFailed, "the far end aborted the TLS handshake: %s", said)
	case closed(err) && s.asked:
		return o.refusedUs("")
	case closed(err):
		return failure(CodeClosed, "the far end closed the connection during the TLS handshake")
	default:
		return failure(CodeTLSFailed, "no TLS handshake: %s", bounded(cause(err)))
	}
}

// refusedUs is for a server that asked for a client certificate and then ended the connection, with or without the
// words of an alert.
func (o Prober) refusedUs(said string) *ProbeFailure {
	words, certain := said, slices.Contains(certificateAlerts, said)
	if said == "" {
		words = "it silently closed the connection"
	}
	switch {
	case o.Certificate == nil:
		return failure(CodeCertMissing, "the far end asks for a client certificate, and none was given (%s)", words)
	case certain:
		return failure(CodeCertRejected, "the far end refuses the client certificate: %s", words)
	default:
		return failure(CodeCertRejected, "the far end asked for a client certificate and ended the connection "+
			"once it had it (%s): it probably refuses it", words)
	}
}

func (o Prober) lookAtRequest(s *shake, seen *TLS, found *[]Remark) {
	if o.Certificate == nil {
		return
	}
	if !s.asked {
		note(found, finding(NotAsked, "the far end did not ask for the client certificate"))
		return
	}
	if leaf, err := x509.ParseCertificate(o.Certificate.Certificate[0]); err == nil {
		seen.Offered = bounded(leaf.Subject.String())
		if !check.IsFor(leaf, o.FQDN) {
			note(found, finding(FQDNNotCovered,
				"the client certificate does not name %s; it is for %s", o.FQDN, namesOf(leaf)))
		}
	}
	if !s.listed {
		note(found, finding(IssuerNotAsked,
			"the far end's list of CAs does not name the issuer of the client certificate"))
	}
}

// listed reports whether one of the chain's issuers is among the CAs that the server named; an
// empty list names all (RFC 5246, 7.4.4).
func listed(offered *tls.Certificate, named [][]byte) bool {
	return len(named) == 0 || slices.ContainsFunc(offered.Certificate, func(der []byte) bool {
		certificate, err := x509.ParseCertificate(der)
		isIssuer := func(name []byte) bool { return certs.SameName(name, certificate.RawIssuer) }
		return err == nil && slices.ContainsFunc(named, isIssuer)
	})
}

// judge verifies the presented chain against the trusted roots, and the certificate against the server's name.
// docs/design/checks.md: A probe judges after the handshake
func (o Prober) judge(endpoint Endpoint, presented []*x509.Certificate, seen *TLS, found *[]Remark) *ProbeFailure {
	root, err := o.Trust.anchor(presented, o.Now())
	if err != nil {
		return failure(CodeUntrusted, "%s", bounded(err.Error()))
	}
	seen.Root, seen.RootSHA256 = nameOf(root), certs.Fingerprint(root.Raw)
	if _, seen.RootRequired = certs.Find(seen.RootSHA256); !seen.RootRequired {
		note(found, finding(RootNotRequired, "the chain ends in %q, which is not one of the required roots", seen.Root))
	}
	name := o.serverName(endpoint)
	if !names(presented[0], name) {
		if _, parse := netip.ParseAddr(name); parse != nil {
			return failure(CodeWrongName, "the certificate is not for %s but for %s", name, namesOf(presented[0]))
		}
		note(found, finding(NameNotCovered,
			"the certificate does not name the address %s; it is for %s", name, namesOf(presented[0])))
	}
	seen.OK = true
	return nil
}

// names reports whether a server's certificate is for a host. Without a DNS name among the SANs the CN counts, as for
// an SBC (RFC 6125, 6.4.4) but not for crypto/x509.
func names(certificate *x509.Certificate, host string) bool {
	if _, err := netip.ParseAddr(host); err != nil && len(certificate.DNSNames) == 0 {
		return check.IsFor(certificate, host)
	}
	return certificate.VerifyHostname(bracketed(host)) == nil
}

func namesOf(certificate *x509.Certificate) string {
	if len(certificate.DNSNames) == 0 {
		return fmt.Sprintf("%q, with no DNS name", nameOf(certificate))
	}
	names := certificate.DNSNames[:min(len(certificate.DNSNames), 5)]
	return bounded(fmt.Sprintf("%q", names))
}

func certificateOf(certificate *x509.Certificate) ChainCertificate {
	return ChainCertificate{
		Subject: bounded(certificate.Subject.String()), Issuer: bounded(certificate.Issuer.String()),
		SHA256: certs.Fingerprint(certificate.Raw), NotAfter: certificate.NotAfter.UTC().Format(time.RFC3339),
	}
}

// otherVersions makes one more handshake, limited to the version that was not negotiated, because an SBC may support
// only one of the two. It never changes the result of the probe.
func (o Prober) otherVersions(ctx context.Context, endpoint Endpoint, to netip.AddrPort, seen *TLS, found *[]Remark) {
	other := uint16(tls.VersionTLS12)
	if seen.Version == tls.VersionName(other) {
		other = tls.VersionTLS13
	}
	connection, failed := o.connect(ctx, to)
	if failed != nil {
		return
	}
	defer connection.Close()
	shaken, err := o.shake(ctx, endpoint, connection, other, other)
	if err != nil {
		if other == tls.VersionTLS12 && alert(err) == "protocol version not supported" {
			note(found, finding(NoTLS12, "%s does not accept TLS 1.2", to))
		}
		return
	}
	_ = shaken.Close()
	seen.Versions = append(seen.Versions, tls.VersionName(other))
	slices.Sort(seen.Versions)
}
