package access_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/retry"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAWriterKnowsWhatTheReaderLearned of a device: its first two reads are under way at the same time.
// docs/design/device.md: The next client knows what the last one learned
func TestAWriterKnowsWhatTheReaderLearned(t *testing.T) {
	t.Parallel()
	var seconds, waiting atomic.Int64
	both := make(chan struct{})
	device := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if seconds.Add(1) > 1 {
			if waiting.Add(1) == 2 {
				close(both)
			}
			select {
			case <-both:
			case <-r.Context().Done():
			}
		}
		_, _ = io.WriteString(w, `{"versionID":"7.40A.500.357"}`)
	}))
	t.Cleanup(device.Close)
	clock := retry.Clock{
		Now: func() time.Time { return time.Unix(seconds.Load(), 0) }, Sleep: retry.Sleep,
		Jitter: func() float64 { return 0 },
	}
	devices := find(t, roster(t, "devices: [{name: a, username: acfix, url: '"+device.URL+"'}]\n"), "a")
	err := access.Resolve(t.Context(), devices, typed(nil),
		&access.Secrets{Getenv: func(string) string { return "s3cr3t" }},
		access.ClientSettings{Timeout: time.Minute, LongTimeout: time.Minute, Retry: clock.Policy(0, 0, 0)})
	require.NoError(t, err)
	reader := devices[0].Reader()
	_, err = reader.Status(t.Context())
	require.NoError(t, err)
	reader.Close()
	writer := devices[0].Writer(nil)
	t.Cleanup(writer.Close)
	var running sync.WaitGroup
	for range 2 {
		running.Go(func() {
			_, err := writer.Status(t.Context())
			assert.NoError(t, err)
		})
	}
	running.Wait()
	assert.EqualValues(t, 3, devices[0].Connections())
}
