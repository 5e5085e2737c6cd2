package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// deskOver is a testApp before a device whose management interface speaks TLS by that configuration.
func deskOver(t *testing.T, config *tls.Config, bits int) *testApp {
	t.Helper()
	model, err := mockdevice.Preset("7.4.500")
	require.NoError(t, err)
	d := newOperator(t, "")
	d.device = mockdevice.New(model)
	own := newIdentity(t, bits)
	config.Certificates = []tls.Certificate{own.pair}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server, err := mockdevice.Serve(d.device, tls.NewListener(listener, config), false)
	require.NoError(t, err)
	t.Cleanup(server.Close)
	d.target = []string{strings.Replace(server.URL(), "http:", "https:", 1), "--pin", own.pin}
	return d
}

type identity struct {
	pair              tls.Certificate
	pin               string
	leaf              *x509.Certificate
	certFile, keyFile string
}

// newIdentity is a self-signed certificate with an RSA key, and both as files.
func newIdentity(t *testing.T, bits int) identity {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	sum := sha256.Sum256(der)
	folder := t.TempDir()
	own := identity{
		pair: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pin: hex.EncodeToString(sum[:]), leaf: leaf,
		certFile: filepath.Join(folder, "client.pem"), keyFile: filepath.Join(folder, "client.key"),
	}
	write := func(path, kind string, der []byte) {
		require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
	}
	write(own.certFile, "CERTIFICATE", der)
	write(own.keyFile, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))
	return own
}

func poolOf(certificate *x509.Certificate) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(certificate)
	return pool
}

// TestManagementTLS: what a device is reached by, what it says without, and what goes on record.
func TestManagementTLS(t *testing.T) {
	t.Parallel()
	client, stranger := newIdentity(t, 1024), newIdentity(t, 1024)
	demand := func(version uint16) *tls.Config {
		return &tls.Config{MaxVersion: version, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: poolOf(client.leaf)}
	}
	for name, row := range map[string]struct {
		config        func() *tls.Config
		message, hint string // without help
		help          []string
		finding       string
		warning       string
	}{
		"TLS 1.0 alone": {
			func() *tls.Config { return &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10} },
			"no TLS version in common", "--tls-min 1.0", []string{"--tls-min", "1.0"}, "old_tls", "",
		},
		"RSA key exchange alone": {
			func() *tls.Config {
				return &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_256_CBC_SHA}}
			},
			"no cipher suite in common", "--legacy-ciphers", []string{"--legacy-ciphers"}, "legacy_ciphers", "WARNING: --legacy-ciphers: ",
		},
		"a client certificate, TLS 1.2": {
			func() *tls.Config { return demand(tls.VersionTLS12) }, "demands a client certificate", "--client-cert",
			[]string{"--client-cert", client.certFile, "--client-key", client.keyFile}, "", "",
		},
		"a client certificate, TLS 1.3": {
			func() *tls.Config { return demand(tls.VersionTLS13) }, "demands a client certificate", "--client-cert",
			[]string{"--client-cert", client.certFile, "--client-key", client.keyFile}, "", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := deskOver(t, row.config(), 2048)
			began := time.Now()
			require.Equal(t, exitFailed, d.run("plan", "-o", "json"))
			assert.Less(t, time.Since(began), time.Minute, "nothing is repeated")
			failure := errorOf(t, d)
			assert.Equal(t, "unreachable", failure["code"])
			assert.Contains(t, failure["message"], row.message)
			assert.Contains(t, failure["hint"], row.hint)
			assert.Empty(t, d.device.Requests())

			d.stdout.Reset()
			d.stderr.Reset()
			require.Equal(t, exitDone, d.run(append([]string{"apply", "--yes", "-o", "json"}, row.help...)...), d.stdout.String()+d.stderr.String())
			requireFits(t, "acfix.result/v1", d.stdout.String())
			assert.Equal(t, row.finding != "", strings.Contains(d.stdout.String(), fmt.Sprintf("%q", or(row.finding, "legacy_ciphers"))))
			assert.Equal(t, row.warning != "", strings.Contains(d.stderr.String(), or(row.warning, "WARNING")), d.stderr.String())
		})
	}
	refused := deskOver(t, demand(tls.VersionTLS13), 2048)
	require.Equal(t, exitFailed, refused.run("plan", "-o", "json", "--client-cert", stranger.certFile, "--client-key", stranger.keyFile))
	assert.Contains(t, errorOf(t, refused)["message"], "does not accept the client certificate")
}

func or(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

func errorOf(t *testing.T, d *testApp) map[string]any {
	t.Helper()
	device := decode(t, d.stdout.String())["devices"].([]any)[0].(map[string]any)
	require.NotNil(t, device["error"], d.stdout.String())
	return device["error"].(map[string]any)
}

// TestEveryCommandTakesTheClientCertificate: each of them makes clients, and none may forget it.
func TestEveryCommandTakesTheClientCertificate(t *testing.T) {
	t.Parallel()
	client := newIdentity(t, 1024)
	d := deskOver(t, &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: poolOf(client.leaf)}, 2048)
	own := []string{"--client-cert", client.certFile, "--client-key", client.keyFile}
	folder := t.TempDir()
	with := func(code int, arguments ...string) {
		t.Helper()
		d.stdout.Reset()
		d.stderr.Reset()
		assert.Equal(t, code, d.run(slices.Concat(arguments, own)...), "%v: %s%s", arguments, d.stdout.String(), d.stderr.String())
	}
	with(exitDone, "plan", "--out", filepath.Join(folder, "plan.json"))
	with(exitDone, "doctor")
	with(exitDone, "backup", "--dir", filepath.Join(folder, "kept"))
	with(exitDone, "apply", "--dry-run")
	with(exitDone, "apply", "--yes", "--backup-dir", filepath.Join(folder, "backups"))
	found, err := filepath.Glob(filepath.Join(folder, "backups", "*"))
	require.NoError(t, err)
	require.Len(t, found, 1)
	d.target = d.target[1:]
	with(exitDone, "restore", found[0], "--dry-run")
	assert.Equal(t, exitFailed, d.run("restore", found[0], "--dry-run"))
	assert.Contains(t, d.stdout.String(), "demands a client certificate")
}

// TestAnInventorySaysHowADeviceIsReached, the client certificate beside it included.
func TestAnInventorySaysHowADeviceIsReached(t *testing.T) {
	t.Parallel()
	client := newIdentity(t, 1024)
	d := deskOver(t, &tls.Config{
		MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: poolOf(client.leaf),
	}, 2048)
	path := filepath.Join(filepath.Dir(client.certFile), "sites.yaml")
	text := fmt.Sprintf("devices:\n  - {name: ams-1, url: %q, pin: %s, client_cert: client.pem, client_key: client.key, legacy_ciphers: true}\n", d.target[0], d.target[2])
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	plan := filepath.Join(t.TempDir(), "plan.json")
	for _, arguments := range [][]string{
		{"plan", "-i", path, "-q", "--out", plan}, {"doctor", "ams-1", "-i", path, "-q"}, {"apply", plan, "-i", path, "--yes", "-q", "-o", "json"},
	} {
		d.stdout.Reset()
		d.stderr.Reset()
		require.Equal(t, exitDone, d.app.run(arguments), d.stderr.String())
		assert.Contains(t, d.stderr.String(), "WARNING: legacy_ciphers: old cipher suites are allowed to ams-1", "said on each run, -q or not")
		assert.Equal(t, arguments[0] != "doctor", strings.Contains(d.stdout.String(), "legacy_ciphers"), d.stdout.String())
	}
	assert.Equal(t, exitDone, d.app.run([]string{"inventory", "check", path}))

	require.NoError(t, os.Chmod(client.keyFile, 0o640))
	d.stderr.Reset()
	assert.Equal(t, exitUsage, d.app.run([]string{"plan", "-i", path}))
	assert.Contains(t, d.stderr.String(), "client_key: the file can be read by others than its owner (mode 0640)")
	assert.Contains(t, d.stderr.String(), "chmod 600")
}

// TestASavedPlanDoesNotHideHowItIsCarriedOut: the plan was made over a safer connection.
func TestASavedPlanDoesNotHideHowItIsCarriedOut(t *testing.T) {
	t.Parallel()
	for flag, finding := range map[string]string{"--legacy-ciphers": "legacy_ciphers", "--tls-min=1.1": "old_tls"} {
		d := newTestApp(t, "7.4.500", "")
		plan := filepath.Join(t.TempDir(), "plan.json")
		require.Equal(t, exitDone, d.run("plan", "--out", plan))
		assert.NotContains(t, d.stdout.String(), finding)
		d.stdout.Reset()
		require.Equal(t, exitDone, d.app.run(append([]string{"apply", plan, flag, "--yes", "-o", "json"}, d.target[1:]...)), d.stdout.String())
		assert.Contains(t, d.stdout.String(), fmt.Sprintf("%q", finding))
	}
}

// TestAShortKeyIsPinnedOrRefused, with the fingerprint to pin.
func TestAShortKeyIsPinnedOrRefused(t *testing.T) {
	t.Parallel()
	d := deskOver(t, &tls.Config{MaxVersion: tls.VersionTLS12}, 512)
	require.Equal(t, exitDone, d.run("plan"), d.stdout.String())
	d.stdout.Reset()
	require.Equal(t, exitFailed, d.app.run([]string{"plan", d.target[0], "--insecure", "-o", "json"}))
	failure := errorOf(t, d)
	assert.Equal(t, "tls_untrusted", failure["code"])
	assert.Contains(t, failure["message"], "RSA key is too short")
	assert.Contains(t, failure["hint"], "2048 bits")
	assert.Contains(t, failure["hint"], "--pin "+d.target[2])
}
