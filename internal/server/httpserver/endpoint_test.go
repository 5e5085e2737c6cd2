package httpserver_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/server/httpserver"
)

var noon = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// clock stands still unless it is set.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time           { return noon.Add(time.Duration(c.at.Load())) }
func (c *clock) forward(by time.Duration) { c.at.Add(int64(by)) }
func quiet() *slog.Logger                 { return slog.New(slog.DiscardHandler) }
func text(body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
}
func below(t *testing.T, name string) string { return filepath.Join(t.TempDir(), name) }

// tokens makes a token file with a viewer and an approver.
func tokens(t *testing.T) (path, viewer, approver string) {
	t.Helper()
	file, viewer, err := httpserver.Tokens{}.Add("prometheus", httpserver.Viewer, noon, rand.Reader)
	require.NoError(t, err)
	file, approver, err = file.Add("ada", httpserver.Approver, noon, rand.Reader)
	require.NoError(t, err)
	path = below(t, "tokens.json")
	write(t, path, file)
	return path, viewer, approver
}

// write puts a token file in place as acfix does: renamed, so that it is another file.
func write(t *testing.T, path string, file httpserver.Tokens) {
	t.Helper()
	data, err := json.Marshal(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path+".new", data, 0o600))
	require.NoError(t, os.Rename(path+".new", path))
}

// pair makes a certificate for 127.0.0.1 with its key.
func pair(t *testing.T, serial int64) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	require.NoError(t, err)
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})
}

func pairFiles(t *testing.T) (certFile, keyFile string) {
	t.Helper()
	cert, key := pair(t, 1)
	folder := t.TempDir()
	certFile, keyFile = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	require.NoError(t, os.WriteFile(certFile, cert, 0o600))
	require.NoError(t, os.WriteFile(keyFile, key, 0o600))
	return certFile, keyFile
}

// serve starts a server with what the test adds, and ends it with the test.
func serve(t *testing.T, config httpserver.Config, add func(*httpserver.Server)) string {
	t.Helper()
	if config.Address == "" {
		config.Address = "127.0.0.1:0"
	}
	if config.Now == nil {
		config.Now = new(clock).now
	}
	if config.Log == nil {
		config.Log = quiet()
	}
	s, err := httpserver.Listen(t.Context(), config)
	require.NoError(t, err)
	add(s)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, time.Minute) }()
	t.Cleanup(func() {
		stop()
		assert.NoError(t, <-ended)
	})
	return s.Addr().String()
}

// client keeps no connection, so that a server has none to wait for.
func client(trust []byte) *http.Client {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(trust)
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: pool}}}
}

type answer struct {
	status int
	body   string
	header http.Header
}

// ask sends a request; the headers are name and value in turn, Host among them.
func ask(t *testing.T, method, url string, headers ...string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Add(headers[i], headers[i+1])
		if headers[i] == "Host" {
			request.Host = headers[i+1]
		}
	}
	response, err := client(nil).Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return answer{response.StatusCode, string(body), response.Header}
}

func TestWhereItMayListen(t *testing.T) {
	t.Parallel()
	certFile, keyFile := pairFiles(t)
	tokenFile, _, _ := tokens(t)
	empty := below(t, "empty.json")
	write(t, empty, httpserver.Tokens{Schema: httpserver.TokensSchema})
	for name, test := range map[string]struct {
		config httpserver.Config
		want   error
	}{
		"loopback":                   {httpserver.Config{Address: "127.0.0.1:0"}, nil},
		"localhost":                  {httpserver.Config{Address: "localhost:0"}, nil},
		"loopback with TLS":          {httpserver.Config{Address: "127.0.0.1:0", CertFile: certFile, KeyFile: keyFile}, nil},
		"loopback with tokens":       {httpserver.Config{Address: "127.0.0.1:0", TokenFile: tokenFile}, nil},
		"everywhere":                 {httpserver.Config{Address: "0.0.0.0:0"}, httpserver.ErrNeedsTLS},
		"no host is everywhere":      {httpserver.Config{Address: ":0"}, httpserver.ErrNeedsTLS},
		"everywhere, no TLS":         {httpserver.Config{Address: ":0", TokenFile: tokenFile}, httpserver.ErrNeedsTLS},
		"everywhere, no tokens":      {httpserver.Config{Address: ":0", CertFile: certFile, KeyFile: keyFile}, httpserver.ErrNeedsTokens},
		"everywhere, both":           {httpserver.Config{Address: ":0", CertFile: certFile, KeyFile: keyFile, TokenFile: tokenFile}, nil},
		"a certificate without key":  {httpserver.Config{Address: "127.0.0.1:0", CertFile: certFile}, httpserver.ErrCertificate},
		"a key without certificate":  {httpserver.Config{Address: "127.0.0.1:0", KeyFile: keyFile}, httpserver.ErrCertificate},
		"no such certificate":        {httpserver.Config{Address: "127.0.0.1:0", CertFile: "none", KeyFile: keyFile}, httpserver.ErrCertificate},
		"a key for a certificate":    {httpserver.Config{Address: "127.0.0.1:0", CertFile: keyFile, KeyFile: keyFile}, httpserver.ErrCertificate},
		"no such token file":         {httpserver.Config{Address: "127.0.0.1:0", TokenFile: "none"}, httpserver.ErrTokenFile},
		"a token file without token": {httpserver.Config{Address: "127.0.0.1:0", TokenFile: empty}, httpserver.ErrNoTokens},
		"no address":                 {httpserver.Config{Address: "nowhere"}, httpserver.ErrAddress},
		"viewed from afar":           {httpserver.Config{Address: ":0", CertFile: certFile, KeyFile: keyFile, TokenFile: tokenFile, ViewWithoutLogin: true}, httpserver.ErrViewedAfar},
		"viewed from afar, no TLS":   {httpserver.Config{Address: ":0", ViewWithoutLogin: true}, httpserver.ErrViewedAfar},
		"viewed here":                {httpserver.Config{Address: "127.0.0.1:0", ViewWithoutLogin: true}, nil},
		"probes, everywhere":         {httpserver.Config{Address: ":0", ProbesAlone: true}, nil},
		"a socket in no folder":      {httpserver.Config{Address: "unix:" + below(t, "none/s")}, httpserver.ErrBind},
		"a file in a socket's place": {httpserver.Config{Address: "unix:" + certFile}, httpserver.ErrBind},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.config.Log, test.config.Now = quiet(), new(clock).now
			s, err := httpserver.Listen(t.Context(), test.config)
			require.ErrorIs(t, err, test.want)
			if err == nil {
				require.NoError(t, s.Close())
			}
		})
	}
}

// TestWhatIsNoAddress is wrong however the machine is set up; what is well written is only not there now.
func TestWhatIsNoAddress(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	for address, wanted := range map[string]error{
		"8080": httpserver.ErrAddress, ":": httpserver.ErrAddress, "127.0.0.1": httpserver.ErrAddress, "127.0.0.1:": httpserver.ErrAddress,
		"::1": httpserver.ErrAddress, "::1:8080": httpserver.ErrAddress, "[::1]": httpserver.ErrAddress, "[::1:8080": httpserver.ErrAddress,
		"[::g]:8080": httpserver.ErrAddress, "[]:x": httpserver.ErrAddress, "127.0.0.1:65536": httpserver.ErrAddress, "127.0.0.1:-1": httpserver.ErrAddress,
		"127.0.0.1:+80": httpserver.ErrAddress, "127.0.0.1:8O80": httpserver.ErrAddress, "127.0.0.1:nosuchport": httpserver.ErrAddress,
		"127.0.0.1:8080/": httpserver.ErrAddress, "http://127.0.0.1:8080": httpserver.ErrAddress, "http://localhost": httpserver.ErrAddress,
		"256.0.0.1:8080": httpserver.ErrAddress, "127.0.0:8080": httpserver.ErrAddress, "127.0.0.1.:8080": httpserver.ErrAddress, "1:8080": httpserver.ErrAddress,
		"127.0.0.1 :8080": httpserver.ErrAddress, " 127.0.0.1:8080": httpserver.ErrAddress, "127.0.0.1: 8080": httpserver.ErrAddress, "*:8080": httpserver.ErrAddress,
		"local_host!:80": httpserver.ErrAddress, "-x:80": httpserver.ErrAddress, "a..b:80": httpserver.ErrAddress, "127.0.0.1,::1:80": httpserver.ErrAddress,
		"127.0.0.1:80:80": httpserver.ErrAddress, "\"127.0.0.1:80\"": httpserver.ErrAddress, "user@localhost:80": httpserver.ErrAddress,

		taken.Addr().String(): httpserver.ErrBind, "192.0.2.99:8080": httpserver.ErrBind, "[2001:db8::99]:8080": httpserver.ErrBind,
		"[fe80::1%nosuch0]:8080": httpserver.ErrBind,
		"127.0.0.1:0":            nil, "localhost:0": nil,
	} {
		server, err := httpserver.Listen(t.Context(), httpserver.Config{Address: address, Log: quiet(), Now: new(clock).now})
		require.ErrorIs(t, err, wanted, address)
		assert.Equal(t, wanted == httpserver.ErrAddress, errors.Is(err, httpserver.ErrAddress), address)
		if err == nil {
			require.NoError(t, server.Close())
		}
	}
}

func TestWithoutLoginOnlyThisMachineIsServed(t *testing.T) {
	t.Parallel()
	address := serve(t, httpserver.Config{ViewWithoutLogin: true}, func(s *httpserver.Server) {
		s.Handle("/", httpserver.Viewer, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, httpserver.PersonOf(r.Context()).Name)
		}))
	})
	for name, test := range map[string]struct {
		method  string
		headers []string
		want    int
	}{
		"by address":                    {"GET", nil, 200},
		"by name":                       {"GET", []string{"Host", "localhost:9"}, 200},
		"by name, without a port":       {"GET", []string{"Host", "LocalHost"}, 200},
		"by another loopback":           {"GET", []string{"Host", "127.9.9.9"}, 200},
		"by IPv6":                       {"GET", []string{"Host", "[::1]:80"}, 200},
		"by IPv6, without a port":       {"GET", []string{"Host", "[::1]"}, 200},
		"a rebound name":                {"GET", []string{"Host", "evil.example.com"}, 403},
		"a name that looks like it":     {"GET", []string{"Host", "127.0.0.1.example.com"}, 403},
		"localhost as a label":          {"GET", []string{"Host", "localhost.example.com:80"}, 403},
		"another address":               {"GET", []string{"Host", "192.0.2.1"}, 403},
		"a proxy":                       {"GET", []string{"X-Forwarded-For", "192.0.2.1"}, 403},
		"a proxy by the standard":       {"GET", []string{"Forwarded", "for=192.0.2.1"}, 403},
		"a form of its own":             {"POST", []string{"Sec-Fetch-Site", "same-origin"}, 200},
		"a form of another site":        {"POST", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		"a form of an old browser":      {"POST", []string{"Origin", "https://evil.example.com"}, 403},
		"a program":                     {"POST", nil, 200},
		"a token where none is asked":   {"GET", []string{"Authorization", "Bearer x"}, 200},
		"a link from another site read": {"GET", []string{"Sec-Fetch-Site", "cross-site"}, 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ask(t, test.method, "http://"+address, test.headers...)
			assert.Equal(t, test.want, got.status)
			if test.want == 200 {
				assert.Equal(t, "local", got.body)
			}
			assert.Equal(t, "nosniff", got.header.Get("X-Content-Type-Options"))
			assert.Equal(t, "no-store", got.header.Get("Cache-Control"))
		})
	}
}

// TestWithoutLoginNothingIsDone: at a loopback address every user of the machine may look where a flag says so; deeds
// need a token, or the Unix socket.
func TestWithoutLoginNothingIsDone(t *testing.T) {
	t.Parallel()
	tokenFile, viewer, approver := tokens(t)
	add := func(s *httpserver.Server) {
		s.Probes(httpserver.Anyone)
		s.Handle("GET /view", httpserver.Viewer, text("seen"))
		s.Handle("POST /deed", httpserver.Approver, text("done"))
	}
	for name, test := range map[string]struct {
		config           httpserver.Config
		token            string
		view, deed, from int // statuses; from: of a view through a proxy
	}{
		"nothing said":            {httpserver.Config{}, "", 401, 401, 403},
		"nothing said, a token":   {httpserver.Config{}, viewer, 401, 401, 403},
		"viewed":                  {httpserver.Config{ViewWithoutLogin: true}, "", 200, 403, 403},
		"viewed, any token":       {httpserver.Config{ViewWithoutLogin: true}, approver, 200, 403, 403},
		"tokens":                  {httpserver.Config{TokenFile: tokenFile}, "", 401, 401, 401},
		"viewed, tokens":          {httpserver.Config{ViewWithoutLogin: true, TokenFile: tokenFile}, "", 200, 403, 401},
		"viewed, tokens, viewer":  {httpserver.Config{ViewWithoutLogin: true, TokenFile: tokenFile}, viewer, 200, 403, 200},
		"viewed, tokens, deed":    {httpserver.Config{ViewWithoutLogin: true, TokenFile: tokenFile}, approver, 200, 200, 200},
		"viewed, tokens, a guess": {httpserver.Config{ViewWithoutLogin: true, TokenFile: tokenFile}, "acfix_x", 401, 401, 401},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base := "http://" + serve(t, test.config, add)
			var headers []string
			if test.token != "" {
				headers = []string{"Authorization", "Bearer " + test.token}
			}
			assert.Equal(t, 200, ask(t, "GET", base+"/healthz").status)
			assert.Equal(t, test.view, ask(t, "GET", base+"/view", headers...).status)
			assert.Equal(t, test.deed, ask(t, "POST", base+"/deed", headers...).status)
			proxied := append(slices.Clone(headers), "X-Forwarded-For", "192.0.2.1")
			assert.Equal(t, test.from, ask(t, "GET", base+"/view", proxied...).status)
		})
	}
}

func TestARenewedCertificateIsServed(t *testing.T) {
	t.Parallel()
	certFile, keyFile := pairFiles(t)
	address := serve(t, httpserver.Config{CertFile: certFile, KeyFile: keyFile}, func(s *httpserver.Server) { s.Handle("/", httpserver.Anyone, text("in")) })
	serial := func() int64 {
		connection, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // its serial is looked at
		require.NoError(t, err)
		defer func() { _ = connection.Close() }()
		return connection.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
	}
	assert.EqualValues(t, 1, serial())
	cert, key := pair(t, 2)
	require.NoError(t, os.WriteFile(certFile, cert, 0o600))
	assert.EqualValues(t, 1, serial(), "its key is not there yet")
	require.NoError(t, os.WriteFile(keyFile, key, 0o600))
	assert.EqualValues(t, 2, serial())
	require.NoError(t, os.Remove(certFile))
	assert.EqualValues(t, 2, serial())

	response, err := client(cert).Get("https://" + address)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, 200, response.StatusCode)
	assert.Contains(t, response.Header.Get("Strict-Transport-Security"), "max-age=31536000")
	_, err = tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11}) //nolint:gosec // it must be refused
	assert.Error(t, err)
	for _, suite := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		if !slices.Contains(suite.SupportedVersions, tls.VersionTLS12) {
			continue
		}
		connection, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{suite.ID}}) //nolint:gosec // weak ones must be refused
		modern := strings.HasPrefix(suite.Name, "TLS_ECDHE_ECDSA_") && (strings.Contains(suite.Name, "_GCM_") || strings.Contains(suite.Name, "_POLY1305_"))
		assert.Equal(t, modern, err == nil, suite.Name)
		if err == nil {
			_ = connection.Close()
		}
	}
}

// TestACertificateOfAnyShapeIsServed also checks the refusal of files that are not a pair.
func TestACertificateOfAnyShapeIsServed(t *testing.T) {
	t.Parallel()
	cert, key := pair(t, 1)
	other, otherKey := pair(t, 2)
	der, _ := pem.Decode(cert)
	bare, _ := pem.Decode(key)
	marked := func(text []byte) []byte { return append([]byte("\ufeff"), text...) }
	for name, test := range map[string]struct {
		cert, key []byte
		says      string
	}{
		"PEM":              {cert, key, ""},
		"a mark":           {marked(cert), marked(key), ""},
		"CR alone":         {bytes.ReplaceAll(cert, []byte("\n"), []byte("\r")), key, ""},
		"DER":              {der.Bytes, bare.Bytes, ""},
		"the key beside":   {slices.Concat(key, cert), slices.Concat(key, cert), ""},
		"another's key":    {cert, otherKey, "the key belongs to none of the certificates"},
		"the order":        {slices.Concat(other, cert), key, "the first certificate is not the key's"},
		"an encrypted key": {cert, []byte("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"), "it is protected by a passphrase"},
		"a page":           {[]byte("<html>"), key, "an HTML page"},
		"swapped":          {key, cert, "only a private key"},
	} {
		folder := t.TempDir()
		certFile, keyFile := filepath.Join(folder, "cert"), filepath.Join(folder, "key")
		require.NoError(t, os.WriteFile(certFile, test.cert, 0o600))
		require.NoError(t, os.WriteFile(keyFile, test.key, 0o600))
		s, err := httpserver.Listen(t.Context(), httpserver.Config{Address: "127.0.0.1:0", CertFile: certFile, KeyFile: keyFile, Now: new(clock).now, Log: quiet()})
		if test.says != "" {
			require.ErrorIs(t, err, httpserver.ErrCertificate, name)
			assert.ErrorContains(t, err, test.says, name)
			continue
		}
		require.NoError(t, err, name)
		require.NoError(t, s.Close())
	}
}

func TestRunningRequestsFinishAtTheEnd(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		grace time.Duration
		done  bool
	}{"within the time": {time.Minute, true}, "after it": {time.Nanosecond, false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := httpserver.Listen(t.Context(), httpserver.Config{Address: "127.0.0.1:0", Now: new(clock).now, Log: quiet()})
			require.NoError(t, err)
			begun, finish := make(chan struct{}), make(chan struct{})
			s.Handle("/", httpserver.Anyone, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				close(begun)
				select {
				case <-finish:
					_, _ = io.WriteString(w, "done")
				case <-r.Context().Done():
				}
			}))
			ctx, stop := context.WithCancel(t.Context())
			ended, answered := make(chan error, 1), make(chan error, 1)
			go func() { ended <- s.Serve(ctx, test.grace) }()
			go func() {
				response, err := client(nil).Get("http://" + s.Addr().String())
				if err == nil {
					err = response.Body.Close()
				}
				answered <- err
			}()
			<-begun
			stop()
			if test.done {
				close(finish)
				require.NoError(t, <-ended)
				require.NoError(t, <-answered)
				return
			}
			require.ErrorIs(t, <-ended, context.DeadlineExceeded)
			require.Error(t, <-answered)
		})
	}
}
