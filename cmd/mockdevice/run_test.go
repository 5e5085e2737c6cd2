package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/mockdevice"
)

// running starts the command and gives what its info file says.
func running(t *testing.T, args ...string) (url, pin string) {
	t.Helper()
	info := filepath.Join(t.TempDir(), "info")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	var stderr bytes.Buffer
	go func() { ended <- run(ctx, append(args, "--info-file", info), io.Discard, &stderr) }()
	t.Cleanup(func() {
		cancel()
		assert.Equal(t, exitOK, <-ended)
	})
	return readInfo(t, info, ended, &stderr)
}

// readInfo waits for the info file, which appears whole or not at all.
func readInfo(t *testing.T, path string, ended chan int, stderr *bytes.Buffer) (url, pin string) {
	t.Helper()
	for {
		text, err := os.ReadFile(path)
		if err == nil {
			first, rest, _ := strings.Cut(string(text), "\n")
			return strings.TrimPrefix(first, "ACFIX_URL="), strings.TrimPrefix(strings.TrimSpace(rest), "ACFIX_PIN=")
		}
		select {
		case code := <-ended:
			ended <- code
			t.Fatalf("ended with %d: %s", code, stderr)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func status(t *testing.T, url, pin, password string) int {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequest("GET", url+"/api/v1/status", nil)
	require.NoError(t, err)
	request.SetBasicAuth("Admin", password)
	response, err := transport.RoundTrip(request)
	require.NoError(t, err)
	response.Body.Close()
	if response.TLS != nil {
		sum := sha256.Sum256(response.TLS.PeerCertificates[0].Raw)
		assert.Equal(t, pin, hex.EncodeToString(sum[:]))
	}
	return response.StatusCode
}

func TestServes(t *testing.T) {
	url, pin := running(t)
	assert.True(t, strings.HasPrefix(url, "https://127.0.0.1:"))
	assert.Equal(t, 200, status(t, url, pin, "Admin"))
}

func TestServesHTTP(t *testing.T) {
	url, pin := running(t, "--http", "--preset", "7.0")
	assert.True(t, strings.HasPrefix(url, "http://127.0.0.1:"))
	assert.Empty(t, pin)
	assert.Equal(t, 200, status(t, url, pin, "Admin"))
}

func TestPasswords(t *testing.T) {
	t.Setenv("MOCK_PASSWORD", "from the environment")
	url, pin := running(t, "--password-env", "MOCK_PASSWORD")
	assert.Equal(t, 401, status(t, url, pin, "Admin"))
	assert.Equal(t, 200, status(t, url, pin, "from the environment"))

	file := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(file, []byte("from a file\n"), 0o600))
	url, pin = running(t, "--password-file", file)
	assert.Equal(t, 200, status(t, url, pin, "from a file"))
}

func TestFaultsAndVariants(t *testing.T) {
	url, pin := running(t, "--fault", "GET status count=1 status=503", "--variant", "chunked", "--variant", "ini-lf")
	assert.Equal(t, 503, status(t, url, pin, "Admin"))
	assert.Equal(t, 200, status(t, url, pin, "Admin"))
}

func TestINIFile(t *testing.T) {
	url, pin := running(t, "--ini", filepath.Join("..", "..", "mockdevice", "testdata", "teams-azure-single-tenant-7.2.ini"))
	assert.Equal(t, 200, status(t, url, pin, "Admin"))
}

func TestMisuse(t *testing.T) {
	tests := map[string][]string{
		"unknown flag":            {"--nope"},
		"argument":                {"extra"},
		"unknown preset":          {"--preset", "8.0"},
		"unknown variant":         {"--variant", "nope"},
		"exclusive variants":      {"--variant", "chunked", "--variant", "close-delimited"},
		"bad fault":               {"--fault", "nope"},
		"no such INI":             {"--ini", "does-not-exist.ini"},
		"password variable unset": {"--password-env", "MOCK_UNSET_VARIABLE"},
		"no password file":        {"--password-file", "does-not-exist"},
		"two passwords":           {"--password-env", "PATH", "--password-file", "x"},
	}
	for name, args := range tests {
		t.Run(name, func(t *testing.T) {
			var stderr bytes.Buffer
			assert.Equal(t, exitMisuse, run(t.Context(), args, io.Discard, &stderr))
			assert.Contains(t, stderr.String(), "mockdevice:")
		})
	}
}

func TestFailures(t *testing.T) {
	var stderr bytes.Buffer
	assert.Equal(t, exitFailed, run(t.Context(), []string{"--listen", "256.0.0.1:0"}, io.Discard, &stderr))
	assert.NotEmpty(t, stderr.String())
	missing := filepath.Join(t.TempDir(), "no", "info")
	assert.Equal(t, exitFailed, run(t.Context(), []string{"--info-file", missing}, io.Discard, &stderr))
}

func TestList(t *testing.T) {
	var stdout bytes.Buffer
	assert.Equal(t, exitOK, run(t.Context(), []string{"--list"}, &stdout, io.Discard))
	for _, v := range slices.Concat(mockdevice.Variants(), mockdevice.Quirks()) {
		assert.Contains(t, stdout.String(), v.Name)
	}
	for _, name := range mockdevice.PresetNames() {
		assert.Contains(t, stdout.String(), name)
	}
	assert.Equal(t, exitOK, run(t.Context(), []string{"--help"}, io.Discard, io.Discard))
}

func TestPrintsAddressAndFingerprint(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stdout bytes.Buffer
	assert.Equal(t, exitOK, run(ctx, nil, &stdout, io.Discard))
	assert.Regexp(t, `^URL: https://127\.0\.0\.1:\d+\nSHA-256: [0-9a-f]{64}\n$`, stdout.String())
}
