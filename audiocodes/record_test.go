package audiocodes_test

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"net"
	"net/http"
	"sync"
	"testing"

	"github.com/acfix/acfix/audiocodes"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const applicationData = 23 // RFC 8446, section 5.1

// wiretap records what clients send, below TLS.
type wiretap struct {
	net.Listener
	mu   sync.Mutex
	sent []*bytes.Buffer // of each connection
}

type tapped struct {
	net.Conn
	tap  *wiretap
	sent *bytes.Buffer
}

func (w *wiretap) Accept() (net.Conn, error) {
	connection, err := w.Listener.Accept()
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = append(w.sent, new(bytes.Buffer))
	return &tapped{connection, w, w.sent[len(w.sent)-1]}, nil
}

func (t *tapped) Read(p []byte) (int, error) {
	n, err := t.Conn.Read(p)
	t.tap.mu.Lock()
	defer t.tap.mu.Unlock()
	t.sent.Write(p[:n])
	return n, err
}

// records are the lengths of the records of application data on the newest connection. In TLS 1.3
// the end of the handshake is one of them.
func (w *wiretap) records(t *testing.T, version uint16) []int {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	raw := bytes.Clone(w.sent[len(w.sent)-1].Bytes())
	var lengths []int
	for len(raw) > 0 {
		require.GreaterOrEqual(t, len(raw), 5)
		length := int(binary.BigEndian.Uint16(raw[3:]))
		require.GreaterOrEqual(t, len(raw), 5+length)
		if raw[0] == applicationData {
			lengths = append(lengths, length)
		}
		raw = raw[5+length:]
	}
	if version == tls.VersionTLS13 {
		require.NotEmpty(t, lengths)
		lengths = lengths[1:]
	}
	return lengths
}

// newWiretap is a device that takes every write, speaks that version of TLS, and is listened to.
func newWiretap(t *testing.T, version uint16) (*wiretap, string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	tap := &wiretap{Listener: listener}
	device := unstarted(t, answers{"PUT /files/ini/incremental": sayJSON(http.StatusOK, "{}")})
	_ = device.Listener.Close()
	device.Listener, device.TLS = tap, &tls.Config{MinVersion: version, MaxVersion: version}
	device.StartTLS()
	return tap, device.URL
}

// TestAWriteGoesOutWhole: a process may stop between two calls of the kernel, and must not leave a
// device with half a write.
func TestAWriteGoesOutWhole(t *testing.T) {
	t.Parallel()
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for name, row := range map[string]struct {
			size  int
			whole bool
		}{
			"a root":                      {2 << 10, true},
			"a row and more":              {8 << 10, true},
			"nearly a record":             {15 << 10, true},
			"more than a record can hold": {100 << 10, false},
		} {
			t.Run(tls.VersionName(version)+" "+name, func(t *testing.T) {
				t.Parallel()
				tap, url := newWiretap(t, version)
				asked := 0
				client := connect(t, url, insecure, func(o *audiocodes.Options) {
					o.Trust.MinVersion = version
					o.Gate = func() error { asked++; return nil }
				})
				require.NoError(t, client.LoadIncremental(t.Context(), bytes.Repeat([]byte("x"), row.size)))
				records := tap.records(t, version)
				if row.whole {
					require.Len(t, records, 1, "header and body in one record: %v", records)
					assert.Greater(t, records[0], row.size)
					return
				}
				assert.LessOrEqual(t, len(records), asked, "the gate is asked before each record")
			})
		}
	}
}
