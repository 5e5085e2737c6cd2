package audiocodes_test

import (
	"crypto/tls"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTheNextClientKnowsWhatTheLastOneLearned: its first two reads are under way at the same time where the same login
// was answered a short time ago, and one after the other anywhere else.
// docs/design/device.md: The next client knows what the last one learned
func TestTheNextClientKnowsWhatTheLastOneLearned(t *testing.T) {
	t.Parallel()
	elsewhere := identity(t)
	type edit = func(*audiocodes.Options)
	keep := func(*audiocodes.Options) {}
	for name, row := range map[string]struct {
		before  func(*slowDevice) // the device is read for the first time
		between func(t *testing.T, d *slowDevice, first *audiocodes.Client)
		next    edit
		isTwo   bool
	}{
		"the same login":       {next: keep, isTwo: true},
		"after nine minutes":   {between: after(9 * time.Minute), next: keep, isTwo: true},
		"after eleven minutes": {between: after(11 * time.Minute), next: keep},
		"another user":         {next: func(o *audiocodes.Options) { o.Username = "another" }},
		"another password":     {next: func(o *audiocodes.Options) { o.Password = "another" }},
		"without a contact":    {next: func(o *audiocodes.Options) { o.Contact = nil }},
		"of quick answers":     {before: func(d *slowDevice) { d.answer = 0 }, next: keep},
		"refused since": {between: func(t *testing.T, d *slowDevice, first *audiocodes.Client) {
			d.refuse = func(w http.ResponseWriter, r *http.Request) bool { challenged(`Basic realm="r"`)(w, r); return true }
			_, err := first.Status(t.Context())
			require.ErrorIs(t, err, audiocodes.ErrUnauthorized)
			d.refuse = nil
		}, next: keep},
		"with another certificate": {between: func(_ *testing.T, d *slowDevice, _ *audiocodes.Client) {
			d.configure = func(int64) (*tls.Config, error) {
				return &tls.Config{Certificates: []tls.Certificate{elsewhere}}, nil
			}
		}, next: keep},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var edits []func(*slowDevice)
			if row.before != nil {
				edits = append(edits, row.before)
			}
			device := newSlowDevice(t, edits...)
			contact := new(audiocodes.Contact)
			known := func(o *audiocodes.Options) {
				o.Contact, o.Trust = contact, audiocodes.Trust{Pins: []string{pinOf(device.own), pinOf(elsewhere)}}
			}
			first := device.ready(known)
			first.Close()
			if row.between != nil {
				row.between(t, device, first)
				first.Close()
			}
			next := device.client(known, row.next)
			if row.isTwo {
				pair := together(2)
				device.refuse = func(_ http.ResponseWriter, r *http.Request) bool { pair(r); return false }
			}
			configuration, store := readTwo(t, next)
			require.NoError(t, configuration)
			require.NoError(t, store)
			assert.Equal(t, map[bool]int{true: 2, false: 1}[row.isTwo], device.atATime())
		})
	}
}

func after(pause time.Duration) func(*testing.T, *slowDevice, *audiocodes.Client) {
	return func(t *testing.T, d *slowDevice, _ *audiocodes.Client) { _ = d.clock.Sleep(t.Context(), pause) }
}

// TestAPasswordChangedBetweenTwoClients counts two failed logins at the most, and one for each client from then on.
func TestAPasswordChangedBetweenTwoClients(t *testing.T) {
	t.Parallel()
	var failures atomic.Int64
	device := newSlowDevice(t)
	contact := new(audiocodes.Contact)
	known := func(o *audiocodes.Options) { o.Contact = contact }
	device.ready(known).Close()
	device.refuse = func(w http.ResponseWriter, r *http.Request) bool {
		failures.Add(1)
		challenged(`Basic realm="r"`)(w, r)
		return true
	}
	for _, most := range []int64{2, 1, 1} {
		failures.Store(0)
		client := device.client(known)
		configuration, store := readTwo(t, client)
		require.ErrorIs(t, configuration, audiocodes.ErrUnauthorized)
		require.ErrorIs(t, store, audiocodes.ErrUnauthorized)
		readsFail(t, client)
		assert.LessOrEqual(t, failures.Load(), most)
		client.Close()
	}
}

func readsFail(t *testing.T, client *audiocodes.Client) {
	t.Helper()
	for range 3 {
		configuration, store := readTwo(t, client)
		require.ErrorIs(t, configuration, audiocodes.ErrUnauthorized)
		require.ErrorIs(t, store, audiocodes.ErrUnauthorized)
	}
}

// TestNoSecondConnectionBeforeTheFirstStands, with whose certificate it is compared. A first connection that can't be
// made keeps no read waiting.
func TestNoSecondConnectionBeforeTheFirstStands(t *testing.T) {
	t.Parallel()
	for name, fails := range map[string]bool{"made after a while": false, "never made": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			device := newSlowDevice(t)
			contact := new(audiocodes.Contact)
			known := func(o *audiocodes.Options) { o.Contact = contact }
			device.ready(known).Close()
			var open, most atomic.Int64
			device.configure = func(int64) (*tls.Config, error) {
				most.Store(max(most.Load(), open.Add(1)))
				defer open.Add(-1)
				time.Sleep(50 * time.Millisecond) // time enough for one that does not wait
				if fails {
					return nil, errors.New("not now")
				}
				return nil, nil
			}
			configuration, store := readTwo(t, device.client(known))
			assert.Equal(t, fails, configuration != nil)
			assert.Equal(t, fails, store != nil)
			assert.EqualValues(t, 1, most.Load(), "handshakes at a time")
		})
	}
}

// TestEveryFurtherConnectionResumesTheSession: the second of a client, that of a write, and both of the next client,
// whichever version brings the ticket with the handshake or after it.
func TestEveryFurtherConnectionResumesTheSession(t *testing.T) {
	t.Parallel()
	for name, version := range map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			device := newSlowDevice(t)
			own := &tls.Config{Certificates: []tls.Certificate{device.own}, MinVersion: version, MaxVersion: version}
			own.SetSessionTicketKeys([][32]byte{{1}})
			device.configure = func(int64) (*tls.Config, error) { return own, nil }
			contact, sessions := new(audiocodes.Contact), tls.NewLRUClientSessionCache(1)
			known := func(o *audiocodes.Options) { o.Contact, o.Sessions = contact, sessions }
			first := device.ready(known)
			requireTwo(t, device, first)
			first.Close()
			next := device.client(known)
			requireTwo(t, device, next)
			require.NoError(t, next.Save(t.Context()))
			assert.Equal(t, map[int64]bool{1: false, 2: true, 3: true, 4: true, 5: true}, device.resumed)
		})
	}
}
