package audiocodes_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestObserveShowsTheAnswerAsItCame(t *testing.T) {
	t.Parallel()
	f := newFixture(t, answers{
		"GET /status":                  sayJSON(200, statusJSON),
		"GET /files/tls/1/trustedRoot": sayJSON(400, `{"description":"nothing"}`),
		"GET /alarms/active":           say(204, "", ""),
		"GET /files/tls": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Connection", "close")
			_, _ = w.Write([]byte("[]"))
			w.(http.Flusher).Flush()
		},
	})
	client := connect(t, f.URL, func(o *audiocodes.Options) { o.ReadOnly = true })
	status, err := client.Observe(t.Context(), "/status")
	require.NoError(t, err)
	assert.Equal(t, statusJSON, string(status.Body))
	assert.Equal(t, 200, status.Status)
	assert.Equal(t, audiocodes.ByLength, status.Framing)
	assert.Equal(t, "Basic", status.Scheme)
	assert.Equal(t, "application/json", status.Header.Get("Content-Type"))
	assert.False(t, status.Reused)
	assert.Nil(t, status.TLS)
	assert.GreaterOrEqual(t, status.Took, status.FirstByte)
	assert.NoError(t, status.Err())

	store, err := client.Observe(t.Context(), "/files/tls/1/trustedRoot")
	require.NoError(t, err, "an error status is an answer too")
	assert.Equal(t, 400, store.Status)
	assert.True(t, store.Reused)
	assert.ErrorIs(t, store.Err(), audiocodes.ErrRejected)

	alarms, err := client.Observe(t.Context(), "/alarms/active?limit=1")
	require.NoError(t, err)
	assert.Equal(t, audiocodes.NoBody, alarms.Framing)
	assert.Equal(t, "limit=1", f.requests()[2].Query)

	list, err := client.Observe(t.Context(), "/files/tls")
	require.NoError(t, err)
	assert.Equal(t, audiocodes.ByChunks, list.Framing)
	assert.True(t, list.Closes)
}

// TestObserveOnlyReadsWhatIsListed: nothing is sent for any other path.
func TestObserveOnlyReadsWhatIsListed(t *testing.T) {
	t.Parallel()
	f := newFixture(t, answers{})
	client := connect(t, f.URL)
	for _, path := range []string{
		"", "/", "/files/cliScript", "/files/ini/incremental", "/actions/reset", "/status/", "/status?x=1", "/files/tls/1/privateKey",
		"/files/tls/1/trustedRoot/incremental", "/files/tls/x/trustedRoot", "/files/tls/../ini", "/alarms/active", "/alarms/active?limit=20&after=1",
		"/status\r\nX: y", "@evil.example/status",
	} {
		_, err := client.Observe(t.Context(), path)
		assert.ErrorIs(t, err, audiocodes.ErrNotObservable, path)
	}
	assert.Empty(t, f.requests())
}

func TestTheChallengeIsAskedForWithoutCredentials(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		variant string
		offered []string
		scheme  string
		later   int // challenges before the answer to the first request
	}{
		"Basic":  {"", []string{"Basic"}, "Basic", 0},
		"Digest": {"auth-digest", []string{"Digest"}, "Digest", 1},
		"either": {"auth-either", []string{"Digest", "Basic"}, "Basic", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			model, err := mockdevice.Preset("7.6")
			require.NoError(t, err)
			if variant, ok := mockdevice.FindVariant(test.variant); ok {
				variant.Set(&model.Dialect)
			}
			device, client := simulated(t, model)
			challenge, err := client.ObserveChallenge(t.Context())
			require.NoError(t, err)
			assert.Equal(t, 401, challenge.Status)
			assert.Empty(t, challenge.Scheme)
			var offered []string
			for _, header := range challenge.Challenges {
				scheme, _, _ := strings.Cut(header, " ")
				offered = append(offered, scheme)
			}
			assert.Equal(t, test.offered, offered)
			status, err := client.Observe(t.Context(), "/status")
			require.NoError(t, err)
			assert.Equal(t, test.scheme, status.Scheme)
			assert.Len(t, status.Challenges, test.later)
			assert.NotNil(t, status.TLS)
			again, err := client.Observe(t.Context(), "/status")
			require.NoError(t, err)
			assert.Empty(t, again.Challenges, "logged in")
			assert.Zero(t, device.FailedLogins())
			assert.Zero(t, device.Writes())
		})
	}
}

func TestObserveNeverTriesAPasswordTwice(t *testing.T) {
	t.Parallel()
	model, err := mockdevice.Preset("7.6")
	require.NoError(t, err)
	device, client := simulated(t, model, func(o *audiocodes.Options) { o.Password = "wrong" })
	for range 3 {
		_, err := client.Observe(t.Context(), "/status")
		require.ErrorIs(t, err, audiocodes.ErrUnauthorized)
	}
	assert.Equal(t, 1, device.FailedLogins())
}

func TestObserveBoundsAndKeepsToTheDevice(t *testing.T) {
	t.Parallel()
	f := newFixture(t, answers{
		"GET /files/tls": say(200, octetStream, strings.Repeat("x", 300<<10)),
		"GET /status": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://192.0.2.1/api/v1/status", http.StatusFound)
		},
		"GET /files/ini": drop,
	})
	client := connect(t, f.URL)
	list, err := client.Observe(t.Context(), "/files/tls")
	require.NoError(t, err)
	assert.True(t, list.Oversized)
	assert.Empty(t, list.Body)
	for _, look := range []func() (audiocodes.Observation, error){
		func() (audiocodes.Observation, error) { return client.Observe(t.Context(), "/status") },
		func() (audiocodes.Observation, error) { return client.ObserveChallenge(t.Context()) },
	} {
		seen, err := look()
		require.NoError(t, err)
		assert.Equal(t, http.StatusFound, seen.Status, "shown, not followed")
		assert.Error(t, seen.Err())
	}
	_, err = client.Observe(t.Context(), "/files/ini")
	assert.ErrorIs(t, err, audiocodes.ErrUnreachable)
}
