package audiocodes_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/acfix/acfix/audiocodes"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func insecure(o *audiocodes.Options) { o.Trust.Insecure = true }

func TestSequentialRequestsShareOneConnection(t *testing.T) {
	t.Parallel()
	device := newTLSFixture(t, documented())
	client := connect(t, device.URL, insecure)
	for range 5 {
		for _, operation := range allOperations() {
			require.NoError(t, operation.run(t.Context(), client), operation.name)
		}
	}
	accepted, _ := device.connections()
	assert.Equal(t, 1, accepted, "one connection and one TLS handshake")
}

func TestRefusalsDoNotCostTheConnection(t *testing.T) {
	t.Parallel()
	routes := documented()
	routes["GET /files/ini"] = inTurn(sayJSON(409, `{"description":"busy"}`), sayJSON(404, ""), say(200, "text/html", loginPage), sayJSON(403, ""), say(204, "", ""))
	device := newFixture(t, routes)
	client := connect(t, device.URL)
	for range 5 {
		_, err := client.Configuration(t.Context())
		require.Error(t, err)
	}
	require.NoError(t, client.Save(t.Context()))
	accepted, _ := device.connections()
	assert.Equal(t, 1, accepted)
}

func TestConcurrentRequestsTakeTurnsOnOneConnection(t *testing.T) {
	t.Parallel()
	device := newTLSFixture(t, documented())
	client := connect(t, device.URL, insecure)
	var running sync.WaitGroup
	for range 10 {
		for _, operation := range allOperations() {
			running.Go(func() { assert.NoError(t, operation.run(t.Context(), client), operation.name) })
		}
	}
	running.Wait()
	_, peak := device.connections()
	assert.Equal(t, 1, peak)
	assert.Len(t, device.requests(), 10*len(allOperations()))
}

func TestCloseGivesTheSessionsBack(t *testing.T) {
	t.Parallel()
	device := newFixture(t, documented())
	client := connect(t, device.URL)
	require.NoError(t, client.Save(t.Context()))
	client.Close()
	<-device.closed
}

func TestARedirectIsShownAndNotFollowed(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, operation := range allOperations() {
			t.Run(http.StatusText(status)+" of "+operation.name, func(t *testing.T) {
				t.Parallel()
				elsewhere := newFixture(t, documented())
				redirect := func(to string) http.HandlerFunc {
					return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to+prefix+operation.path, status) }
				}
				device := newFixture(t, answers{operation.route(): inTurn(redirect(elsewhere.URL), redirect(""))})
				client := connect(t, device.URL)
				for range 2 {
					err := operation.run(t.Context(), client)
					require.ErrorIs(t, err, audiocodes.ErrBadAnswer)
					var failure *audiocodes.Error
					require.ErrorAs(t, err, &failure)
					assert.Equal(t, status, failure.Status)
				}
				assert.Empty(t, elsewhere.requests(), "another host gets nothing")
				assert.Len(t, device.requests(), 2)
			})
		}
	}
}
