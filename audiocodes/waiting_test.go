package audiocodes_test

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var errNotNow = errors.New("not now")

// TestAPasswordThatIsNotAdmittedIsNotSent: not a byte of any request.
func TestAPasswordThatIsNotAdmittedIsNotSent(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var arrived atomic.Int64
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				n, _ := io.Copy(io.Discard, connection)
				arrived.Add(n)
				_ = connection.Close()
			})
		}
	})
	for _, operation := range allOperations() {
		asked := 0
		client := connect(t, "http://"+listener.Addr().String(), patient(new(clock)), func(o *audiocodes.Options) {
			o.Admit = func() error { asked++; return errNotNow }
		})
		err := operation.run(t.Context(), client)
		require.ErrorIs(t, err, audiocodes.ErrHeldBack, operation.name)
		require.ErrorIs(t, err, errNotNow)
		assert.Equal(t, 1, asked, "%s: it is not tried again", operation.name)
		client.Close()
	}
	_ = listener.Close()
	serving.Wait()
	assert.Zero(t, arrived.Load())
}

func TestAPasswordIsAdmittedOnceTheConnectionStands(t *testing.T) {
	t.Parallel()
	_, server := secured(t)
	var asked atomic.Int64
	admit := func(address string, answer error) *audiocodes.Client {
		return connect(t, address, func(o *audiocodes.Options) {
			o.Username, o.Password, o.Trust.Pins = "Admin", "Admin", []string{server.Fingerprint()}
			o.Timeout = time.Second
			o.Admit = func() error { asked.Add(1); return answer }
		})
	}
	_, err := admit("https://"+closedPort(t), nil).Status(t.Context())
	require.ErrorIs(t, err, audiocodes.ErrUnreachable)
	hanging := admit("https://"+hangingPort(t), nil)
	_, err = hanging.Status(t.Context())
	require.ErrorIs(t, err, audiocodes.ErrTimeout)
	assert.Zero(t, asked.Load(), "nothing stood there")

	_, err = admit(server.URL(), errNotNow).Status(t.Context())
	require.ErrorIs(t, err, errNotNow)
	assert.Equal(t, int64(1), asked.Load())

	client := admit(server.URL(), nil)
	for range 3 {
		_, err = client.Status(t.Context())
		require.NoError(t, err)
	}
	client.Close()
	_, err = client.Status(t.Context())
	require.NoError(t, err)
	assert.Equal(t, int64(2), asked.Load(), "once a client")
}

func TestHowFarARequestIsIsTold(t *testing.T) {
	t.Parallel()
	device := newFixture(t, answers{"GET /status": inTurn(sayJSON(200, statusJSON), hang)})
	var mu sync.Mutex
	var told []audiocodes.Waiting
	watch := func(o *audiocodes.Options) {
		o.Timeout = time.Second
		o.Waiting = func(w audiocodes.Waiting) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, w)
		}
	}
	stages := func() []audiocodes.Stage {
		mu.Lock()
		defer mu.Unlock()
		var all []audiocodes.Stage
		for _, one := range told {
			assert.Equal(t, time.Second, one.Limit)
			all = append(all, one.Stage)
		}
		told = nil
		return all
	}
	client := connect(t, device.URL, watch)
	_, err := client.Status(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []audiocodes.Stage{audiocodes.Connecting, audiocodes.Answering, audiocodes.Ended}, stages())
	_, err = client.Observe(t.Context(), "/status")
	require.ErrorIs(t, err, audiocodes.ErrTimeout)
	assert.Equal(t, []audiocodes.Stage{audiocodes.Connecting, audiocodes.Answering, audiocodes.Ended}, stages())
	_, err = connect(t, "https://"+hangingPort(t), watch).Status(t.Context())
	require.ErrorIs(t, err, audiocodes.ErrTimeout)
	assert.Equal(t, []audiocodes.Stage{audiocodes.Connecting, audiocodes.Ended}, stages(), "no password was sent")
}
