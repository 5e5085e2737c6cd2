package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/retry"
	"github.com/acfix/acfix/mockdevice"
)

// station is "acfix serve" in front of simulated SBCs, with its web pages.
type station struct {
	*depot
	jobs string
	base string // address of the pages
}

const webJobs = `jobs:
  - name: nightly-plan
    schedule: "0 3 1 1 *"
    time_zone: Europe/Berlin
    action: plan
    inventory: inventory.yaml
  - name: weekend-apply
    schedule: "0 4 1 1 *"
    time_zone: Europe/Berlin
    action: apply
    inventory: inventory.yaml
    batch: "tag:canary,25%,100%"
    approval: required
    plan_job: nightly-plan
`

func startPages(t *testing.T, model mockdevice.FleetModel) *station {
	t.Helper()
	s := &station{depot: newDepot(t, model)}
	s.jobs = filepath.Join(filepath.Dir(s.inventory), "jobs.yaml")
	require.NoError(t, os.WriteFile(s.jobs, []byte(webJobs), 0o600))
	s.app.sleep = func(ctx context.Context, d time.Duration) error {
		return retry.Sleep(ctx, min(d, 100*time.Millisecond))
	}
	getenv := s.app.getenv
	s.app.getenv = func(name string) string {
		if name == "ACFIX_PASSWORD" {
			return "Admin" // there is no terminal to ask at
		}
		return getenv(name)
	}
	return s
}

// runJob runs a job once and returns the ID of its run.
func (s *station) runJob(name string, code int) string {
	s.t.Helper()
	s.acfix(code, "job", "run", name, "--jobs", s.jobs)
	return strings.Fields(strings.Split(s.acfix(exitDone, "history", "--job", name, "--limit", "1"), "\n")[1])[0]
}

// announced waits for the line that says where a service listens; the rest goes on to w.
type announced struct {
	io.Writer
	once    sync.Once
	address chan string
}

var listening = regexp.MustCompile(`listening on (\S+)`)

func (a *announced) Write(p []byte) (int, error) {
	if found := listening.FindSubmatch(p); found != nil {
		a.once.Do(func() { a.address <- string(found[1]) })
	}
	return a.Writer.Write(p)
}

// serve begins "acfix serve" and ends it with the test. Without a token file it listens on a Unix socket, as a package
// does, and a TCP address leads there, as with "ssh -L".
func (s *station) serve(flags ...string) {
	s.t.Helper()
	heard := &announced{Writer: s.app.stderr, address: make(chan string, 1)}
	s.app.stderr = heard
	s.app.flags = commonFlags{}
	ended := make(chan int, 1)
	where := []string{"serve", "--jobs", s.jobs, "--listen", "127.0.0.1:0"}
	if len(flags) == 0 {
		where[4] = "unix:" + shortPath(s.t)
	}
	go func() { ended <- s.app.run(append(where, flags...)) }()
	s.t.Cleanup(func() {
		close(s.stop)
		require.Equal(s.t, exitDone, <-ended, "%s", s.stderr.String())
	})
	select {
	case address := <-heard.address:
		if _, isPath := strings.CutPrefix(where[4], "unix:"); isPath {
			address = forward(s.t, address)
		}
		s.base = "http://" + address
	case <-time.After(time.Minute):
		require.Fail(s.t, "it does not listen")
	}
}

// shortPath is a path for a Unix socket: the system takes no long one.
func shortPath(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "acfix")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return filepath.Join(folder, "s")
}

// forward is an address that leads to a Unix socket.
func forward(t *testing.T, path string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = from.Close() }()
				to, err := net.Dial("unix", path)
				if err != nil {
					return
				}
				defer func() { _ = to.Close() }()
				go func() {
					_, _ = io.Copy(to, from)
					_ = to.(*net.UnixConn).CloseWrite()
				}()
				_, _ = io.Copy(from, to)
			}()
		}
	}()
	return listener.Addr().String()
}

// serveWithTokens serves TLS, and returns the tokens of a viewer and an approver.
func (s *station) serveWithTokens() (viewer, approver string) {
	s.t.Helper()
	folder := s.t.TempDir()
	tokens := filepath.Join(folder, "tokens.json")
	viewer = strings.TrimSpace(s.acfix(exitDone, "token", "add", "--file", tokens, "--name", "vera", "--role", "viewer"))
	approver = strings.TrimSpace(s.acfix(exitDone, "token", "add", "--file", tokens, "--name", "ada", "--role", "approver"))
	certificate, key := filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	writeSelfSigned(s.t, certificate, key)
	s.serve("--tls-cert", certificate, "--tls-key", key, "--token-file", tokens)
	s.base = strings.Replace(s.base, "http:", "https:", 1)
	return viewer, approver
}

func writeSelfSigned(t *testing.T, certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	require.NoError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
}

// waitFor waits until something is so.
func (s *station) waitFor(so func() bool) {
	s.t.Helper()
	for end := time.Now().Add(time.Minute); !so(); {
		require.True(s.t, time.Now().Before(end), "it does not come about:\n%s", s.stderr.String())
		require.NoError(s.t, retry.Sleep(s.t.Context(), 20*time.Millisecond))
	}
}
