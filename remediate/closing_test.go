package remediate_test

import (
	"crypto/tls"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// endings are the ways in which a device ends, without notice, a connection on which it has answered.
var endings = map[string]func(net.Conn){
	"closed after each answer":  func(c net.Conn) { _ = c.Close() },
	"closed when it was idle":   func(c net.Conn) { afterAWhile(func() { _ = c.Close() }) },
	"reset after each answer":   reset,
	"reset when it was idle":    func(c net.Conn) { afterAWhile(func() { reset(c) }) },
	"closed below TLS":          func(c net.Conn) { _ = tcpOf(c).Close() },
	"closed for writing, later": func(c net.Conn) { afterAWhile(func() { _ = tcpOf(c).CloseWrite() }) },
}

// afterAWhile is about when the next request arrives.
func afterAWhile(end func()) { time.AfterFunc(time.Duration(rand.IntN(2000))*time.Microsecond, end) }

func reset(c net.Conn) {
	_ = tcpOf(c).SetLinger(0)
	_ = tcpOf(c).Close()
}

func tcpOf(c net.Conn) *net.TCPConn {
	if secured, ok := c.(*tls.Conn); ok {
		c = secured.NetConn()
	}
	return c.(*net.TCPConn)
}

// closing serves a device that ends its connections in the given way.
func closing(t *testing.T, device http.Handler, secured bool, end func(net.Conn)) string {
	t.Helper()
	server := httptest.NewUnstartedServer(device)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Config.ConnState = func(c net.Conn, state http.ConnState) {
		if state == http.StateIdle {
			end(c)
		}
	}
	t.Cleanup(server.Close)
	if secured {
		server.StartTLS()
	} else {
		server.Start()
	}
	return server.URL
}

// TestConnectionsThatTheDeviceEnds: no apply fails or ends in doubt because a device ended an idle connection, and no
// write is sent twice. It takes hundreds of applies to hit the right moment.
func TestConnectionsThatTheDeviceEnds(t *testing.T) {
	const applies = 40 / stride // of each ending
	for name, end := range endings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for turn := range applies {
				model := preset(t, "7.4.500")
				if turn%4 > 1 {
					model.Dialect.Auth = mockdevice.AuthDigest
				}
				r := newRig(t, model)
				r.url, r.trust.Insecure = closing(t, r.device, turn%2 == 1, end), true
				result := r.apply(remediate.Choice{})
				require.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
				requireRepaired(t, r, 2, true)
				counts := r.device.Counts()
				assert.Equal(t, 4, counts.Done)
				assert.Equal(t, 4, counts.Writes, "each was sent once")
				assert.Zero(t, counts.Needless+counts.Overlapping+counts.FailedLogins)
			}
		})
	}
}
