//go:build services

package probe_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/checks/probe"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests need Debian's sip-tester (SIPp) and stunnel4. That SIPp is built without TLS, so
// stunnel stands before it: OpenSSL at the far end, which refuses client certificates in its
// own way. Without either program they fail.

// far is SIPp behind stunnel on loopback.
type far struct {
	address  string // 127.0.0.1 or ::1
	scenario string // a file of testdata
	replace  []string
	stunnel  string // more lines of its configuration
}

func (f far) start(t *testing.T, server tls.Certificate) probe.Endpoint {
	t.Helper()
	folder := t.TempDir()
	text, err := os.ReadFile(filepath.Join("testdata", f.scenario))
	require.NoError(t, err)
	scenario := write(t, folder, "scenario.xml", []byte(strings.NewReplacer(f.replace...).Replace(string(text))))
	inner := freePort(t, "127.0.0.1")
	program(t, folder, "sipp", "-sf", scenario, "-t", "t1", "-i", "127.0.0.1", "-p", fmt.Sprint(inner.Port()), "-nostdin", "-nd")
	listening(t, inner)

	outer := freePort(t, f.address)
	write(t, folder, "server.pem", append(certificatePEM(server), keyPEM(t, server)...))
	configuration := fmt.Sprintf("foreground = yes\npid =\nsyslog = no\n[sip]\naccept = %s:%d\nconnect = %s\ncert = %s/server.pem\n%s\n",
		outer.Addr(), outer.Port(), inner, folder, f.stunnel) // stunnel takes no brackets
	program(t, folder, "stunnel4", write(t, folder, "stunnel.conf", []byte(configuration)))
	listening(t, outer)
	return probe.Endpoint{Host: outer.Addr().String(), Port: outer.Port()}
}

// freePort is one that was free a moment ago: neither program can be told to choose.
func freePort(t *testing.T, address string) netip.AddrPort {
	t.Helper()
	listener := listen(t, address)
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).AddrPort()
}

// program runs until the test ends; what it said is shown when the test failed.
func program(t *testing.T, folder, name string, arguments ...string) {
	t.Helper()
	path, err := exec.LookPath(name)
	require.NoError(t, err, "install sip-tester and stunnel4")
	var said strings.Builder
	ctx, cancel := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, path, arguments...)
	command.Dir, command.Stdout, command.Stderr = folder, &said, &said
	command.Env = append(os.Environ(), "TERM=dumb")
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		cancel()
		_ = command.Wait()
		if t.Failed() {
			t.Logf("%s said:\n%s", name, said.String())
		}
	})
}

func listening(t *testing.T, at netip.AddrPort) {
	t.Helper()
	require.Eventually(t, func() bool {
		connection, err := net.DialTimeout("tcp", at.String(), time.Second)
		if err != nil {
			return false
		}
		_ = connection.Close()
		return true
	}, 10*time.Second, 20*time.Millisecond, "nothing listens on %s", at)
}

func write(t *testing.T, folder, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(folder, name)
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

func certificatePEM(certificate tls.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]})
}

func keyPEM(t *testing.T, certificate tls.Certificate) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func TestServiceSIPpAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		far    far
		status int
		slow   float64 // milliseconds
	}{
		"right root": {far{"127.0.0.1", "options.xml", []string{"PAUSE", "0", "STATUS", "200 OK"}, ""}, 200, 0},
		"403":        {far{"127.0.0.1", "options.xml", []string{"PAUSE", "0", "STATUS", "403 Forbidden"}, ""}, 403, 0},
		"slow":       {far{"127.0.0.1", "options.xml", []string{"PAUSE", "700", "STATUS", "200 OK"}, ""}, 200, 700},
		"IPv6":       {far{"::1", "options.xml", []string{"PAUSE", "0", "STATUS", "200 OK"}, ""}, 200, 0},
		"TLS 1.2":    {far{"127.0.0.1", "options.xml", []string{"PAUSE", "0", "STATUS", "200 OK"}, "sslVersionMax = TLSv1.2"}, 200, 0},
	} {
		t.Run(name, func(t *testing.T) {
			root := newAuthority(t, "The Eighth")
			got := run(t, test.far.start(t, root.issue(t, "sip.example.com")), options(root.trust()))
			require.Nil(t, got.Error)
			assert.True(t, got.TLS.OK)
			assert.Equal(t, "The Eighth", got.TLS.Root)
			assert.False(t, *got.TLS.Mutual)
			assert.Equal(t, test.status, *got.SIP.Status)
			assert.Equal(t, test.status == 200, got.SIP.OK)
			assert.GreaterOrEqual(t, *got.SIP.RTT, test.slow)
			assert.Equal(t, "SIPp", got.SIP.Server)
			if strings.HasPrefix(name, "TLS") {
				assert.Equal(t, []string{"TLS 1.2"}, got.TLS.Versions)
			}
		})
	}
}

func TestServiceARootOutsideTheStore(t *testing.T) {
	root, other := newAuthority(t, "root"), newAuthority(t, "other")
	end := far{"127.0.0.1", "options.xml", []string{"PAUSE", "0", "STATUS", "200 OK"}, ""}
	got := run(t, end.start(t, root.issue(t, "sip.example.com")), options(other.trust()))
	assert.Equal(t, probe.CodeUntrusted, got.Error.Code)
	assert.Equal(t, 0, got.SIP.Sent)
}

func TestServiceNoAnswer(t *testing.T) {
	root := newAuthority(t, "root")
	o := options(root.trust())
	o.Timeout = time.Second
	got := run(t, far{"127.0.0.1", "silent.xml", nil, ""}.start(t, root.issue(t, "sip.example.com")), o)
	assert.Equal(t, "no_answer: no answer to OPTIONS within 1s", errorOf(got))
	assert.True(t, got.TLS.OK)
}

// TestServiceGarbage: SIPp can't speak nonsense over a stream of its own making; a status line
// that is none is near enough.
func TestServiceGarbage(t *testing.T) {
	root := newAuthority(t, "root")
	end := far{"127.0.0.1", "options.xml", []string{"PAUSE", "0", "SIP/2.0 STATUS", "SMTP 220 hello"}, ""}
	got := run(t, end.start(t, root.issue(t, "sip.example.com")), options(root.trust()))
	assert.Contains(t, errorOf(got), "bad_answer: the answer to OPTIONS is not SIP: ")
}

// TestServiceTheClientCertificate against OpenSSL.
func TestServiceTheClientCertificate(t *testing.T) {
	root, clients, strangers := newAuthority(t, "root"), newAuthority(t, "clients"), newAuthority(t, "strangers")
	right, wrong := clients.issue(t, fqdn), strangers.issue(t, fqdn)
	cas := write(t, t.TempDir(), "clients.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: clients.certificate.Raw}))
	for _, version := range []string{"TLSv1.2", "TLSv1.3"} {
		for name, test := range map[string]struct {
			offered *tls.Certificate
			code    string
		}{"none": {nil, probe.CodeCertMissing}, "wrong": {&wrong, probe.CodeCertRejected}, "right": {&right, ""}} {
			t.Run(version+" "+name, func(t *testing.T) {
				end := far{"127.0.0.1", "options.xml", []string{"PAUSE", "0", "STATUS", "200 OK"}, "CAfile = " + cas + "\nverifyChain = yes\nrequireCert = yes\nsslVersion = " + version}
				o := options(root.trust())
				o.Certificate = test.offered
				got := run(t, end.start(t, root.issue(t, "sip.example.com")), o)
				require.NotNil(t, got.TLS.Mutual)
				assert.True(t, *got.TLS.Mutual)
				assert.Equal(t, test.code == "", got.SIP.OK)
				assert.Equal(t, test.code == "", got.TLS.OK)
				if test.code != "" {
					require.NotNil(t, got.Error)
					assert.Equal(t, test.code, got.Error.Code, got.Error.Message)
					t.Log(got.Error.Message)
				}
			})
		}
	}
}
