package main

import (
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// jump is an HTTP proxy on loopback that knows one name: whoever comes for it is led to the device.
func jump(t *testing.T, name, device string) (address string, connections *atomic.Int32) {
	t.Helper()
	connections = new(atomic.Int32)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Host != name {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		connections.Add(1)
		there, err := net.Dial("tcp", device)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		here, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(there, here); _ = there.Close() }()
		go func() { _, _ = io.Copy(here, there); _ = here.Close() }()
	})}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return "http://" + listener.Addr().String(), connections
}

// socks is a SOCKS5 proxy (RFC 1928) without authentication, for names.
func socks(t *testing.T, name, device string) (address string, connections *atomic.Int32) {
	t.Helper()
	connections = new(atomic.Int32)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			here, err := listener.Accept()
			if err != nil {
				return
			}
			go serveSocks(here, name, device, connections)
		}
	}()
	return "socks5://" + listener.Addr().String(), connections
}

func serveSocks(here net.Conn, name, device string, connections *atomic.Int32) {
	defer func() { _ = here.Close() }()
	head := make([]byte, 2)
	if _, err := io.ReadFull(here, head); err != nil {
		return
	}
	if _, err := io.ReadFull(here, make([]byte, head[1])); err != nil {
		return
	}
	_, _ = here.Write([]byte{5, 0})
	request := make([]byte, 5)
	if _, err := io.ReadFull(here, request); err != nil || request[3] != 3 { // a name
		return
	}
	rest := make([]byte, int(request[4])+2)
	if _, err := io.ReadFull(here, rest); err != nil {
		return
	}
	host, _, _ := net.SplitHostPort(name)
	there, err := net.Dial("tcp", device)
	if err != nil || string(rest[:request[4]]) != host {
		_, _ = here.Write([]byte{5, 5, 0, 1, 0, 0, 0, 0, 0, 0})
		return
	}
	connections.Add(1)
	_, _ = here.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	go func() { _, _ = io.Copy(there, here); _ = there.Close() }()
	_, _ = io.Copy(here, there)
}

func TestADeviceIsReachedThroughItsProxy(t *testing.T) {
	for name, start := range map[string]func(*testing.T, string, string) (string, *atomic.Int32){"CONNECT": jump, "SOCKS5": socks} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newTestApp(t, "7.6", "")
			address := strings.TrimPrefix(d.target[0], "https://")
			proxy, connections := start(t, "sbc.invalid:443", address)
			file := filepath.Join(t.TempDir(), "fleet.yaml")
			text := "devices:\n  - {name: far, url: sbc.invalid, proxy: '" + proxy + "', pin: " + d.target[2] + "}\n"
			require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
			pin := d.target[2]
			d.target = []string{"-i", file}
			assert.Equal(t, exitDone, d.run("apply", "--yes"), "%s%s", d.stdout.String(), d.stderr.String())
			assert.Contains(t, d.stdout.String(), "Applied")
			assert.Positive(t, connections.Load())
			assert.Positive(t, d.device.Writes())

			// TLS is with the device, not with the proxy.
			wrong := strings.Replace(text, pin, strings.Repeat("0", 64), 1)
			require.NoError(t, os.WriteFile(file, []byte(wrong), 0o600))
			assert.Equal(t, exitFailed, d.run("plan"))
			assert.Contains(t, d.stdout.String(), "[tls_untrusted]")
		})
	}
}

func TestAProxyThatIsNotThereIsUnreachableAtOnce(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.6", "")
	for _, scheme := range []string{"http", "socks5"} {
		file := filepath.Join(t.TempDir(), "fleet.yaml")
		text := "devices:\n  - {name: far, url: '" + d.target[0] + "', proxy: '" + scheme + "://127.0.0.1:1', pin: " + d.target[2] + "}\n"
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		near := *d
		near.target = []string{"-i", file}
		assert.Equal(t, exitFailed, near.run("plan"))
		assert.Empty(t, d.device.Requests(), "never around the proxy")
	}
	assert.Contains(t, d.stdout.String(), "[unreachable]")
}

// TestAPersonIsAskedOncePerUser: several devices, one prompt for each user name.
func TestAPersonIsAskedOncePerUser(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.6", "")
	file := filepath.Join(t.TempDir(), "fleet.csv")
	require.NoError(t, os.WriteFile(file, []byte("name,url,username\na,https://127.0.0.1:1,\nb,https://127.0.0.1:2,\nc,https://127.0.0.1:3,kim\n"), 0o600))
	d.target = []string{"-i", file}
	assert.Equal(t, exitFailed, d.run("plan"))
	assert.Equal(t, 1, strings.Count(d.stderr.String(), "Password of Admin"))
	assert.Equal(t, 1, strings.Count(d.stderr.String(), "Password of kim"))
}
