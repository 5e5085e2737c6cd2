package audiocodes

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"slices"
)

var errNoTLS = errors.New("over http:// a device presents no certificate")

// PresentedChain makes one TLS handshake as a client with these options would, through the same proxy and with the
// same versions and suites, and returns the certificates that the device presents, its own first. It verifies none of
// them, needs neither user nor password, and sends no request.
func PresentedChain(ctx context.Context, options Options) ([]*x509.Certificate, error) {
	const operation = "read the management certificate"
	options.Username = ""
	options.Password = ""
	options.Sessions = nil
	options.ReadOnly = true
	options.Trust.Pins = nil
	options.Trust.CA = nil
	options.Trust.Insecure = true
	client := New(options)
	defer client.Close()
	address, err := dialAddress(options.URL)
	if err != nil {
		return nil, client.transportError(ctx, operation, err)
	}
	var chain []*x509.Certificate
	transport := client.connections.newest.Load()
	transport.TLSClientConfig.VerifyConnection = func(state tls.ConnectionState) error {
		chain = slices.Clone(state.PeerCertificates)
		return nil
	}
	transport.MaxConnsPerHost = 0 // it does not count connections of NewClientConn
	limited, cancel := context.WithTimeout(ctx, options.Timeout)
	defer cancel()
	var seen handshakes
	limited, named, err := throughTrial(seen.watch(limited), options.Proxy, options.ProxyTrial)
	if err != nil {
		return nil, client.transportError(ctx, operation, err)
	}
	connection, err := transport.NewClientConn(traced(limited), "https", address)
	if err = named(err); err != nil {
		return nil, client.nameRefusal(client.transportError(ctx, operation, err), &seen)
	}
	_ = connection.Close()
	return chain, nil
}

// dialAddress returns the host and port of an https:// URL.
func dialAddress(text string) (string, error) {
	parsed, err := url.Parse(text)
	switch {
	case err != nil:
		return "", errBadURL
	case parsed.Scheme != "https":
		return "", errNoTLS
	}
	port := parsed.Port()
	if port == "" {
		port = "443"
	}
	return net.JoinHostPort(parsed.Hostname(), port), nil
}
