package httpserver

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

var noon = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// TestSlowClientsAreCutOff checks the time limits for a client that sends or reads a byte a minute.
func TestSlowClientsAreCutOff(t *testing.T) {
	t.Parallel()
	server := hardened(slog.New(slog.DiscardHandler))
	for name, limit := range map[string]time.Duration{
		"headers": server.ReadHeaderTimeout, "request": server.ReadTimeout, "answer": server.WriteTimeout, "idle": server.IdleTimeout,
	} {
		assert.Greater(t, limit, time.Duration(0), name)
		assert.LessOrEqual(t, limit, 2*time.Minute, name)
	}
	assert.LessOrEqual(t, server.ReadHeaderTimeout, 10*time.Second)
	assert.Greater(t, server.MaxHeaderBytes, 0)
	assert.NotNil(t, server.ErrorLog, "or it would print")
}

func TestAttemptsAreCountedBy(t *testing.T) {
	t.Parallel()
	for remote, want := range map[string]string{
		"192.0.2.1:80":            "192.0.2.1",
		"[::ffff:192.0.2.1]:80":   "192.0.2.1",
		"[2001:db8:1:2:3::4]:80":  "2001:db8:1:2::/64",
		"[2001:db8:1:2:5::6]:443": "2001:db8:1:2::/64",
		"[fe80::1%eth0]:80":       "fe80::/64",
		"@":                       "@",
		"name:80":                 "name",
	} {
		assert.Equal(t, want, source(remote), remote)
	}
}

func TestManyAddressesNeedNoMoreRoom(t *testing.T) {
	t.Parallel()
	var a attempts
	for i := range 3 * sources {
		a.failed(fmt.Sprint(i), noon)
	}
	assert.LessOrEqual(t, len(a.by), sources+1)
	assert.False(t, a.allowed("new", noon), "those without room share what they may")
	assert.True(t, a.allowed("0", noon), "the others have their own")
	later := noon.Add(time.Hour)
	a.failed("new", later)
	assert.LessOrEqual(t, len(a.by), 2, "who stopped is forgotten")
	assert.True(t, a.allowed("new", later))
}

func TestManyWrongOnesAtOnce(t *testing.T) {
	t.Parallel()
	var a attempts
	for range 1000 {
		a.failed("a", noon)
	}
	assert.False(t, a.allowed("a", noon))
	assert.True(t, a.allowed("a", noon.Add(oneMore)), "what was refused is not owed")
	assert.True(t, a.allowed("b", noon))
}
