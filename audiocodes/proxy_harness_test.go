package audiocodes_test

import (
	"encoding/binary"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync"
	"testing"

	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// connectProxy is an HTTP proxy for CONNECT.
type connectProxy struct {
	*httptest.Server
	mu     sync.Mutex
	asked  []string             // "CONNECT host:port"
	logins []string             // the Proxy-Authorization of each
	refuse func(number int) int // the status to refuse with, or 0
}

// newConnectProxy starts a proxy; tells is what it says when it refuses, by the number of requests
// before.
func newConnectProxy(t *testing.T, secure bool, refuse func(number int) int) *connectProxy {
	t.Helper()
	p := &connectProxy{refuse: refuse}
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(p.serve))
	p.Config.ErrorLog = log.New(io.Discard, "", 0)
	if secure {
		p.StartTLS()
	} else {
		p.Start()
	}
	t.Cleanup(p.Close)
	return p
}

func (p *connectProxy) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	number := len(p.asked)
	p.asked = append(p.asked, r.Method+" "+r.Host)
	p.logins = append(p.logins, r.Header.Get("Proxy-Authorization"))
	p.mu.Unlock()
	if status := p.refuse(number); status != 0 {
		w.Header().Set("Proxy-Authenticate", `Basic realm="proxy"`)
		w.Header().Set("Location", "https://login.example/?was="+url.QueryEscape(r.Header.Get("Proxy-Authorization")))
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "You sent "+r.Header.Get("Proxy-Authorization"))
		return
	}
	device, err := net.Dial("tcp", r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	client, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	_, _ = io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
	splice(client, device)
}

func splice(a, b net.Conn) {
	var both sync.WaitGroup
	for _, pair := range [][2]net.Conn{{a, b}, {b, a}} {
		both.Go(func() {
			_, _ = io.Copy(pair[0], pair[1])
			_ = pair[0].Close()
		})
	}
	both.Wait()
}

func (p *connectProxy) seen() (asked, logins []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.asked...), append([]string(nil), p.logins...)
}

// socksProxy speaks SOCKS 5 (RFC 1928, 1929).
type socksProxy struct {
	net.Listener
	login string // "user:password"; "" asks for none
	reply byte   // to every CONNECT; 0 makes the connection
	mu    sync.Mutex
	asked []string
}

func newSOCKSProxy(t *testing.T, login string, reply byte) *socksProxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &socksProxy{Listener: listener, login: login, reply: reply}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer func() { _ = connection.Close() }()
				p.serve(connection)
			})
		}
	})
	t.Cleanup(func() { _ = listener.Close(); serving.Wait() })
	return p
}

func (p *socksProxy) seen() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.asked...)
}

func take(r io.Reader, n int) []byte {
	bytes := make([]byte, n)
	_, _ = io.ReadFull(r, bytes)
	return bytes
}

func (p *socksProxy) serve(c net.Conn) {
	methods := take(c, int(take(c, 2)[1]))
	switch {
	case p.login == "":
		_, _ = c.Write([]byte{5, 0})
	case len(methods) < 2:
		_, _ = c.Write([]byte{5, 0xff})
		return
	default:
		_, _ = c.Write([]byte{5, 2})
		user := take(c, int(take(c, 2)[1]))
		given := string(user) + ":" + string(take(c, int(take(c, 1)[0])))
		if given != p.login {
			_, _ = c.Write([]byte{1, 1})
			return
		}
		_, _ = c.Write([]byte{1, 0})
	}
	head := take(c, 4)
	var host string
	if head[3] == 1 {
		host = net.IP(take(c, 4)).String()
	} else {
		host = string(take(c, int(take(c, 1)[0])))
	}
	address := net.JoinHostPort(host, strconv.Itoa(int(binary.BigEndian.Uint16(take(c, 2)))))
	p.mu.Lock()
	p.asked = append(p.asked, address)
	p.mu.Unlock()
	_, _ = c.Write([]byte{5, p.reply, 0, 1, 0, 0, 0, 0, 0, 0})
	if p.reply != 0 {
		return
	}
	if device, err := net.Dial("tcp", address); err == nil {
		splice(c, device)
	}
}

// secured is a simulated device over TLS.
func secured(t *testing.T) (*mockdevice.Device, *mockdevice.Server) {
	t.Helper()
	model, err := mockdevice.Preset("7.4.500")
	require.NoError(t, err)
	device := mockdevice.New(model)
	server, err := mockdevice.Start(device)
	require.NoError(t, err)
	t.Cleanup(server.Close)
	return device, server
}

// hangingPort accepts connections and says nothing.
func hangingPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var held []net.Conn
	var accepting sync.WaitGroup
	accepting.Go(func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			held = append(held, connection)
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		accepting.Wait()
		for _, connection := range held {
			assert.NoError(t, connection.Close())
		}
	})
	return listener.Addr().String()
}

func parsed(t *testing.T, address string) *url.URL {
	t.Helper()
	made, err := url.Parse(address)
	require.NoError(t, err)
	return made
}
