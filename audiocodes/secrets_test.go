package audiocodes_test

import (
	"bytes"
	"encoding/base64"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// withUser puts user and password into an address, where they do not belong.
func withUser(url string) string {
	return strings.Replace(url, "://", "://"+username+":"+password+"@", 1)
}

func TestNoErrorAndNoLogLineHoldsASecret(t *testing.T) {
	t.Parallel()
	digest := &digestLogin{password: "another"}
	for name, url := range map[string]string{
		"closed port":         "https://" + closedPort(t),
		"not a URL":           "https://sbc.example.com:port",
		"not a URL at all":    "https://%zz",
		"a scheme of its own": "gopher://127.0.0.1",
		"untrusted":           newTLSFixture(t, documented()).URL,
		"plain HTTP":          strings.Replace(newFixture(t, documented()).URL, "http:", "https:", 1),
		"refused":             newFixture(t, everywhere(challenged(`Basic realm="r"`))).URL,
		"refused by Digest":   newFixture(t, digest.guard(documented())).URL,
		"forbidden":           newFixture(t, everywhere(sayJSON(403, `{"description":"no"}`))).URL,
		"redirected":          newFixture(t, everywhere(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "https://"+r.Host, http.StatusFound) })).URL,
		"redirected nowhere": newFixture(t, everywhere(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://%zz")
			w.WriteHeader(http.StatusFound)
		})).URL,
		"a web page":  newFixture(t, everywhere(say(200, "text/html", loginPage))).URL,
		"dropped":     newFixture(t, everywhere(drop)).URL,
		"hanging":     newFixture(t, everywhere(hang)).URL,
		"half a body": newFixture(t, everywhere(startThenHang)).URL,
	} {
		for _, address := range []string{url, withUser(url)} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				var lines bytes.Buffer
				client := connect(t, address, func(o *audiocodes.Options) {
					if name == "hanging" || name == "half a body" {
						o.Timeout, o.LongTimeout = 20*time.Millisecond, 20*time.Millisecond
					}
					o.Log = slog.New(slog.NewTextHandler(&lines, &slog.HandlerOptions{Level: slog.LevelDebug}))
				})
				for _, operation := range allOperations() {
					err := operation.run(t.Context(), client)
					require.Error(t, err, operation.name)
					assertNoSecret(t, err.Error())
				}
				assert.NotEmpty(t, lines.String())
				assertNoSecret(t, lines.String())
			})
		}
	}
}

func assertNoSecret(t *testing.T, text string) {
	t.Helper()
	for _, secret := range []string{
		password, base64.StdEncoding.EncodeToString([]byte(username + ":" + password)), base64.StdEncoding.EncodeToString([]byte(password)),
		"Authorization", "Basic ", "Digest ", "response=", username + ":", "@",
	} {
		assert.NotContains(t, text, secret)
	}
}

func TestAPasswordInABrokenAddressIsNotShown(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"https://" + username + ":" + password + "/x@sbc.example.com",
		"https://" + username + ":" + password,
		"https://" + username + ":" + password + "%zz@sbc.example.com",
		"https://" + username + ":" + password + " @sbc.example.com",
	} {
		_, err := connect(t, address).Status(t.Context())
		requireKind(t, err, audiocodes.ErrUnreachable)
		assertNoSecret(t, err.Error())
	}
}

func TestTheLogTellsEachRequest(t *testing.T) {
	t.Parallel()
	var lines bytes.Buffer
	client := connect(t, newFixture(t, documented()).URL, func(o *audiocodes.Options) {
		o.Log = slog.New(slog.NewTextHandler(&lines, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	for _, operation := range allOperations() {
		lines.Reset()
		require.NoError(t, operation.run(t.Context(), client))
		assert.Contains(t, lines.String(), "method="+operation.method+" path="+operation.path+" status=200 ")
		assertNoSecret(t, lines.String())
	}
}
