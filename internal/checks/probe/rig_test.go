package probe_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/checks/probe"
	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	sip.SetDefaultLogger(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

const fqdn = "sbc1.example.com"

// authority is a CA of the test; one of them stands for one of the required roots.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t testing.TB, name string, change ...func(*x509.Certificate)) authority {
	t.Helper()
	key, template := newKey(t), template(name)
	template.IsCA, template.KeyUsage = true, x509.KeyUsageCertSign
	for _, c := range change {
		c(template)
	}
	return authority{certificate: sign(t, template, template, key.Public(), key), key: key}
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return key
}

func template(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
}

func sign(t testing.TB, template, parent *x509.Certificate, public any, key *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return certificate
}

// issue makes a certificate for both roles, for a name and the loopback addresses.
func (a authority) issue(t testing.TB, name string, change ...func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	key, template := newKey(t), template(name)
	template.DNSNames = []string{name}
	template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	for _, c := range change {
		c(template)
	}
	leaf := sign(t, template, a.certificate, key.Public(), a.key)
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}
}

func (a authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

func (a authority) trust() probe.TrustStore {
	return probe.JustThese([]*x509.Certificate{a.certificate}, "the test's root")
}

// listen takes a free port of an address.
func listen(t testing.TB, address string) net.Listener {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", net.JoinHostPort(address, "0"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	return listener
}

func endpointOf(listener net.Listener) probe.Endpoint {
	at := listener.Addr().(*net.TCPAddr).AddrPort()
	return probe.Endpoint{Host: at.Addr().String(), Port: at.Port()}
}

// handler answers OPTIONS.
// dialed is what a Dialer returns.
type dialed = net.Conn

type handler = func(*sip.Request, sip.ServerTransaction)

func respond(t testing.TB, status int, reason string) handler {
	return func(request *sip.Request, transaction sip.ServerTransaction) {
		response := sip.NewResponseFromRequest(request, status, reason, nil)
		response.AppendHeader(sip.NewHeader("Server", "a test"))
		if err := transaction.Respond(response); err != nil {
			t.Logf("respond: %v", err)
		}
	}
}

// sipServer is sipgo behind TLS on loopback.
func sipServer(t testing.TB, config *tls.Config, answer handler) probe.Endpoint {
	return sipServerOn(t, "127.0.0.1", config, answer)
}

func sipServerOn(t testing.TB, address string, config *tls.Config, answer handler) probe.Endpoint {
	t.Helper()
	agent, err := sipgo.NewUA()
	require.NoError(t, err)
	server, err := sipgo.NewServer(agent)
	require.NoError(t, err)
	server.OnOptions(answer)
	listener := listen(t, address)
	go func() { _ = server.ServeTLS(tls.NewListener(listener, config)) }()
	t.Cleanup(func() { _ = server.Close(); _ = agent.Close() })
	return endpointOf(listener)
}

// tlsServer does by hand what no SIP stack does.
func tlsServer(t testing.TB, config *tls.Config, serve func(*tls.Conn)) probe.Endpoint {
	t.Helper()
	listener := listen(t, "127.0.0.1")
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer connection.Close()
				served := tls.Server(connection, config)
				if served.Handshake() == nil {
					serve(served)
					_ = served.Close()
				}
			}()
		}
	}()
	return endpointOf(listener)
}

// readRequest reads one OPTIONS as far as its empty line; "" when the far end has left.
func readRequest(r io.Reader) string {
	buffer, text := make([]byte, 1), ""
	for len(text) < 4 || text[len(text)-4:] != "\r\n\r\n" {
		if _, err := r.Read(buffer); err != nil {
			return ""
		}
		text += string(buffer)
	}
	return text
}

func options(trust probe.TrustStore) probe.Prober {
	return probe.Prober{
		FQDN: fqdn, Trust: trust, Acfix: "test", Tries: 1, Timeout: 5 * time.Second,
		Resolve: names{}, Dial: probe.DialTCP, Now: time.Now, Token: rand.Text,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
}

// names is a resolver that knows what it is told.
type names map[string][]string

func (n names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	var found []netip.Addr
	for _, address := range n[host] {
		found = append(found, netip.MustParseAddr(address))
	}
	if found == nil {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	return found, nil
}

// run probes one endpoint.
func run(t testing.TB, endpoint probe.Endpoint, o probe.Prober) probe.EndpointResult {
	t.Helper()
	report := probe.Run(t.Context(), []probe.Endpoint{endpoint}, o)
	require.Len(t, report.Endpoints, 1)
	require.Equal(t, report.Answered(), report.Endpoints[0].Answered)
	return report.Endpoints[0]
}

func codes(result probe.EndpointResult) []string {
	found := []string{}
	for _, f := range result.Findings {
		found = append(found, f.Code)
	}
	return found
}

func errorOf(result probe.EndpointResult) string {
	if result.Error == nil {
		return ""
	}
	return fmt.Sprintf("%s: %s", result.Error.Code, result.Error.Message)
}
