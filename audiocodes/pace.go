package audiocodes

import (
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"
)

// pace compares how long the device took to answer the first read with how long it took to make the connection.
type pace struct {
	mu     sync.Mutex
	making time.Duration // of the newest connection, TLS included
	isMade bool
	isSeen bool          // the first answer
	answer time.Duration // how long it took
}

// A second connection saves one answer for each pair of reads. A plan has one such pair, so an answer must take this
// many times as long as making the connection. A run that writes has this many pairs, or more.
const (
	timesForAReader = 2
	pairsOfAWriter  = 8
)

// pays reports whether a second connection saves more time than it costs.
// docs/design/device.md: A second connection must pay
func (p *pace) pays(readOnly bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !p.isSeen || !p.isMade:
		return false
	case readOnly:
		return p.answer > 0 && p.answer >= timesForAReader*p.making
	default:
		return pairsOfAWriter*p.answer > p.making
	}
}

// firstAnswer is how long the device took for its first answer; 0 before any.
func (p *pace) firstAnswer() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.answer
}

func (p *pace) hasSeen() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.isSeen
}

// watch takes the times of a request until the first answer to a read has come.
func (p *pace) watch(request *http.Request, now func() time.Time) *http.Request {
	if p.hasSeen() {
		return request
	}
	var wanted, written time.Time
	timer := watcher{
		getConn: func(string) { p.locked(func() { wanted = now() }) },
		gotConn: func(info httptrace.GotConnInfo) {
			if !info.Reused {
				p.locked(func() { p.making, p.isMade = now().Sub(wanted), true })
			}
		},
		// WroteRequest may be called only after the answer has come. A read ends with its header.
		wroteHeaders:         func() { p.locked(func() { written = now() }) },
		gotFirstResponseByte: func() { p.locked(func() { p.answered(request.Method, now().Sub(written)) }) },
	}
	return request.WithContext(watched(request.Context(), timer))
}

func (p *pace) locked(note func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	note()
}

func (p *pace) answered(method string, took time.Duration) {
	if method != http.MethodGet || p.isSeen {
		return
	}
	p.isSeen, p.answer = true, took
}
