package probe

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// Prober has the settings of a probe.
type Prober struct {
	FQDN        string           // the SBC's name, in From and Contact
	ServerName  string           // the name that the server must have; "" for the endpoint's host
	Certificate *tls.Certificate // the SBC's; nil to offer none
	Trust       TrustStore
	Acfix       string // version, for User-Agent

	Tries    int           // OPTIONS per address, at least 1
	Interval time.Duration // between two of them
	Timeout  time.Duration // for each of: resolving, connecting, the handshake, one answer

	IPv4, IPv6 bool       // only that family; neither or both: all addresses of the name
	Source     netip.Addr // the local address to connect from; the zero Addr for the system's choice

	Resolve AddressResolver
	Dial    DialFunc
	Now     func() time.Time
	Sleep   func(context.Context, time.Duration) error
	// Token draws an unguessable text of letters and digits; crypto/rand.Text is one.
	Token func() string
}

// AddressResolver finds addresses; *net.Resolver is one. Network is "ip", "ip4" or "ip6".
type AddressResolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// DialFunc connects to an address, from the source when that is valid.
type DialFunc func(ctx context.Context, source netip.Addr, to netip.AddrPort) (net.Conn, error)

// DialTCP is the DialFunc of the network.
func DialTCP(ctx context.Context, source netip.Addr, to netip.AddrPort) (net.Conn, error) {
	dialer := net.Dialer{}
	if source.IsValid() {
		dialer.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(source, 0))
	}
	connection, err := dialer.DialContext(ctx, "tcp", to.String())
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return connection, nil
}

// within limits a connection to a context: once the context ends, every read and write fails, until stop is called.
func within(ctx context.Context, connection net.Conn) (stop func()) {
	over := make(chan struct{})
	cancel := context.AfterFunc(ctx, func() {
		_ = connection.SetDeadline(time.Unix(1, 0))
		close(over)
	})
	return func() {
		if !cancel() {
			<-over
		}
		_ = connection.SetDeadline(time.Time{})
	}
}
