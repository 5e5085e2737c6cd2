package main

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/mockdevice"
)

const preset = "7.4.500"

// recorded are the requests of a small repair, taken from a device that is not of the
// fleet.
func recorded(t *testing.T) []request {
	t.Helper()
	model, err := mockdevice.Preset(preset)
	require.NoError(t, err)
	device := mockdevice.New(model)
	var tape tape
	device.OnRequest(tape.record)
	server, err := mockdevice.Start(device)
	require.NoError(t, err)
	t.Cleanup(server.Close)
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	t.Cleanup(transport.CloseIdleConnections)
	body, kind := upload(t, "[ TLSContexts ]\nFORMAT Index = UseDefaultCABundle;\nTLSContexts 1 = 1;\n[ \\TLSContexts ]\n")
	for _, q := range []request{
		{Method: "GET", Path: "/api/v1/status"},
		{Method: "GET", Path: "/api/v1/files/ini"},
		{Method: "PUT", Path: "/api/v1/files/ini/incremental", ContentType: kind, Body: body},
		{Method: "GET", Path: "/api/v1/alarms/active?limit=20"},
		{Method: "POST", Path: "/api/v1/actions/saveConfiguration"},
	} {
		l := loop{username: username, password: password}
		require.NoError(t, l.send(t.Context(), transport, server.URL(), q, io.Discard))
	}
	require.Equal(t, 2, device.Counts().Done)
	return tape.requests
}

func upload(t *testing.T, text string) (body []byte, kind string) {
	t.Helper()
	var out bytes.Buffer
	form := multipart.NewWriter(&out)
	part, err := form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="file"; filename="x.ini"`}, "Content-Type": {"application/octet-stream"},
	})
	require.NoError(t, err)
	_, err = io.WriteString(part, text)
	require.NoError(t, err)
	require.NoError(t, form.Close())
	return out.Bytes(), form.FormDataContentType()
}

func TestTheBareLoopDoesWhatWasRecorded(t *testing.T) {
	const devices = 10
	requests := recorded(t)
	require.Len(t, requests, 5)
	file := filepath.Join(t.TempDir(), "requests")
	text, err := json.Marshal(requests)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, text, 0o600))

	model, err := mockdevice.NewFleet(mockdevice.FleetModel{Size: devices, Uniform: preset})
	require.NoError(t, err)
	server, err := mockdevice.StartFleet(model)
	require.NoError(t, err)
	t.Cleanup(server.Close)
	f := fleet{inventory: filepath.Join(t.TempDir(), "inventory"), urls: filepath.Join(t.TempDir(), "urls")}
	require.NoError(t, os.WriteFile(f.inventory, server.Inventory(), 0o600))
	require.NoError(t, f.listURLs())

	backups := t.TempDir()
	bare := func(pin string) error {
		return run(t.Context(), []string{
			"bare", "-requests", file, "-urls", f.urls, "-parallel", "4", "-pin", pin, "-backups", backups,
		}, io.Discard, io.Discard)
	}
	require.NoError(t, bare(server.Fingerprint()))
	want := mockdevice.Counts{Requests: 5 * devices, Rounds: 5 * devices, Handshakes: devices, Writes: 2 * devices, Done: 2 * devices}
	assert.Equal(t, want, model.Counts())
	for i := range devices {
		folder := filepath.Join(backups, plainNames.Replace(server.URL(i)))
		ini, err := os.ReadFile(filepath.Join(folder, "_api_v1_files_ini"))
		require.NoError(t, err)
		assert.Contains(t, string(ini), "[ TLSContexts ]")
		files, err := os.ReadDir(folder)
		require.NoError(t, err)
		assert.Len(t, files, 2, "what was read before the first write")
		device, err := model.Device(i)
		require.NoError(t, err)
		assert.Equal(t, "1", device.Flash().Cell("TLSContexts", 1, "UseDefaultCABundle"))
	}
	require.ErrorContains(t, bare(strings.Repeat("0", 64)), "pinned")
}
