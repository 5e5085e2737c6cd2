package audiocodes_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/acfix/acfix/audiocodes"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// keyLog collects the secrets of one connection (NSS key log format).
type keyLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (k *keyLog) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.text.Write(p)
}

func (k *keyLog) secret(label string) []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	for line := range strings.Lines(k.text.String()) {
		if fields := strings.Fields(line); fields[0] == label {
			secret, _ := hex.DecodeString(fields[2])
			return secret
		}
	}
	return nil
}

// expand is HKDF-Expand-Label of RFC 8446, 7.1, with SHA-256 and no context.
func expand(t *testing.T, secret []byte, label string, length int) []byte {
	t.Helper()
	label = "tls13 " + label
	info := append([]byte{0, byte(length), byte(len(label))}, label...)
	key, err := hkdf.Expand(sha256.New, secret, string(append(info, 0)), length)
	require.NoError(t, err)
	return key
}

// lateRequest13 is the first record that a server sends after a handshake of TLS 1.3 by
// TLS_AES_128_GCM_SHA256: a CertificateRequest (RFC 8446, 4.6.2).
func lateRequest13(t *testing.T, secret []byte, context string) []byte {
	t.Helper()
	signatures := []byte{0, 13, 0, 4, 0, 2, 4, 3} // extension signature_algorithms: ECDSA with P-256
	body := slices.Concat([]byte{byte(len(context))}, []byte(context), u16(len(signatures)), signatures)
	message := slices.Concat([]byte{13}, u24(len(body)), body)
	plain := append(message, 22)
	block, err := aes.NewCipher(expand(t, secret, "key", 16))
	require.NoError(t, err)
	sealer, err := cipher.NewGCM(block)
	require.NoError(t, err)
	head := []byte{23, 3, 3, 0, byte(len(plain) + sealer.Overhead())}
	return sealer.Seal(head, expand(t, secret, "iv", 12), plain, head)
}

// TestACertificateAskedForLateUnderTLS13 is told as such: crypto/tls can't answer.
func TestACertificateAskedForLateUnderTLS13(t *testing.T) {
	t.Parallel()
	own, _ := withClient(t)
	for name, row := range map[string]struct {
		with    []func(*audiocodes.Options)
		context string
	}{
		"without": {nil, "7"}, "with a client certificate": {[]func(*audiocodes.Options){own}, "7"}, "without a context": {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			certificate := identity(t)
			url, accepted := rawServer(t, func(connection net.Conn) {
				secrets := &keyLog{}
				server := tls.Server(connection, &tls.Config{
					Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS13, KeyLogWriter: secrets, SessionTicketsDisabled: true,
				})
				if _, err := server.Read(make([]byte, 4096)); err != nil {
					return
				}
				if !assert.Equal(t, tls.TLS_AES_128_GCM_SHA256, server.ConnectionState().CipherSuite) {
					return
				}
				_, _ = connection.Write(lateRequest13(t, secrets.secret("SERVER_TRAFFIC_SECRET_0"), row.context))
				_, _ = io.Copy(io.Discard, connection)
			})
			waits := new(clock)
			_, err := connect(t, url, append(row.with, anything, patient(waits))...).Status(t.Context())
			requireRefusal(t, err, audiocodes.ErrLateCertificate)
			assert.EqualValues(t, 1, accepted.Load())
			assert.Empty(t, waits.pauses)
			assert.False(t, audiocodes.NotDone(err), "the request was sent")
		})
	}
}

// lateServer answers a first request only after it has negotiated anew, as many times as it is
// told to, and asked for a client certificate on the way (RFC 5746).
func lateServer(t *testing.T, again int, shown chan<- int) (url string, accepted func() int64) {
	t.Helper()
	own := identity(t)
	url, count := rawServer(t, func(connection net.Conn) {
		server := &server12{Conn: connection, own: own}
		if _, err := server.shake(false); err != nil {
			return
		}
		if kind, _, err := server.record(); err != nil || kind != 23 {
			return
		}
		certificates := 0
		for range again {
			server.send(22, []byte{0, 0, 0, 0}) // HelloRequest
			var err error
			if certificates, err = server.shake(true); err != nil {
				return
			}
		}
		shown <- certificates
		server.send(23, fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(statusJSON), statusJSON))
		_, _ = io.Copy(io.Discard, connection)
	})
	return url, count.Load
}

func TestACertificateAskedForLateUnderTLS12(t *testing.T) {
	t.Parallel()
	own, leaf := withClient(t)
	byPin := func(o *audiocodes.Options) { o.Trust.Insecure = true }
	for name, row := range map[string]struct {
		again int
		with  []func(*audiocodes.Options)
		want  error
	}{
		"never, without":      {0, nil, nil},
		"once, without":       {1, nil, audiocodes.ErrClientCertificate},
		"once, with":          {1, []func(*audiocodes.Options){own}, nil},
		"more than once":      {2, []func(*audiocodes.Options){own}, audiocodes.ErrLateCertificate},
		"never, but with one": {0, []func(*audiocodes.Options){own}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shown := make(chan int, 1)
			url, accepted := lateServer(t, row.again, shown)
			waits := new(clock)
			client := connect(t, url, append(row.with, byPin, patient(waits))...)
			_, err := client.Status(t.Context())
			assert.EqualValues(t, 1, accepted())
			assert.Empty(t, waits.pauses)
			if row.want != nil {
				requireRefusal(t, err, row.want)
				assert.False(t, audiocodes.NotDone(err), "the request was sent")
				return
			}
			require.NoError(t, err)
			assert.Equal(t, row.again*len(leaf.Raw), <-shown)
		})
	}
}
