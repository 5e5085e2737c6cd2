package audiocodes_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/acfix/acfix/audiocodes"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// refusals are the reasons that a failed handshake is told with.
var refusals = []error{
	audiocodes.ErrOldTLS, audiocodes.ErrOldCiphers, audiocodes.ErrClientCertificate, audiocodes.ErrClientRefused,
	audiocodes.ErrLateCertificate, audiocodes.ErrNoTLS, audiocodes.ErrUnreadCertificate, audiocodes.ErrHungUp,
}

// requireRefusal checks that TLS failed for one reason, audiocodes.ErrHandshake standing for
// none of those that have a name.
func requireRefusal(t *testing.T, err, want error) {
	t.Helper()
	requireKind(t, err, audiocodes.ErrUnreachable)
	for _, reason := range refusals {
		assert.Equal(t, reason == want, errors.Is(err, reason), "is %q: %v", reason, err)
	}
	assert.Equal(t, want != audiocodes.ErrHungUp, errors.Is(err, audiocodes.ErrHandshake))
}

// tlsDevice is a fixture with a TLS configuration.
func tlsDevice(t *testing.T, config *tls.Config) *fixture {
	t.Helper()
	device := unstarted(t, documented())
	device.TLS = config
	device.StartTLS()
	return device
}

// rawServer hands each connection to serve and closes it then; accepted counts them.
func rawServer(t *testing.T, serve func(net.Conn)) (url string, accepted *atomic.Int64) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	accepted = new(atomic.Int64)
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			accepted.Add(1)
			serving.Go(func() {
				defer func() { _ = connection.Close() }()
				serve(connection)
			})
		}
	})
	t.Cleanup(func() { _ = listener.Close(); serving.Wait() })
	return "https://" + listener.Addr().String(), accepted
}

// hello reads the client's first record.
func hello(connection net.Conn) {
	head := make([]byte, 5)
	if _, err := io.ReadFull(connection, head); err == nil {
		_, _ = io.CopyN(io.Discard, connection, int64(head[3])<<8|int64(head[4]))
	}
}

func alertWith(number byte) func(net.Conn) {
	return func(connection net.Conn) {
		hello(connection)
		_, _ = connection.Write([]byte{21, 3, 3, 0, 2, 2, number})
		_, _ = io.Copy(io.Discard, connection) // a reset would overtake the alert
	}
}

// withClient makes a client certificate of its own.
func withClient(t *testing.T) (func(*audiocodes.Options), *x509.Certificate) {
	t.Helper()
	own := identity(t)
	return func(o *audiocodes.Options) { o.Trust.Client = &own }, own.Leaf
}

func withOld(o *audiocodes.Options)    { o.Trust.MinVersion = tls.VersionTLS10 }
func withNew(o *audiocodes.Options)    { o.Trust.MinVersion = tls.VersionTLS13 }
func withLegacy(o *audiocodes.Options) { o.Trust.LegacyCiphers = true }

// TestARefusalIsNamedAtOnce: one connection, no waiting, nothing that a device could act on.
func TestARefusalIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	client, _ := withClient(t)
	for number, rows := range map[byte]map[string]struct {
		with []func(*audiocodes.Options)
		want error
	}{
		70: {
			"": {want: audiocodes.ErrOldTLS}, "old": {[]func(*audiocodes.Options){withOld}, audiocodes.ErrHandshake},
			"new": {[]func(*audiocodes.Options){withNew}, audiocodes.ErrOldTLS},
		},
		86: {"": {want: audiocodes.ErrOldTLS}},
		40: {
			"": {want: audiocodes.ErrOldCiphers}, "legacy": {[]func(*audiocodes.Options){withLegacy}, audiocodes.ErrHandshake},
			"old": {[]func(*audiocodes.Options){withOld}, audiocodes.ErrHandshake},
		},
		71:  {"": {want: audiocodes.ErrOldCiphers}},
		42:  {"": {want: audiocodes.ErrClientCertificate}, "client": {[]func(*audiocodes.Options){client}, audiocodes.ErrClientRefused}},
		43:  {"": {want: audiocodes.ErrClientCertificate}},
		44:  {"client": {[]func(*audiocodes.Options){client}, audiocodes.ErrClientRefused}},
		45:  {"client": {[]func(*audiocodes.Options){client}, audiocodes.ErrClientRefused}},
		46:  {"": {want: audiocodes.ErrClientCertificate}},
		48:  {"": {want: audiocodes.ErrClientCertificate}, "client": {[]func(*audiocodes.Options){client}, audiocodes.ErrClientRefused}},
		49:  {"": {want: audiocodes.ErrClientCertificate}},
		116: {"": {want: audiocodes.ErrClientCertificate}, "client": {[]func(*audiocodes.Options){client}, audiocodes.ErrClientRefused}},
		10:  {"": {want: audiocodes.ErrHandshake}},
		47:  {"": {want: audiocodes.ErrHandshake}},
		50:  {"": {want: audiocodes.ErrHandshake}},
		80:  {"": {want: audiocodes.ErrHandshake}},
		112: {"": {want: audiocodes.ErrHandshake}},
		200: {"": {want: audiocodes.ErrHandshake}},
	} {
		for name, row := range rows {
			t.Run(fmt.Sprintf("alert %d %s", number, name), func(t *testing.T) {
				t.Parallel()
				requireOneTry(t, alertWith(number), row.want, append(row.with, anything)...)
			})
		}
	}
}

func anything(o *audiocodes.Options) { o.Trust.Insecure = true }

func requireOneTry(t *testing.T, serve func(net.Conn), want error, with ...func(*audiocodes.Options)) {
	t.Helper()
	looks := []operation{
		{name: "Observe", run: func(ctx context.Context, c *audiocodes.Client) error { _, err := c.Observe(ctx, "/status"); return err }},
		{name: "ObserveChallenge", run: func(ctx context.Context, c *audiocodes.Client) error { _, err := c.ObserveChallenge(ctx); return err }},
	}
	for _, operation := range append(looks, readOperations[0], writeOperations[0]) {
		url, accepted := rawServer(t, serve)
		waits := new(clock)
		err := operation.run(t.Context(), connect(t, url, append(with, patient(waits))...))
		requireRefusal(t, err, want)
		assert.EqualValues(t, 1, accepted.Load(), operation.name)
		assert.Empty(t, waits.pauses)
		assert.True(t, audiocodes.NotDone(err), "the request was not sent: %s", operation.name)
	}
}

// TestWhatSpeaksNoTLS is told at once too.
func TestWhatSpeaksNoTLS(t *testing.T) {
	t.Parallel()
	says := func(text string) func(net.Conn) {
		return func(connection net.Conn) {
			hello(connection)
			_, _ = io.WriteString(connection, text)
			_, _ = io.Copy(io.Discard, connection)
		}
	}
	for name, row := range map[string]struct {
		serve func(net.Conn)
		want  error
	}{
		"HTTP":             {says("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"), audiocodes.ErrNoTLS},
		"an old HTTP":      {says("HTTP/1.0 302 Found\r\nLocation: https://sbc/\r\n\r\n"), audiocodes.ErrNoTLS},
		"a web page alone": {says("<html><body>400</body></html>"), audiocodes.ErrNoTLS},
		"SSH":              {says("SSH-2.0-OpenSSH_9.6\r\n"), audiocodes.ErrNoTLS},
		"SIP":              {says("SIP/2.0 400 Bad Request\r\n\r\n"), audiocodes.ErrNoTLS},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireOneTry(t, row.serve, row.want, anything)
		})
	}
}

// hangUps are the ways to close a connection during TLS without a reason.
var hangUps = map[string]func(net.Conn){
	"closes before the hello":   func(net.Conn) {},
	"closes after the hello":    hello,
	"closes within its answer":  func(c net.Conn) { hello(c); _, _ = c.Write([]byte{22, 3, 3}) },
	"closes within its message": func(c net.Conn) { hello(c); _, _ = c.Write([]byte{22, 3, 3, 0, 90, 2, 0}) },
	"resets after the hello":    func(c net.Conn) { hello(c); _ = c.(*net.TCPConn).SetLinger(0) },
	"says goodbye":              func(c net.Conn) { hello(c); _, _ = c.Write([]byte{21, 3, 3, 0, 2, 1, 0}) },
}

// TestOldDevices are reached by the setting that their refusal names, and by no other.
func TestOldDevices(t *testing.T) {
	t.Parallel()
	suites := func(version uint16, ids ...uint16) *tls.Config {
		return &tls.Config{MinVersion: version, MaxVersion: version, CipherSuites: ids}
	}
	all := append(suiteIDs(tls.CipherSuites()), suiteIDs(tls.InsecureCipherSuites())...)
	for name, row := range map[string]struct {
		config *tls.Config
		want   error
		helps  func(*audiocodes.Options)
	}{
		"TLS 1.0 alone":    {suites(tls.VersionTLS10), audiocodes.ErrOldTLS, withOld},
		"TLS 1.1 alone":    {suites(tls.VersionTLS11), audiocodes.ErrOldTLS, withOld},
		"TLS 1.0 by RSA":   {suites(tls.VersionTLS10, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA), audiocodes.ErrOldTLS, withOld},
		"RSA, AES-128":     {suites(tls.VersionTLS12, tls.TLS_RSA_WITH_AES_128_CBC_SHA), audiocodes.ErrOldCiphers, withLegacy},
		"RSA, AES-256-GCM": {suites(tls.VersionTLS12, tls.TLS_RSA_WITH_AES_256_GCM_SHA384), audiocodes.ErrOldCiphers, withLegacy},
		"RSA, 3DES":        {suites(tls.VersionTLS12, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA), audiocodes.ErrOldCiphers, withLegacy},
		"RSA, RC4":         {suites(tls.VersionTLS12, tls.TLS_RSA_WITH_RC4_128_SHA), audiocodes.ErrOldCiphers, withLegacy},
		"ECDHE, RC4":       {suites(tls.VersionTLS12, tls.TLS_ECDHE_RSA_WITH_RC4_128_SHA), audiocodes.ErrOldCiphers, withLegacy},
		"CBC with SHA-256": {suites(tls.VersionTLS12, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256), audiocodes.ErrOldCiphers, withLegacy},
		"all, TLS 1.2":     {suites(tls.VersionTLS12, all...), nil, withLegacy},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			device, waits := tlsDevice(t, row.config), new(clock)
			pinned := func(o *audiocodes.Options) { o.Trust.Pins = []string{presented(device)} }
			_, err := connect(t, device.URL, pinned, patient(waits)).Status(t.Context())
			if row.want != nil {
				requireRefusal(t, err, row.want)
				assert.Equal(t, 1, device.connections())
				assert.Empty(t, device.requests())
				assert.Empty(t, waits.pauses)
			}
			_, err = connect(t, device.URL, pinned, row.helps).Status(t.Context())
			require.NoError(t, err)
		})
	}
}

func suiteIDs(suites []*tls.CipherSuite) []uint16 {
	var ids []uint16
	for _, suite := range suites {
		ids = append(ids, suite.ID)
	}
	return ids
}

// TestLegacyCiphersAreTheLastChoice: a device that knows better gets better.
func TestLegacyCiphersAreTheLastChoice(t *testing.T) {
	t.Parallel()
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		agreed := make(chan uint16, 1)
		device := unstarted(t, answers{"GET /status": func(w http.ResponseWriter, r *http.Request) {
			agreed <- r.TLS.CipherSuite
			sayJSON(200, statusJSON)(w, r)
		}})
		device.TLS = &tls.Config{MaxVersion: version, CipherSuites: append(suiteIDs(tls.InsecureCipherSuites()), suiteIDs(tls.CipherSuites())...)}
		device.StartTLS()
		_, err := connect(t, device.URL, anything, withLegacy).Status(t.Context())
		require.NoError(t, err)
		assert.Contains(t, suiteIDs(tls.CipherSuites()), <-agreed)
	}
}

// TestADeviceThatDemandsAClientCertificate says so by an alert, which under TLS 1.3 can come late
// or get lost with the connection.
func TestADeviceThatDemandsAClientCertificate(t *testing.T) {
	t.Parallel()
	right, leaf := withClient(t)
	wrong, _ := withClient(t)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for name, row := range map[string]struct {
			auth tls.ClientAuthType
			with []func(*audiocodes.Options)
			want error
		}{
			"none":                    {tls.RequireAnyClientCert, nil, audiocodes.ErrClientCertificate},
			"none, verified":          {tls.RequireAndVerifyClientCert, nil, audiocodes.ErrClientCertificate},
			"another":                 {tls.RequireAndVerifyClientCert, []func(*audiocodes.Options){wrong}, audiocodes.ErrClientRefused},
			"the right one":           {tls.RequireAndVerifyClientCert, []func(*audiocodes.Options){right}, nil},
			"any":                     {tls.RequireAnyClientCert, []func(*audiocodes.Options){wrong}, nil},
			"not demanded":            {tls.RequestClientCert, nil, nil},
			"not demanded, but given": {tls.VerifyClientCertIfGiven, []func(*audiocodes.Options){right}, nil},
			"not asked for":           {tls.NoClientCert, []func(*audiocodes.Options){right}, nil},
		} {
			t.Run(name+", "+tls.VersionName(version), func(t *testing.T) {
				t.Parallel()
				for range 10 {
					device := tlsDevice(t, &tls.Config{MinVersion: version, MaxVersion: version, ClientAuth: row.auth, ClientCAs: pool(leaf)})
					waits := new(clock)
					_, err := connect(t, device.URL, append(row.with, anything, patient(waits))...).Status(t.Context())
					if row.want == nil {
						require.NoError(t, err)
						continue
					}
					requireRefusal(t, err, row.want)
					accepted := device.connections()
					assert.Equal(t, 1, accepted)
					assert.Empty(t, device.requests())
					assert.Empty(t, waits.pauses)
				}
			})
		}
	}
}

// TestTheClientCertificateIsShownWhateverCAsAreNamed: the operator chose it for this device.
func TestTheClientCertificateIsShownWhateverCAsAreNamed(t *testing.T) {
	t.Parallel()
	own, _ := withClient(t)
	device := tlsDevice(t, &tls.Config{ClientAuth: tls.RequireAnyClientCert, ClientCAs: pool(identity(t).Leaf)})
	_, err := connect(t, device.URL, anything, own).Status(t.Context())
	require.NoError(t, err)
}

// TestAReadOutlastsADeviceThatRestarts: what may be a refusal at first contact passes for a
// device that has answered.
func TestAReadOutlastsADeviceThatRestarts(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]func(net.Conn){"hangs up": hello, "internal error": alertWith(80)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			own := identity(t)
			var connections atomic.Int64
			url, accepted := rawServer(t, func(connection net.Conn) {
				if n := connections.Add(1); n == 2 || n == 3 {
					trouble(connection)
					return
				}
				answerTLS(tls.Server(connection, &tls.Config{Certificates: []tls.Certificate{own}}))
			})
			waits := new(clock)
			client := connect(t, url, anything, patient(waits))
			for range 2 {
				_, err := client.Status(t.Context())
				require.NoError(t, err)
			}
			assert.EqualValues(t, 4, accepted.Load())
			assert.Len(t, waits.pauses, 2)
		})
	}
}

// answerTLS answers one request with a status and ends the connection.
func answerTLS(connection *tls.Conn) {
	buffer := make([]byte, 4096)
	if _, err := connection.Read(buffer); err != nil {
		return
	}
	_, _ = fmt.Fprintf(connection, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(statusJSON), statusJSON)
	_ = connection.CloseWrite()
}
