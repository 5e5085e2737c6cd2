package audiocodes_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/retry"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNothingIsSentInTheClearThroughAProxy(t *testing.T) {
	t.Parallel()
	asked := 0
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	t.Cleanup(proxy.Close)
	address, err := url.Parse(proxy.URL)
	require.NoError(t, err)
	client := audiocodes.New(audiocodes.Options{
		URL: "http://127.0.0.1:1", Username: "u", Password: "hunter2", Proxy: address, Timeout: time.Minute, LongTimeout: time.Minute,
		Retry: retry.Clock{Now: time.Now, Sleep: retry.Sleep, Jitter: func() float64 { return 0 }}.Policy(time.Minute, time.Minute, 0),
	})
	_, err = client.Status(t.Context())
	require.ErrorIs(t, err, audiocodes.ErrUnreachable)
	assert.ErrorContains(t, err, "not used through a proxy")
	assert.Zero(t, asked)
}
