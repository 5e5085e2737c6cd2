package mockdevice_test

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net/http"
	"regexp"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/mockdevice"
)

// clock is a device's clock that a test moves.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(1_800_000_000, c.offset.Load()) }
func (c *clock) advance(d time.Duration) { c.offset.Add(int64(d)) }

func startWithClock(t *testing.T, set ...string) (*station, *clock) {
	model := preset(t, "7.4.500")
	c := &clock{}
	model.Now = c.now
	for _, name := range set {
		v, found := mockdevice.FindVariant(name)
		require.True(t, found, name)
		v.Set(&model.Dialect)
	}
	return start(t, model), c
}

func TestBasic(t *testing.T) {
	s, _ := startWithClock(t)
	assert.Equal(t, 200, s.get("status").status)
	s.user = ""
	r := s.get("nope")
	assert.Equal(t, 401, r.status, "before the path is looked at")
	assert.Equal(t, `Basic realm="WebServer"`, r.header.Get("WWW-Authenticate"))
	assert.Zero(t, s.device.FailedLogins(), "no credentials are not wrong ones")
	s.user = "admin"
	assert.Equal(t, 401, s.get("status").status, "user names have case")
	assert.Equal(t, 1, s.device.FailedLogins())
}

func TestLockOut(t *testing.T) {
	for name, status := range map[string]int{"": 401, "blocked-403": 403} {
		t.Run(name, func(t *testing.T) {
			var set []string
			if name != "" {
				set = []string{name}
			}
			s, clock := startWithClock(t, set...)
			s.pass = "wrong"
			s.get("status")
			s.get("status")
			s.pass = "Admin"
			assert.Equal(t, 200, s.get("status").status, "two are no lock-out, and a good one starts anew")
			s.pass = "wrong"
			for range 3 {
				assert.Equal(t, 401, s.get("status").status)
			}
			s.pass = "Admin"
			assert.Equal(t, status, s.get("status").status)
			clock.advance(59 * time.Second)
			assert.Equal(t, status, s.get("status").status)
			clock.advance(2 * time.Second)
			assert.Equal(t, 200, s.get("status").status)
			assert.Equal(t, 5, s.device.FailedLogins())
		})
	}
}

var quotedNonce = regexp.MustCompile(`nonce="([^"]+)"`)

func hexMD5(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

// digest answers a challenge as RFC 7616 says.
func digest(challenge, password string, count int) func(*http.Request) {
	return func(r *http.Request) {
		nonce := quotedNonce.FindStringSubmatch(challenge)[1]
		uri, nc := r.URL.RequestURI(), fmt.Sprintf("%08x", count)
		response := hexMD5(hexMD5("Admin:WebServer:"+password) + ":" + nonce + ":" + nc + ":c0ffee:auth:" + hexMD5(r.Method+":"+uri))
		r.Header.Set("Authorization", fmt.Sprintf(
			`Digest username="Admin", realm="WebServer", nonce="%s", uri="%s", qop=auth, nc=%s, cnonce="c0ffee", response="%s", algorithm=MD5`,
			nonce, uri, nc, response))
	}
}

func TestDigest(t *testing.T) {
	s, clock := startWithClock(t, "auth-digest")
	r := s.get("status")
	assert.Equal(t, 401, r.status, "Basic is not taken")
	assert.Zero(t, s.device.FailedLogins(), "and is not a wrong password")
	require.Len(t, r.header.Values("WWW-Authenticate"), 1)
	challenge := r.header.Get("WWW-Authenticate")

	assert.Equal(t, 200, s.do("GET", "alarms/active?limit=1", nil, digest(challenge, "Admin", 1)).status)
	assert.Equal(t, 200, s.do("GET", "status", nil, digest(challenge, "Admin", 2)).status, "a nonce can be used again")
	r = s.do("GET", "status", nil, digest(challenge, "wrong", 3))
	assert.Equal(t, 401, r.status)
	assert.NotContains(t, r.header.Get("WWW-Authenticate"), "stale")
	assert.Equal(t, 1, s.device.FailedLogins())

	clock.advance(6 * time.Minute)
	r = s.do("GET", "status", nil, digest(challenge, "Admin", 4))
	assert.Equal(t, 401, r.status)
	assert.Contains(t, r.header.Get("WWW-Authenticate"), "stale=true")
	assert.Equal(t, 1, s.device.FailedLogins(), "a stale nonce is not a wrong password")
	fresh := r.header.Get("WWW-Authenticate")
	assert.Equal(t, 200, s.do("GET", "status", nil, digest(fresh, "Admin", 1)).status)

	other := s.do("GET", "status", nil, func(r *http.Request) {
		digest(fresh, "Admin", 2)(r)
		r.URL.RawQuery = "x=1"
	})
	assert.Equal(t, 401, other.status, "a response for another path")
}

func TestDigestNonceUses(t *testing.T) {
	s, _ := startWithClock(t, "auth-digest-stale")
	challenge := s.get("status").header.Get("WWW-Authenticate")
	assert.Equal(t, 200, s.do("GET", "status", nil, digest(challenge, "Admin", 1)).status)
	assert.Equal(t, 200, s.do("GET", "status", nil, digest(challenge, "Admin", 2)).status)
	r := s.do("GET", "status", nil, digest(challenge, "Admin", 3))
	assert.Equal(t, 401, r.status)
	assert.Contains(t, r.header.Get("WWW-Authenticate"), "stale=true")
}

func TestEither(t *testing.T) {
	s, _ := startWithClock(t, "auth-either")
	assert.Equal(t, 200, s.get("status").status)
	s.user = ""
	r := s.get("status")
	require.Len(t, r.header.Values("WWW-Authenticate"), 2)
	assert.Equal(t, 200, s.do("GET", "status", nil, digest(r.header.Values("WWW-Authenticate")[0], "Admin", 1)).status)
}
