package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/mockdevice"
)

func ask(t *testing.T, method, url string) (int, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, body
}

func TestServesAFleet(t *testing.T) {
	folder := t.TempDir()
	inventory, control := filepath.Join(folder, "inventory.yaml"), filepath.Join(folder, "control")
	url, pin := running(t, "--fleet", "300", "--inventory", inventory, "--control-file", control, "--latency", "1ms",
		"--fault", "sbc-00002,sbc-00251: GET status status=503", "--fault", "GET alarms/active status=500")
	second := strings.Replace(url, "127.0.0.1", "127.0.0.2", 1)
	assert.Equal(t, 200, status(t, url, pin, "Admin"))
	assert.Equal(t, 503, status(t, second, pin, "Admin"))
	assert.Equal(t, 401, status(t, strings.Replace(url, "127.0.0.1", "127.0.1.50", 1), pin, "wrong"))

	text, err := os.ReadFile(inventory)
	require.NoError(t, err)
	assert.Equal(t, 300, strings.Count(string(text), "- name: "))
	assert.Contains(t, string(text), "  - name: sbc-00002\n    url: "+second+"\n")

	at, err := os.ReadFile(control)
	require.NoError(t, err)
	counts := func() (c counters) {
		code, body := ask(t, "GET", strings.TrimSpace(string(at))+"/counts")
		require.Equal(t, 200, code)
		require.NoError(t, json.Unmarshal(body, &c))
		return c
	}
	assert.Equal(t, 3, counts().Total.Requests)
	assert.Equal(t, 3, counts().Total.Handshakes)
	assert.Equal(t, 1, counts().Devices["sbc-00300"].FailedLogins)
	code, body := ask(t, "GET", strings.TrimSpace(string(at))+"/total")
	assert.Equal(t, 200, code)
	assert.JSONEq(t, `{"requests":3,"rounds":3,"failed_logins":1,"tls_handshakes":3,"writes":0,"writes_done":0,"needless_writes":0,"needless_saves":0,"overlapping_writers":0,"tripped":0}`, string(body))
	code, _ = ask(t, "POST", strings.TrimSpace(string(at))+"/reset")
	assert.Equal(t, 200, code)
	assert.Empty(t, counts().Devices)
	assert.Equal(t, 503, status(t, second, pin, "Admin"), "faults stay")
}

func TestFleetMisuse(t *testing.T) {
	for name, args := range map[string][]string{
		"without a fleet": {"--seed", "3"},
		"one device":      {"--fleet", "3", "--preset", "7.6"},
		"too few":         {"--fleet", "-1"},
		"unknown preset":  {"--fleet", "3", "--uniform", "nope"},
		"unknown variant": {"--fleet", "3", "--variant", "nope"},
		"bad fault":       {"--fleet", "3", "--fault", "nope"},
		"fault nowhere":   {"--fleet", "3", "--fault", "sbc-00004: GET status drop"},
		"no password":     {"--fleet", "3", "--password-file", "does-not-exist"},
	} {
		var stderr bytes.Buffer
		assert.Equal(t, exitMisuse, run(t.Context(), args, io.Discard, &stderr), name)
		assert.Contains(t, stderr.String(), "mockdevice:", name)
	}
	missing := filepath.Join(t.TempDir(), "no", "file")
	for _, flag := range []string{"--inventory", "--control-file", "--info-file"} {
		var stderr bytes.Buffer
		assert.Equal(t, exitFailed, run(t.Context(), []string{"--fleet", "2", flag, missing}, io.Discard, &stderr), flag)
	}
}

// Each device shows the certificate of its own that the file gives it, and the inventory pins it.
func TestServesIdentities(t *testing.T) {
	made, err := mockdevice.MakeIdentities(mockdevice.IdentityP384, 2)
	require.NoError(t, err)
	text, err := json.Marshal(made)
	require.NoError(t, err)
	file, inventory := filepath.Join(t.TempDir(), "identities"), filepath.Join(t.TempDir(), "inventory.yaml")
	require.NoError(t, os.WriteFile(file, text, 0o600))
	url, pin := running(t, "--fleet", "2", "--identities", file, "--inventory", inventory)
	assert.Equal(t, 200, status(t, url, pin, "Admin"))
	devices, err := os.ReadFile(inventory)
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(devices), `    pin: "`+pin+`"`)
	_, second, _ := strings.Cut(rest, `    pin: "`)
	second, _, _ = strings.Cut(second, `"`)
	assert.NotEqual(t, pin, second)
	assert.Equal(t, 200, status(t, strings.Replace(url, "127.0.0.1", "127.0.0.2", 1), second, "Admin"))

	for name, args := range map[string][]string{
		"too few": {"--fleet", "3", "--identities", file}, "no file": {"--fleet", "1", "--identities", file + "x"},
		"one device": {"--identities", file}, "no identities": {"--fleet", "1", "--identities", inventory},
	} {
		assert.Equal(t, exitMisuse, run(t.Context(), args, io.Discard, io.Discard), name)
	}
}
