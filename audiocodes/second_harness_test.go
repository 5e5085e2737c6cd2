package audiocodes_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// numberKey finds the number of a request's connection, from 1.
type numberKey struct{}

func connectionOf(r *http.Request) int64 {
	number, _ := r.Context().Value(numberKey{}).(int64)
	return number
}

// slowDevice takes seconds of an injected clock to make a connection and to answer. It knows its connections, and how
// many requests it holds at a time.
type slowDevice struct {
	*fixture
	clock             *clock
	own               tls.Certificate
	handshake, answer time.Duration
	// refuse may answer a request in another way; it reports whether it did.
	refuse func(w http.ResponseWriter, r *http.Request) bool
	// configure may refuse a handshake, or give it another certificate; nil for neither.
	configure func(number int64) (*tls.Config, error)

	mu         sync.Mutex
	made       int64
	held, most int
	writing    bool
	overlapped bool // a write had another request beside it
	resumed    map[int64]bool
	served     []int64 // the connections of what was not refused, in order
}

func newSlowDevice(t *testing.T, edit ...func(*slowDevice)) *slowDevice {
	t.Helper()
	d := &slowDevice{clock: new(clock), own: identity(t), answer: time.Second, resumed: map[int64]bool{}}
	for _, change := range edit {
		change(d)
	}
	routes := documented()
	d.fixture = unstarted(t, routes)
	d.Config.Handler = http.HandlerFunc(d.serve)
	d.Config.ConnContext = func(ctx context.Context, _ net.Conn) context.Context {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.made++
		return context.WithValue(ctx, numberKey{}, d.made)
	}
	var key [32]byte
	usual := &tls.Config{Certificates: []tls.Certificate{d.own}}
	usual.SetSessionTicketKeys([][32]byte{key})
	d.TLS = &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		_ = d.clock.Sleep(context.Background(), d.handshake)
		if d.configure != nil {
			number, _ := hello.Context().Value(numberKey{}).(int64)
			if config, err := d.configure(number); config != nil || err != nil {
				return config, err
			}
		}
		return usual, nil
	}}
	d.StartTLS()
	return d
}

func (d *slowDevice) serve(w http.ResponseWriter, r *http.Request) {
	d.begin(r)
	defer d.end()
	_ = d.clock.Sleep(context.Background(), d.answer)
	if d.refuse != nil && d.refuse(w, r) {
		return
	}
	d.mu.Lock()
	d.served = append(d.served, connectionOf(r))
	d.mu.Unlock()
	d.ServeHTTP(w, r)
}

func (d *slowDevice) begin(r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	isWrite := r.Method != http.MethodGet
	d.overlapped = d.overlapped || d.held > 0 && (isWrite || d.writing)
	d.held++
	d.most = max(d.most, d.held)
	d.writing = isWrite
	d.resumed[connectionOf(r)] = r.TLS.DidResume
}

func (d *slowDevice) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.held--
	d.writing = d.writing && d.held > 0
}

// atATime is the most requests that the device has held at a time.
func (d *slowDevice) atATime() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.most
}

// holds is how many requests the device holds.
func (d *slowDevice) holds() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.held
}

// servedTwo reports whether requests were served over a connection after a newer one was used. It counts none: on a busy
// machine, net/http may not learn within 50 ms (maxWriteWaitBeforeConnReuse) that it has written a request that is already
// answered. Then it closes the connection, and the next read makes another.
func (d *slowDevice) servedTwo() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !slices.IsSorted(d.served)
}

// client makes a client without patience that knows the certificate.
func (d *slowDevice) client(edit ...func(*audiocodes.Options)) *audiocodes.Client {
	known := func(o *audiocodes.Options) {
		o.Trust.Pins, o.Now = []string{pinOf(d.own)}, d.clock.Now
	}
	return connect(d.t, d.URL, append([]func(*audiocodes.Options){known}, edit...)...)
}

// ready is such a client that has read the status, so its password is proven.
func (d *slowDevice) ready(edit ...func(*audiocodes.Options)) *audiocodes.Client {
	d.t.Helper()
	client := d.client(edit...)
	_, err := client.Status(d.t.Context())
	require.NoError(d.t, err)
	return client
}

// together are handlers of which none answers before n requests have met.
func together(n int) func(*http.Request) {
	var mu sync.Mutex
	all := make(chan struct{})
	return func(r *http.Request) {
		mu.Lock()
		if n--; n == 0 {
			close(all)
		}
		mu.Unlock()
		select {
		case <-all:
		case <-r.Context().Done():
		}
	}
}

// readAll performs all reads at the same time.
func readAll(t *testing.T, client *audiocodes.Client) {
	t.Helper()
	var running sync.WaitGroup
	for _, operation := range readOperations {
		running.Go(func() { assert.NoError(t, operation.run(t.Context(), client), operation.name) })
	}
	running.Wait()
}

// readTwo reads the configuration and a store at the same time.
func readTwo(t *testing.T, client *audiocodes.Client) (configuration, store error) {
	t.Helper()
	var running sync.WaitGroup
	running.Go(func() { _, configuration = client.Configuration(t.Context()) })
	_, store = client.TrustedRoots(t.Context(), 1)
	running.Wait()
	return configuration, store
}
