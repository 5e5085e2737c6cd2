package mockdevice_test

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/mockdevice"
)

// recorded are the requests that a client sent, byte by byte (testdata/SOURCES.md), by method and path.
func recorded(t *testing.T, name string) map[string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/clients/" + name + ".txt")
	require.NoError(t, err)
	requests := map[string]string{}
	for request := range strings.SplitSeq(strings.TrimSuffix(string(text), "\n"), "\n=====\n") {
		line, _, _ := strings.Cut(request, " HTTP/1.1\n")
		requests[line] = strings.ReplaceAll(request, "\n", "\r\n")
	}
	return requests
}

// replay sends a request as it was recorded, over a connection of its own.
func (s *station) replay(request string) (status int, kind, body string) {
	s.t.Helper()
	address := strings.TrimPrefix(s.server.URL(), "https://")
	connection, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, VerifyConnection: pinned(s.server)})
	require.NoError(s.t, err)
	defer func() { _ = connection.Close() }()
	_, err = io.WriteString(connection, request)
	require.NoError(s.t, err)
	response, err := http.ReadResponse(bufio.NewReader(connection), &http.Request{Method: request[:strings.IndexByte(request, ' ')]})
	require.NoError(s.t, err)
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	return response.StatusCode, response.Header.Get("Content-Type"), string(content)
}

// wantedByClient says what audiocodes-cli takes from each answer.
var wantedByClient = map[string]func(t *testing.T, kind, body string){
	"GET /api/v1/":              func(*testing.T, string, string) {}, // the status alone
	"GET /api/v1/status":        func(t *testing.T, _, body string) { assert.Contains(t, body, "serialNumber") },
	"GET /api/v1/files/ini":     func(t *testing.T, _, body string) { assert.Contains(t, body, "[ TLSContexts ]") },
	"GET /api/v1/files/tls":     func(t *testing.T, kind, body string) { assert.NotEmpty(t, listIn(t, kind, body, "tls")) },
	"GET /api/v1/alarms/active": func(t *testing.T, kind, body string) { assert.Len(t, listIn(t, kind, body, "alarms"), 1) },
	"GET /api/v1/alarms/history": func(t *testing.T, kind, body string) {
		list := listIn(t, kind, body, "alarms")
		require.Len(t, list, 2)
		assert.Equal(t, []any{"1", "7"}, []any{list[0]["id"], list[1]["id"]})
		assert.Equal(t, "/api/v1/alarms/history/1", list[0]["url"])
	},
	"GET /api/v1/kpi/current/sbc/callStats/global":    indicators,
	"GET /api/v1/kpi/current/sbc/callStats/ipGroup/1": indicators,
	"GET /api/v1/kpi/current/sbc/callStats/ipGroup": func(t *testing.T, kind, body string) {
		list := listIn(t, kind, body, "items")
		require.Len(t, list, 2)
		assert.Equal(t, []any{"1", "Teams"}, []any{list[1]["id"], list[1]["name"]})
	},
	"POST /api/v1/actions/saveConfiguration": func(t *testing.T, _, body string) { assert.Empty(t, body) },
}

// indicators are read by name, value and description; a value may be null.
func indicators(t *testing.T, kind, body string) {
	var null, numbers int
	for _, item := range listIn(t, kind, body, "items") {
		for _, key := range []string{"id", "name", "description", "url"} {
			assert.NotEmpty(t, item[key])
		}
		value, has := item["value"]
		assert.True(t, has)
		if value == nil {
			null++
		} else {
			assert.IsType(t, 0.0, value)
			numbers++
		}
	}
	assert.Positive(t, null)
	assert.Positive(t, numbers)
}

func listIn(t *testing.T, kind, body, key string) []map[string]any {
	t.Helper()
	assert.Contains(t, kind, "json", "the client decodes what is announced as JSON")
	var answer map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(body), &answer), body)
	var list []map[string]any
	require.NoError(t, json.Unmarshal(answer[key], &list), body)
	return list
}

func alarmed(t *testing.T) mockdevice.Model {
	model := preset(t, "7.4.500")
	model.PastAlarms = []mockdevice.Alarm{{ID: "1", Description: "Ethernet link down", Severity: "Minor", Source: "Board#1"}}
	model.Alarms = []mockdevice.Alarm{{ID: "7", Description: "NTP server down", Severity: "Major", Source: "Board#1"}}
	return model
}

// TestTheRequestsOfAudiocodesCLI holds the device against a client that others wrote and tried on firmware
// 7.40A.250.265.
func TestTheRequestsOfAudiocodesCLI(t *testing.T) {
	t.Parallel()
	s := start(t, alarmed(t))
	s.device.AddRoot(1, mockdevice.SelfMadeRoot("A"))
	requests := recorded(t, "audiocodes-cli")
	require.Len(t, requests, len(wantedByClient))
	for line, request := range requests {
		check := wantedByClient[line]
		require.NotNil(t, check, line)
		status, kind, body := s.replay(request)
		require.Equal(t, 200, status, "%s: %s", line, body)
		check(t, kind, body)
	}
	assert.False(t, s.device.SaveNeeded(), "its save is one")
	assert.Equal(t, s.device.Running(), s.device.Flash())
}

// TestWhatMonitorsMayRead: alarms and indicators need no more than Monitor, and none of them writes.
func TestWhatMonitorsMayRead(t *testing.T) {
	t.Parallel()
	model := alarmed(t)
	model.Level = 50
	s := start(t, model)
	for path, want := range map[string]int{
		"": 200, "status": 200, "alarms/history": 200, "alarms/history/1": 200, "alarms/history/7": 200, "alarms/history/9": 404,
		"alarms/active/1": 404, "kpi/current/sbc/callStats/global": 200, "kpi/current/sbc/callStats/ipGroup": 200,
		"kpi/current/sbc/callStats/ipGroup/0": 200, "kpi/current/sbc/callStats/ipGroup/42": 404, "kpi/current/sbc/callStats/ipGroup/01": 404,
		"kpi/current/sbc/callStats/global/x": 404, "kpi": 404, "files/ini": 403, "files/tls": 403,
	} {
		assert.Equal(t, want, s.get(path).status, path)
		assert.NotEqual(t, 200, s.do("POST", path, http.NoBody, nil).status, path)
	}
	assert.Equal(t, 400, s.get("alarms/history?limit=x").status)
	page := s.get("alarms/history?limit=1").json(t)
	assert.Equal(t, "1", page["cursor"].(map[string]any)["after"])
	assert.Contains(t, s.get("alarms/history?limit=1&after=1").body, `"id":"7"`)
	model.Alarms, model.PastAlarms = nil, nil
	assert.Equal(t, 204, start(t, model).get("alarms/history").status)
}

// TestQuotesWithinACell: real dumps have them without an escape.
func TestQuotesWithinACell(t *testing.T) {
	t.Parallel()
	load := func(cell string) string {
		return "[ TLSContexts ]\nFORMAT Index = Name, DHKeySize;\nTLSContexts 1 = " + cell + ";\n[ \\TLSContexts ]\n"
	}
	for cell, want := range map[string]string{
		`"say "hello" twice", 2048`: `say "hello" twice`,
		`"a"b", 2048`:               `a"b`,
		`"""", 2048`:                `""`,
		`"a"; b", 2048`:             `a"; b`,
		`"x == "y"" , 2048`:         `x == "y"`,
		`"C:\", 2048`:               `C:\`,
		`"header.to.url.user == "1;"` + ` or "2"", 2048`: `header.to.url.user == "1;" or "2"`,
	} {
		s := start(t, preset(t, "7.4.500"))
		require.Equal(t, 200, s.put(loadPath, load(cell)).status, cell)
		assert.Equal(t, want, s.device.Running().Cell("TLSContexts", 1, "Name"))

		model, err := mockdevice.FromINI([]byte(s.get("files/ini").body))
		require.NoError(t, err, "what it writes is a dump that it takes")
		assert.Equal(t, want, mockdevice.New(model).Running().Cell("TLSContexts", 1, "Name"))
	}
	for _, cell := range []string{`"a" b, 2048`, `a"b, 2048`, `"a, 2048`, `"a"", "b", 2048`, `"a", 2048; x`} {
		s := start(t, preset(t, "7.4.500"))
		assert.Equal(t, 400, s.put(loadPath, load(cell)).status, cell)
		assert.Equal(t, "Teams", s.device.Running().Cell("TLSContexts", 1, "Name"))
	}
}
