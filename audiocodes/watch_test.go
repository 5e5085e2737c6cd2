package audiocodes

import (
	"crypto/tls"
	"net/http/httptrace"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestEveryWatcherIsTold of each stage that it has a hook for, the newest first.
func TestEveryWatcherIsTold(t *testing.T) {
	t.Parallel()
	var told []string
	tell := func(who, stage string) { told = append(told, stage+" "+who) }
	whole := func(who string) watcher {
		return watcher{
			getConn:              func(string) { tell(who, "wanted") },
			tlsHandshakeStart:    func() { tell(who, "shaking") },
			tlsHandshakeDone:     func(tls.ConnectionState, error) { tell(who, "shaken") },
			gotConn:              func(httptrace.GotConnInfo) { tell(who, "connected") },
			wroteHeaders:         func() { tell(who, "sent") },
			gotFirstResponseByte: func() { tell(who, "answered") },
		}
	}
	ctx := watched(watched(watched(t.Context(), whole("first")), watcher{}), whole("last"))
	trace := httptrace.ContextClientTrace(traced(ctx))
	trace.GetConn("sbc.example.com:443")
	trace.TLSHandshakeStart()
	trace.TLSHandshakeDone(tls.ConnectionState{}, nil)
	trace.GotConn(httptrace.GotConnInfo{})
	trace.WroteHeaders()
	trace.GotFirstResponseByte()
	assert.Equal(t, []string{
		"wanted last", "wanted first", "shaking last", "shaking first", "shaken last", "shaken first",
		"connected last", "connected first", "sent last", "sent first", "answered last", "answered first",
	}, told)
}
