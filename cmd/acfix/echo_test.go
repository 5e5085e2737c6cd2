package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// echoingDevice is a device that quotes in its status, its alarms, its call statistics and its refusals
// what it was sent to log in.
type echoingDevice struct{ *mockdevice.Device }

func (e echoingDevice) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, given, _ := r.BasicAuth()
	echo := "got " + r.Header.Get("Authorization") + " with " + given
	path := strings.TrimPrefix(r.URL.Path, "/api/v1")
	switch {
	case path == "/status":
		answer := httptest.NewRecorder()
		e.Device.ServeHTTP(answer, r)
		var fields map[string]any
		if json.Unmarshal(answer.Body.Bytes(), &fields) != nil {
			http.Error(w, "", http.StatusInternalServerError)
			return
		}
		fields["productType"], fields["operationalState"], fields["localTimeStamp"] = echo, echo, echo
		answerJSON(w, http.StatusOK, fields)
	case path == "/alarms/active":
		answerJSON(w, http.StatusOK, map[string]any{"alarms": []any{map[string]any{"id": "7", "description": "Proxy Set 1: " + echo, "source": echo}}, "cursor": map[string]any{"after": "-1"}})
	case strings.HasPrefix(path, "/kpi/"):
		answerJSON(w, http.StatusOK, map[string]any{"items": []any{map[string]any{"id": echo, "name": echo, "value": echo}}})
	case strings.HasSuffix(path, "/trustedRoot/incremental"):
		answerJSON(w, http.StatusBadRequest, map[string]any{"description": echo})
	default:
		e.Device.ServeHTTP(w, r)
	}
}

func answerJSON(w http.ResponseWriter, status int, document any) {
	body, _ := json.Marshal(document)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// TestAnEchoOfThePasswordIsNowhere, but in the status of a backup, which is kept as it came.
func TestAnEchoOfThePasswordIsNowhere(t *testing.T) {
	t.Parallel()
	model, err := mockdevice.Preset("7.4.500")
	require.NoError(t, err)
	model.Password = plantedPassword
	server := httptest.NewTLSServer(echoingDevice{mockdevice.New(model)})
	t.Cleanup(server.Close)
	pin := sha256.Sum256(server.Certificate().Raw)
	d := newOperator(t, "")
	d.app.readSecret = func() ([]byte, error) { return []byte(plantedPassword), nil }
	d.target = []string{server.URL, "--pin", hex.EncodeToString(pin[:])}
	for _, format := range []string{"text", "json", "jsonl"} {
		require.Equal(t, exitFailed, d.run("apply", "--yes", "--log-level", "debug", "-o", format), d.stderr.String())
	}
	assert.Contains(t, d.stdout.String(), "(masked)")
	printed := d.stdout.String() + d.stderr.String()
	d.stdout.Reset()
	require.Equal(t, exitDone, d.app.run([]string{"history", "-o", "json"}))
	for _, listed := range decode(t, d.stdout.String())["runs"].([]any) {
		for _, format := range []string{"text", "json", "csv", "html", "junit"} {
			d.app.run([]string{"report", listed.(map[string]any)["id"].(string), "-o", format})
		}
	}
	state := d.app.getenv("XDG_STATE_HOME")
	d.run("doctor", "--bundle", filepath.Join(state, "bug.zip"), "-o", "json", "--log-level", "debug")
	searched := map[string]string{"printed": printed, "stdout": d.stdout.String(), "stderr": d.stderr.String()}
	for path, content := range filesBelow(t, state) {
		if filepath.Base(path) != "status.json" {
			searched[path] = content
		}
	}
	token := base64.StdEncoding.EncodeToString([]byte("Admin:" + plantedPassword))
	escaped, err := json.Marshal(plantedPassword)
	require.NoError(t, err)
	forbidden := []string{plantedPassword, token, url.QueryEscape(plantedPassword), strings.Trim(string(escaped), `"`), "Tr0ub4dor"}
	for where, content := range searched {
		at := slices.IndexFunc(forbidden, func(secret string) bool { return strings.Contains(content, secret) })
		assert.Negative(t, at, "%s holds a form of the password", where)
	}
}
