package audiocodes_test

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/url"
	"testing"

	"github.com/acfix/acfix/audiocodes"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAZoneIsDialledAndNotSent: the zone of a link-local address says through which interface of this machine the
// device is reached. Neither the Host header nor the certificate knows it.
func TestAZoneIsDialledAndNotSent(t *testing.T) {
	t.Parallel()
	own := identityOf(t, net.ParseIP("fe80::1"))
	server := unstarted(t, documented())
	hosts, names := make(chan string, 9), make(chan string, 9)
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hosts <- r.Host
		server.ServeHTTP(w, r)
	})
	noteName := func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		names <- hello.ServerName
		return nil, nil
	}
	server.TLS = &tls.Config{Certificates: []tls.Certificate{own}, GetConfigForClient: noteName}
	server.StartTLS()
	proxy, dialled := relay(t, server.Listener.Addr().String())
	for address, host := range map[string]string{
		"https://[fe80::1%25eth0]": "[fe80::1]", "https://[fe80::1%25eth0]:8443": "[fe80::1]:8443",
	} {
		client := connect(t, address, func(o *audiocodes.Options) {
			o.Trust = audiocodes.Trust{CA: pool(own.Leaf)}
			o.Proxy = proxy
		})
		_, err := client.Status(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "fe80::1%eth0", <-dialled)
		assert.Equal(t, host, <-hosts)
		assert.Empty(t, <-names)
	}

	other := connect(t, "https://[fe80::2%25eth0]", func(o *audiocodes.Options) {
		o.Trust = audiocodes.Trust{CA: pool(own.Leaf)}
		o.Proxy = proxy
	})
	_, err := other.Status(t.Context())
	require.ErrorIs(t, err, audiocodes.ErrUntrusted, "the certificate is of another address")
}

// relay is a SOCKS5 proxy (RFC 1928) that leads every name to one address, and says what it was asked for.
func relay(t *testing.T, to string) (proxy *url.URL, dialled chan string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	dialled = make(chan string, 10)
	go func() {
		for {
			here, err := listener.Accept()
			if err != nil {
				return
			}
			go lead(here, to, dialled)
		}
	}()
	return &url.URL{Scheme: "socks5", Host: listener.Addr().String()}, dialled
}

func lead(here net.Conn, to string, dialled chan<- string) {
	defer func() { _ = here.Close() }()
	read := func(n int) []byte {
		part := make([]byte, n)
		_, _ = io.ReadFull(here, part)
		return part
	}
	read(int(read(2)[1]))
	_, _ = here.Write([]byte{5, 0})
	name := string(read(int(read(5)[4])))
	read(2) // the port
	there, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	dialled <- name
	_, _ = here.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	go func() { _, _ = io.Copy(there, here); _ = there.Close() }()
	_, _ = io.Copy(here, there)
}
