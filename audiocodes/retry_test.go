package audiocodes_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	minute = time.Minute
	hour   = time.Hour
)

func patient(c *clock) func(*audiocodes.Options) {
	return func(o *audiocodes.Options) { o.Retry, o.Now = c.policy(hour).Do, c.Now }
}

// startThenClose breaks off within its answer.
func startThenClose(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "9")
	_, _ = w.Write([]byte("["))
}

func TestAReadOutlastsWhatPasses(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]http.HandlerFunc{
		"409":               sayJSON(409, `{"description":"Redundant unit is being synchronized"}`),
		"503":               sayJSON(503, ""),
		"a lost connection": drop,
		"a cut-off answer":  startThenClose,
	} {
		for _, operation := range readOperations {
			t.Run(operation.name+" after "+name, func(t *testing.T) {
				t.Parallel()
				routes := documented()
				routes[operation.route()] = inTurn(trouble, trouble, routes[operation.route()])
				device, waits := newFixture(t, routes), new(clock)
				require.NoError(t, operation.run(t.Context(), connect(t, device.URL, patient(waits))))
				assert.Len(t, device.requests(), 3)
				assert.Len(t, waits.pauses, 2)
			})
		}
	}
}

func TestAReadOutlastsAHangingDevice(t *testing.T) {
	t.Parallel()
	device, waits := newFixture(t, answers{"GET /status": inTurn(hang, sayJSON(200, statusJSON))}), new(clock)
	client := connect(t, device.URL, patient(waits), func(o *audiocodes.Options) { o.Timeout = time.Second })
	_, err := client.Status(t.Context())
	require.NoError(t, err)
	assert.Len(t, waits.pauses, 1)
}

func TestPatienceEnds(t *testing.T) {
	t.Parallel()
	device, waits := newFixture(t, answers{"GET /status": sayJSON(409, `{"description":"synchronizing"}`)}), new(clock)
	_, err := connect(t, device.URL, patient(waits)).Status(t.Context())
	failure := requireKind(t, err, audiocodes.ErrBusy)
	assert.Equal(t, "synchronizing", failure.Description, "the last answer is told")
	assert.LessOrEqual(t, waits.Now().Sub(new(clock).Now()), hour)
	assert.Len(t, device.requests(), len(waits.pauses)+1)
	assert.Greater(t, len(waits.pauses), 10)
}

func TestAReadIsNotRepeatedWhenWaitingCanNotHelp(t *testing.T) {
	t.Parallel()
	for name, final := range map[string]http.HandlerFunc{
		"400": sayJSON(400, ""), "401": challenged(), "403": sayJSON(403, ""), "405": sayJSON(405, ""), "500": sayJSON(500, ""),
		"a web page": say(200, "text/html", loginPage), "garbage": say(200, "", "garbage"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			device, waits := newFixture(t, answers{"GET /status": final}), new(clock)
			_, err := connect(t, device.URL, patient(waits)).Status(t.Context())
			require.Error(t, err)
			assert.Len(t, device.requests(), 1)
			assert.Empty(t, waits.pauses)
		})
	}
}

func TestADeviceThatWasNeverReachedIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	for _, operation := range readOperations {
		waits := new(clock)
		err := operation.run(t.Context(), connect(t, "http://"+closedPort(t), patient(waits)))
		requireKind(t, err, audiocodes.ErrUnreachable)
		assert.Empty(t, waits.pauses, operation.name)
	}
}

func TestADeviceThatAnsweredOnceIsWaitedFor(t *testing.T) {
	t.Parallel()
	device, waits := newFixture(t, documented()), new(clock)
	client := connect(t, device.URL, patient(waits))
	require.NoError(t, client.Save(t.Context()))
	device.Close()
	_, err := client.Status(t.Context())
	requireKind(t, err, audiocodes.ErrUnreachable)
	assert.NotEmpty(t, waits.pauses, "it may be restarting")
}

func TestAWriteIsNeverRepeated(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]http.HandlerFunc{
		"409": sayJSON(409, ""), "503": sayJSON(503, ""), "a lost connection": drop,
		"500": sayJSON(500, ""), "502": sayJSON(502, ""), "504": sayJSON(504, ""), "half an answer": startThenClose,
	} {
		for _, operation := range writeOperations {
			t.Run(operation.name+" after "+name, func(t *testing.T) {
				t.Parallel()
				routes := documented()
				routes[operation.route()] = trouble
				device, waits := newFixture(t, routes), new(clock)
				client := connect(t, device.URL, patient(waits))
				_, err := client.Status(t.Context()) // opens the connection: a new one is never tried twice anyway
				require.NoError(t, err)
				require.Error(t, operation.run(t.Context(), client))
				assert.Len(t, device.requests(), 2)
				assert.Empty(t, waits.pauses)
			})
		}
	}
}

func TestAWriteWithoutAnAnswerInTimeIsNotRepeated(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]http.HandlerFunc{"no answer": hang, "half an answer": startThenHang} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			device, waits := newFixture(t, answers{"PUT " + addPath: trouble}), new(clock)
			client := connect(t, device.URL, patient(waits), func(o *audiocodes.Options) { o.LongTimeout = time.Second })
			requireKind(t, client.AddTrustedRoot(t.Context(), 1, []byte(rootPEM("A"))), audiocodes.ErrTimeout)
			assert.Len(t, device.requests(), 1)
			assert.Empty(t, waits.pauses)
		})
	}
}

func TestTheCallersContextEndsAPause(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	device, waits := newFixture(t, answers{"GET /status": sayJSON(409, "")}), new(clock)
	client := connect(t, device.URL, func(o *audiocodes.Options) {
		policy := waits.policy(hour)
		policy.Jitter = func() float64 { cancel(); return 0 }
		o.Retry = policy.Do
	})
	_, err := client.Status(ctx)
	require.ErrorIs(t, err, context.Canceled)
	assert.Len(t, device.requests(), 1)
}
