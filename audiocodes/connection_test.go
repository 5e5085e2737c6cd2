package audiocodes_test

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func insecure(o *audiocodes.Options) { o.Trust.Insecure = true }

func TestReadsShareOneConnection(t *testing.T) {
	t.Parallel()
	device := newTLSFixture(t, documented())
	client := connect(t, device.URL, insecure)
	for range 5 {
		for _, operation := range readOperations {
			require.NoError(t, operation.run(t.Context(), client), operation.name)
		}
	}
	assert.Equal(t, 1, device.connections(), "one connection and one TLS handshake")
}

// TestAWriteHasAConnectionOfItsOwn, which serves the reads after it, and resumes the TLS session.
func TestAWriteHasAConnectionOfItsOwn(t *testing.T) {
	t.Parallel()
	own := identity(t)
	server := newChangeling(t, own, tls.VersionTLS13)
	client := connect(t, server.URL, func(o *audiocodes.Options) { o.Trust.Pins = []string{pinOf(own)} })
	for i, operation := range writeOperations {
		_, err := client.Status(t.Context())
		require.NoError(t, err)
		require.NoError(t, operation.run(t.Context(), client), operation.name)
		_, err = client.Status(t.Context())
		require.NoError(t, err)
		assert.Equal(t, i+2, server.connections(), operation.name)
	}
	assert.NotContains(t, server.resumptions()[1:], false, "the first handshake alone is whole")
}

// TestAWriteThatNeverLeftIsNotDone: where no TLS session was made, the device has seen nothing of it.
func TestAWriteThatNeverLeftIsNotDone(t *testing.T) {
	t.Parallel()
	for name, refuse := range map[string]func(net.Conn){
		"closed at once":      func(c net.Conn) { _ = c.Close() },
		"reset at once":       func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0); _ = c.Close() },
		"an answer in clear":  lastWords("HTTP/1.1 503 Busy\r\n\r\n"),
		"an alert":            lastWords("\x15\x03\x03\x00\x02\x02\x28"),
		"nothing, for a time": func(net.Conn) {},
	} {
		for _, operation := range writeOperations {
			t.Run(operation.name+" "+name, func(t *testing.T) {
				t.Parallel()
				listener, err := net.Listen("tcp", "127.0.0.1:0")
				require.NoError(t, err)
				t.Cleanup(func() { _ = listener.Close() })
				go func() {
					for {
						connection, err := listener.Accept()
						if err != nil {
							return
						}
						refuse(connection)
					}
				}()
				client := connect(t, "https://"+listener.Addr().String(), insecure, func(o *audiocodes.Options) {
					o.LongTimeout = 300 * time.Millisecond
				})
				err = operation.run(t.Context(), client)
				require.Error(t, err)
				assert.True(t, audiocodes.NotDone(err), "%v", err)
			})
		}
	}
}

func lastWords(text string) func(net.Conn) {
	return func(c net.Conn) {
		_, _ = io.WriteString(c, text)
		_ = c.Close()
	}
}

func TestRefusalsDoNotCostTheConnection(t *testing.T) {
	t.Parallel()
	routes := documented()
	routes["GET /files/ini"] = inTurn(sayJSON(409, `{"description":"busy"}`), sayJSON(404, ""), say(200, "text/html", loginPage), sayJSON(403, ""), say(204, "", ""))
	device := newFixture(t, routes)
	client := connect(t, device.URL)
	for range 5 {
		_, err := client.Configuration(t.Context())
		require.Error(t, err)
	}
	require.NoError(t, client.Save(t.Context()))
	assert.Equal(t, 2, device.connections(), "one to read, one to write")
}

func TestCloseGivesTheSessionsBack(t *testing.T) {
	t.Parallel()
	device := newFixture(t, documented())
	client := connect(t, device.URL)
	require.NoError(t, client.Save(t.Context()))
	client.Close()
	<-device.closed
}

func TestARedirectIsShownAndNotFollowed(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, operation := range allOperations() {
			t.Run(http.StatusText(status)+" of "+operation.name, func(t *testing.T) {
				t.Parallel()
				elsewhere := newFixture(t, documented())
				redirect := func(to string) http.HandlerFunc {
					return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to+prefix+operation.path, status) }
				}
				device := newFixture(t, answers{operation.route(): inTurn(redirect(elsewhere.URL), redirect(""))})
				client := connect(t, device.URL)
				for range 2 {
					err := operation.run(t.Context(), client)
					require.ErrorIs(t, err, audiocodes.ErrBadAnswer)
					var failure *audiocodes.Error
					require.ErrorAs(t, err, &failure)
					assert.Equal(t, status, failure.Status)
				}
				assert.Empty(t, elsewhere.requests(), "another host gets nothing")
				assert.Len(t, device.requests(), 2)
			})
		}
	}
}
