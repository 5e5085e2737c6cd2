package audiocodes_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/acfix/acfix/audiocodes"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// echoed is everything of a request that gives the password away.
func echoed(r *http.Request) string {
	_, given, _ := r.BasicAuth()
	return fmt.Sprintf("%s|%s|%s|%s", given, r.Header.Get("Authorization"), url.QueryEscape(given), url.PathEscape(given))
}

// describe is an error with a description in the documented form.
func describe(status int, text func(*http.Request) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := json.Marshal(map[string]string{"description": text(r)})
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}
}

// raw writes bytes of its own in place of an HTTP answer.
func raw(text func(*http.Request) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = connection.Write([]byte(text(r)))
		_ = connection.Close()
	}
}

var digestResponse = regexp.MustCompile(`response="([^"]+)"`)

// TestADeviceThatEchoesOurCredentials: they are in no error and in no line of the log, whatever
// it puts them into.
func TestADeviceThatEchoesOurCredentials(t *testing.T) {
	t.Parallel()
	for name, handle := range map[string]http.HandlerFunc{
		"in a description":                  describe(400, echoed),
		"in one that is cut":                describe(403, func(r *http.Request) string { return strings.Repeat("x", 195) + echoed(r) }),
		"in a busy answer":                  describe(409, echoed),
		"in an answer of another kind":      describe(500, echoed),
		"in a part":                         describe(206, echoed),
		"in a page":                         func(w http.ResponseWriter, r *http.Request) { say(200, "text/html", "<html>"+echoed(r))(w, r) },
		"in place of a status line":         raw(func(r *http.Request) string { return echoed(r) + "\r\n\r\n" }),
		"in a header line that is none":     raw(func(r *http.Request) string { return "HTTP/1.1 200 OK\r\n" + echoed(r) + "\r\n\r\n" }),
		"in a length that is none":          raw(func(r *http.Request) string { return "HTTP/1.1 200 OK\r\nContent-Length: " + echoed(r) + "\r\n\r\n" }),
		"in a status that is none":          raw(func(r *http.Request) string { return "HTTP/1.1 " + echoed(r) + "\r\n\r\n" }),
		"in a JSON list, taken for a table": func(w http.ResponseWriter, r *http.Request) { sayJSON(200, `["`+echoed(r)+`"]`)(w, r) },
		"in a header": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("WWW-Authenticate", `Basic realm="`+echoed(r)+`"`)
			w.WriteHeader(http.StatusUnauthorized)
		},
		"in an address to go to": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "https://"+echoed(r))
			w.WriteHeader(http.StatusFound)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var lines bytes.Buffer
			client := connect(t, newFixture(t, everywhere(handle)).URL, func(o *audiocodes.Options) {
				o.Log = slog.New(slog.NewTextHandler(&lines, &slog.HandlerOptions{Level: slog.LevelDebug}))
			})
			for _, operation := range allOperations() {
				if err := operation.run(t.Context(), client); err != nil {
					requireUnechoed(t, err.Error())
				}
			}
			seen, err := client.Observe(t.Context(), "/status")
			requireUnechoed(t, fmt.Sprint(err, seen.Err(), seen.Header, seen.Challenges, seen.Shown(string(seen.Body))))
			require.NotEmpty(t, lines.String())
			requireUnechoed(t, lines.String())
		})
	}
}

func requireUnechoed(t *testing.T, text string) {
	t.Helper()
	token := base64.StdEncoding.EncodeToString([]byte(username + ":" + password))
	for _, secret := range []string{password, token, strings.TrimRight(token, "="), url.QueryEscape(token)} {
		require.NotContains(t, text, secret)
	}
}

// TestADeviceThatEchoesADigest: the password can be guessed from the response.
func TestADeviceThatEchoesADigest(t *testing.T) {
	t.Parallel()
	digest := &digestLogin{password: password}
	var mu sync.Mutex
	var sent []string
	f := newFixture(t, digest.guard(everywhere(describe(400, func(r *http.Request) string {
		response := digestResponse.FindStringSubmatch(r.Header.Get("Authorization"))[1]
		mu.Lock()
		defer mu.Unlock()
		sent = append(sent, response)
		return "response " + response + " of " + strings.Join(sent, ",") + " in " + r.Header.Get("Authorization")
	}))))
	client := connect(t, f.URL)
	for range 3 {
		_, err := client.Status(t.Context())
		require.Error(t, err)
		mu.Lock()
		require.NotEmpty(t, sent)
		for _, response := range sent {
			assert.NotContains(t, err.Error(), response)
		}
		mu.Unlock()
		assert.Contains(t, err.Error(), "response (masked) of (masked)")
	}
}

// TestAnEchoInAStatusOrAnAlarm is in fields that people are shown; the bytes for the backup stay.
func TestAnEchoInAStatusOrAnAlarm(t *testing.T) {
	t.Parallel()
	a := documented()
	a["GET /status"] = func(w http.ResponseWriter, r *http.Request) {
		body, _ := json.Marshal(map[string]string{
			"productType": echoed(r), "versionID": echoed(r), "serialNumber": echoed(r), "macAddress": echoed(r),
			"operationalState": echoed(r), "highAvailability": echoed(r), "localTimeStamp": echoed(r), "saveNeeded": echoed(r),
		})
		sayJSON(200, string(body))(w, r)
	}
	a["GET /alarms/active"] = func(w http.ResponseWriter, r *http.Request) {
		body, _ := json.Marshal(map[string]any{"alarms": []map[string]string{{"id": echoed(r), "description": echoed(r), "source": echoed(r)}}})
		sayJSON(200, string(body))(w, r)
	}
	a["GET "+callsPath] = func(w http.ResponseWriter, r *http.Request) {
		body, _ := json.Marshal(map[string]any{"items": []map[string]string{{"id": echoed(r), "name": echoed(r), "value": echoed(r)}}})
		sayJSON(200, string(body))(w, r)
	}
	client := connect(t, newFixture(t, a).URL)
	status, err := client.Status(t.Context())
	require.NoError(t, err)
	assert.Contains(t, string(status.Raw), password, "as it came")
	status.Raw = nil
	requireUnechoed(t, fmt.Sprintf("%+v", status))
	assert.Empty(t, status.Serial, "not told")
	alarms, err := client.ActiveAlarms(t.Context())
	require.NoError(t, err)
	require.Len(t, alarms.Active, 1)
	requireUnechoed(t, fmt.Sprintf("%+v", alarms))
	calls, err := client.CallStatistics(t.Context(), 1)
	require.NoError(t, err)
	require.Len(t, calls, 1)
	requireUnechoed(t, fmt.Sprintf("%+v", calls))
}

// TestAPartIsNoWholeAnswer: neither what is read nor what is written is decided by it.
func TestAPartIsNoWholeAnswer(t *testing.T) {
	t.Parallel()
	whole := documented()
	for _, status := range []int{202, 203, 205, 206, 207, 208, 226, 299} {
		part := answers{}
		for route, handle := range whole {
			part[route] = func(w http.ResponseWriter, r *http.Request) { handle(statusOf{w, status}, r) }
		}
		f := newFixture(t, part)
		client := connect(t, f.URL)
		for _, operation := range allOperations() {
			err := operation.run(t.Context(), client)
			requireKind(t, err, audiocodes.ErrBadAnswer)
			require.ErrorContains(t, err, fmt.Sprintf("status %d", status), operation.name)
			assert.False(t, audiocodes.NotDone(err), "it may have happened all the same")
		}
		seen, err := client.Observe(t.Context(), "/files/ini")
		require.NoError(t, err)
		assert.ErrorIs(t, seen.Err(), audiocodes.ErrBadAnswer)
		assert.Len(t, f.requests(), len(allOperations())+1, "and is not asked for again")
	}
}

// statusOf answers with another status.
type statusOf struct {
	http.ResponseWriter
	status int
}

func (s statusOf) WriteHeader(int) { s.ResponseWriter.WriteHeader(s.status) }

func (s statusOf) Write(p []byte) (int, error) {
	n, err := s.ResponseWriter.Write(p)
	if errors.Is(err, http.ErrBodyNotAllowed) {
		return len(p), nil
	}
	return n, err
}
