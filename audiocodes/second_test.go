package audiocodes_test

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTwoReadsAtATime: the device answers neither before it has both, also after a write, which takes the place of the
// first connection alone.
func TestTwoReadsAtATime(t *testing.T) {
	t.Parallel()
	var contact audiocodes.Contact
	var meet atomic.Pointer[func(*http.Request)]
	device := newSlowDevice(t, func(d *slowDevice) {
		d.refuse = func(_ http.ResponseWriter, r *http.Request) bool {
			if wait := meet.Load(); wait != nil && r.Method == http.MethodGet {
				(*wait)(r)
			}
			return false
		}
	})
	client := device.ready(func(o *audiocodes.Options) { o.Contact = &contact })
	for range 3 {
		pair := together(2)
		meet.Store(&pair)
		configuration, store := readTwo(t, client)
		require.NoError(t, configuration)
		require.NoError(t, store)
		made := contact.Connections()
		require.NoError(t, client.Save(t.Context()))
		assert.EqualValues(t, made+1, contact.Connections(), "a write makes another connection")
	}
	for number, isResumed := range device.resumed {
		assert.Equal(t, number != 1, isResumed, "connection %d", number)
	}
	assert.False(t, device.overlapped)
}

// TestOneRequestUntilThePasswordIsProven, whatever waits.
func TestOneRequestUntilThePasswordIsProven(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]http.HandlerFunc{
		"200": sayJSON(200, statusJSON), "503": sayJSON(503, ""), "403": sayJSON(403, ""), "404": sayJSON(404, ""),
		"500":    sayJSON(500, ""),
		"a page": say(200, "text/html", loginPage), "no status": sayJSON(200, "[]"), "a lost connection": drop,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			came, answered := make(chan struct{}, 10), atomic.Bool{}
			device := newSlowDevice(t, func(d *slowDevice) {
				var requests atomic.Int64
				d.refuse = func(w http.ResponseWriter, r *http.Request) bool {
					if requests.Add(1) > 1 {
						came <- struct{}{}
						return false
					}
					select {
					case <-came:
						t.Error("another request came before the first was answered")
					case <-time.After(50 * time.Millisecond): // time enough for one that does not wait
					}
					answered.Store(true)
					first(w, r)
					return true
				}
			})
			client := device.client()
			var running sync.WaitGroup
			for range 3 {
				running.Go(func() { _, _ = client.Status(t.Context()) })
				running.Go(func() { _, _ = client.TrustedRoots(t.Context(), 1) })
			}
			running.Wait()
			assert.True(t, answered.Load())
		})
	}
}

// TestAPasswordThatIsRefusedFirstIsSentOnce, however many reads wait.
func TestAPasswordThatIsRefusedFirstIsSentOnce(t *testing.T) {
	t.Parallel()
	device := newSlowDevice(t, func(d *slowDevice) {
		d.refuse = func(w http.ResponseWriter, r *http.Request) bool { challenged(`Basic realm="r"`)(w, r); return true }
	})
	client := device.client()
	var running sync.WaitGroup
	for range 10 {
		running.Go(func() {
			_, err := client.Configuration(t.Context())
			assert.ErrorIs(t, err, audiocodes.ErrUnauthorized)
		})
	}
	running.Wait()
	assert.EqualValues(t, 1, device.clock.Now().Sub(time.Time{})/time.Second, "one request")
	assert.Equal(t, 1, device.connections())
}

// TestASecondConnectionIsMadeWhereItPays: the first answer is compared with making the connection.
// docs/design/device.md: A second connection must pay
func TestASecondConnectionIsMadeWhereItPays(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		handshake, answer time.Duration
		readOnly, pays    bool
	}{
		"no time at all":                   {0, 0, false, false},
		"an answer at once":                {time.Second, 0, false, false},
		"an eighth of the handshake":       {8 * time.Second, time.Second, false, false},
		"more than an eighth":              {7 * time.Second, time.Second, false, true},
		"an answer that takes longer":      {time.Second, 2 * time.Second, false, true},
		"reading: no time at all":          {0, 0, true, false},
		"reading: as slow":                 {time.Second, time.Second, true, false},
		"reading: less than twice as slow": {2 * time.Second, 3 * time.Second, true, false},
		"reading: twice as slow":           {time.Second, 2 * time.Second, true, true},
		"reading: a connection at once":    {0, time.Second, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			device := newSlowDevice(t, func(d *slowDevice) { d.handshake, d.answer = row.handshake, row.answer })
			client := device.ready(func(o *audiocodes.Options) { o.ReadOnly = row.readOnly })
			if row.pays {
				pair := together(2)
				device.refuse = func(_ http.ResponseWriter, r *http.Request) bool { pair(r); return false }
			} else {
				device.answer = time.Minute // only the first answer counts
			}
			configuration, store := readTwo(t, client)
			require.NoError(t, configuration)
			require.NoError(t, store)
			for range 5 {
				readAll(t, client)
			}
			want := 1
			if row.pays {
				want = 2
			}
			assert.Equal(t, want, device.atATime())
			assert.True(t, row.pays || !device.servedTwo(), "two connections in turn")
		})
	}
}

// TestDigestStaysOnOneConnection: the device may count the uses of a nonce.
func TestDigestStaysOnOneConnection(t *testing.T) {
	t.Parallel()
	login := &digestLogin{password: password}
	device := newSlowDevice(t, func(d *slowDevice) {
		d.refuse = func(w http.ResponseWriter, r *http.Request) bool {
			stale, in := login.admit(r)
			if !in {
				login.challenge(w, stale)
			}
			return !in
		}
	})
	client := device.ready()
	for range 5 {
		readAll(t, client)
	}
	assert.Equal(t, 1, device.connections())
	assert.Equal(t, 1, device.atATime())
}

// TestAWriteIsAlone: it waits for both reads, and those that come later wait for it.
func TestAWriteIsAlone(t *testing.T) {
	t.Parallel()
	device := newSlowDevice(t)
	client := device.ready()
	var running sync.WaitGroup
	for range 10 {
		for _, operation := range allOperations() {
			running.Go(func() { assert.NoError(t, operation.run(t.Context(), client), operation.name) })
		}
		running.Go(func() {
			_, err := client.Observe(t.Context(), "/status")
			assert.NoError(t, err)
		})
	}
	running.Wait()
	assert.False(t, device.overlapped)
	assert.LessOrEqual(t, device.atATime(), 2)
}

// TestAWriteWaitsForTheReadsUnderWay on both connections.
func TestAWriteWaitsForTheReadsUnderWay(t *testing.T) {
	t.Parallel()
	both, release, wrote := make(chan struct{}, 2), make(chan struct{}), make(chan struct{})
	device := newSlowDevice(t)
	client := device.ready()
	device.refuse = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodGet {
			both <- struct{}{}
			<-release
		} else {
			close(wrote)
		}
		return false
	}
	var running sync.WaitGroup
	running.Go(func() { _, _ = client.Configuration(t.Context()) })
	running.Go(func() { _, _ = client.TrustedRoots(t.Context(), 1) })
	<-both
	<-both
	running.Go(func() { assert.NoError(t, client.Save(t.Context())) })
	select {
	case <-wrote:
		t.Error("the write did not wait")
	case <-time.After(50 * time.Millisecond): // time enough for one that does not wait
	}
	close(release)
	<-wrote
	running.Wait()
	assert.False(t, device.overlapped)
}

// TestTheGateIsNotAskedForTwoReads, and a write that it holds back sends nothing, also after them.
func TestTheGateIsNotAskedForTwoReads(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	device := newSlowDevice(t)
	client := device.ready(func(o *audiocodes.Options) {
		o.Gate = func() error { asked.Add(1); return errNotNow }
	})
	for round := range 3 {
		requireTwo(t, device, client)
		assert.EqualValues(t, round, asked.Load())
		require.ErrorIs(t, client.Save(t.Context()), errNotNow)
	}
	for _, request := range device.requests() {
		assert.Equal(t, http.MethodGet, request.Method)
	}
}

// TestTheEndOfOneReadIsNotTheOthers, whichever connection it takes.
func TestTheEndOfOneReadIsNotTheOthers(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		ends          string
		first, second error
	}{
		"the first":  {"/files/ini", context.Canceled, nil},
		"the second": {storePath, nil, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			device := newSlowDevice(t)
			client := device.ready()
			arrived, ended := make(chan struct{}), make(chan struct{})
			device.refuse = func(_ http.ResponseWriter, r *http.Request) bool {
				arrived <- struct{}{}
				if r.URL.Path == prefix+row.ends {
					<-r.Context().Done()
					close(ended)
				}
				<-ended
				return false
			}
			cancelled, cancel := context.WithCancel(t.Context())
			contexts := map[bool]context.Context{true: cancelled, false: t.Context()}
			var running sync.WaitGroup
			running.Go(func() {
				_, err := client.Configuration(contexts[row.first != nil])
				assert.ErrorIs(t, err, row.first)
			})
			<-arrived
			running.Go(func() {
				_, err := client.TrustedRoots(contexts[row.second != nil], 1)
				assert.ErrorIs(t, err, row.second)
			})
			<-arrived
			cancel()
			running.Wait()
			requireTwo(t, device, client)
		})
	}
}

// requireTwo: two reads are under way at the same time.
func requireTwo(t *testing.T, device *slowDevice, client *audiocodes.Client) {
	t.Helper()
	pair := together(2)
	device.refuse = func(_ http.ResponseWriter, r *http.Request) bool { pair(r); return false }
	configuration, store := readTwo(t, client)
	require.NoError(t, configuration)
	require.NoError(t, store)
}
