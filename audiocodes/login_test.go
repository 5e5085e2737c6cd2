package audiocodes_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// challenged answers 401 with these challenges, whatever is asked.
func challenged(challenges ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Www-Authenticate"] = challenges
		w.WriteHeader(http.StatusUnauthorized)
	}
}

func everywhere(handle http.HandlerFunc) answers {
	all := answers{}
	for _, operation := range allOperations() {
		all[operation.route()] = handle
	}
	return all
}

func scheme(r received) string {
	name, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return name
}

func schemes(requests []received) []string {
	var names []string
	for _, request := range requests {
		names = append(names, scheme(request))
	}
	return names
}

func TestARefusedPasswordIsNeverTriedAgain(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		device answers
		want   []string // schemes of the requests that may be sent
	}{
		{"Basic", everywhere(challenged(`Basic realm="WebServer"`)), []string{"Basic"}},
		{"no challenge at all", everywhere(challenged()), []string{"Basic"}},
		{"Digest", (&digestLogin{password: "another"}).guard(documented()), []string{"Basic", "Digest"}},
		{"Basic and Digest", (&digestLogin{password: "another", alsoBasic: true}).guard(documented()), []string{"Basic"}},
		{"Digest that calls every nonce stale", everywhere(challenged(`Digest realm="r", nonce="n", qop="auth", stale=true`)), []string{"Basic", "Digest"}},
		{"Digest of an unknown algorithm", everywhere(challenged(`Digest realm="r", nonce="n", qop="auth", algorithm=MD4`)), []string{"Basic"}},
		{"a broken challenge", everywhere(challenged(`Digest realm="r`)), []string{"Basic"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			device := newFixture(t, test.device)
			client := connect(t, device.URL)
			for range 2 {
				for _, operation := range allOperations() {
					err := operation.run(t.Context(), client)
					require.ErrorIs(t, err, audiocodes.ErrUnauthorized, operation.name)
				}
			}
			assert.Equal(t, test.want, schemes(device.requests()))
		})
	}
}

func TestARefusedPasswordIsNotSentByRequestsThatWaited(t *testing.T) {
	t.Parallel()
	device := newFixture(t, everywhere(challenged(`Basic realm="WebServer"`)))
	client := connect(t, device.URL)
	var running sync.WaitGroup
	for range 5 {
		for _, operation := range allOperations() {
			running.Go(func() { assert.ErrorIs(t, operation.run(t.Context(), client), audiocodes.ErrUnauthorized) })
		}
		running.Go(func() { _, _ = client.Observe(t.Context(), "/status") })
	}
	running.Wait()
	assert.Len(t, device.requests(), 1)
}

func TestARequestThatWaitsForTheFirstLoginCanBeCancelled(t *testing.T) {
	t.Parallel()
	began := make(chan struct{})
	device := newFixture(t, answers{"GET /status": func(w http.ResponseWriter, r *http.Request) { close(began); hang(w, r) }})
	client := connect(t, device.URL)
	first, stopFirst := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := client.Status(first)
		ended <- err
	}()
	select {
	case <-began:
	case err := <-ended:
		require.FailNow(t, "the first request did not wait", err)
	}
	second, stopSecond := context.WithCancel(t.Context())
	go func() { ended <- client.Save(second) }()
	stopSecond()
	require.ErrorIs(t, <-ended, context.Canceled)
	stopFirst()
	require.ErrorIs(t, <-ended, context.Canceled)
	assert.Len(t, device.requests(), 1)
}

func TestAPasswordThatIsRefusedLaterIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	routes := documented()
	routes["GET /status"] = inTurn(sayJSON(200, statusJSON), challenged(`Basic realm="WebServer"`))
	device := newFixture(t, routes)
	client := connect(t, device.URL)
	_, err := client.Status(t.Context())
	require.NoError(t, err)
	for range 3 {
		_, err = client.Status(t.Context())
		require.ErrorIs(t, err, audiocodes.ErrUnauthorized)
	}
	assert.Len(t, device.requests(), 2)
}

func TestAFailureThatIsNoRefusalDoesNotStopTheLogin(t *testing.T) {
	t.Parallel()
	routes := documented()
	routes["GET /status"] = inTurn(drop, sayJSON(503, ""), sayJSON(403, ""), sayJSON(200, statusJSON))
	device := newFixture(t, routes)
	client := connect(t, device.URL)
	for range 3 {
		_, err := client.Status(t.Context())
		require.Error(t, err)
	}
	_, err := client.Status(t.Context())
	require.NoError(t, err)
}

func TestDigestIsAnsweredOnceAndThenUsedAtOnce(t *testing.T) {
	t.Parallel()
	for _, login := range []*digestLogin{
		{password: password},
		{password: password, algorithm: "MD5"},
		{password: password, algorithm: "SHA-256"},
		{password: password, qop: "auth-int"},
	} {
		t.Run("algorithm "+login.algorithm+" qop "+login.qop, func(t *testing.T) {
			t.Parallel()
			device := newFixture(t, login.guard(documented()))
			client := connect(t, device.URL)
			for _, operation := range allOperations() {
				require.NoError(t, operation.run(t.Context(), client), operation.name)
			}
			want := []string{"Basic"}
			for range allOperations() {
				want = append(want, "Digest")
			}
			assert.Equal(t, want, schemes(device.requests()))
			assert.Equal(t, []string{"00000001", "00000002", "00000003"}, login.countsSeen()[:3])
		})
	}
}

func TestAStaleNonceIsReplaced(t *testing.T) {
	t.Parallel()
	login := &digestLogin{password: password, uses: 2}
	device := newFixture(t, login.guard(documented()))
	client := connect(t, device.URL)
	for range 5 {
		require.NoError(t, client.Save(t.Context()))
	}
	assert.Equal(t, []string{"00000001", "00000002", "00000001", "00000002", "00000001"}, login.countsSeen())
	assert.Len(t, device.requests(), 8, "five requests and a challenge to three of them")
}

func TestWhereBothAreOfferedBasicIsEnough(t *testing.T) {
	t.Parallel()
	device := newFixture(t, (&digestLogin{password: password, alsoBasic: true}).guard(documented()))
	client := connect(t, device.URL)
	require.NoError(t, client.Save(t.Context()))
	require.NoError(t, client.Save(t.Context()))
	assert.Equal(t, []string{"Basic", "Basic"}, schemes(device.requests()))
}

func TestAChallengedUploadIsSentAgainWhole(t *testing.T) {
	t.Parallel()
	for _, operation := range writeOperations {
		t.Run(operation.name, func(t *testing.T) {
			t.Parallel()
			device := newFixture(t, (&digestLogin{password: password}).guard(documented()))
			require.NoError(t, operation.run(t.Context(), connect(t, device.URL)))
			requests := device.requests()
			require.Len(t, requests, 2)
			assert.Equal(t, string(requests[0].Body), string(requests[1].Body))
			assert.Equal(t, requests[0].Header.Get("Content-Type"), requests[1].Header.Get("Content-Type"))
			if operation.method == http.MethodPut {
				assert.NotEmpty(t, onlyFile(t, requests[1]))
			}
		})
	}
}

func TestAWrongPasswordNeverLocksTheOperatorOut(t *testing.T) {
	t.Parallel()
	for _, scheme := range []mockdevice.Auth{mockdevice.AuthBasic, mockdevice.AuthDigest, mockdevice.AuthEither} {
		model, err := mockdevice.Preset("7.4.500")
		require.NoError(t, err)
		model.Dialect.Auth = scheme
		device, client := simulated(t, model, func(o *audiocodes.Options) { o.Password = "wrong" })
		for _, operation := range allOperations() {
			require.ErrorIs(t, operation.run(t.Context(), client), audiocodes.ErrUnauthorized)
		}
		assert.Less(t, device.FailedLogins(), 3, "three would block the user")
		assert.LessOrEqual(t, len(device.Requests()), 2)
	}
}
