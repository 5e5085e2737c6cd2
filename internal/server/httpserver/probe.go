package httpserver

import (
	"context"
	"encoding/json"

	"net/http"
	"sync"
	"time"
)

// ReadyCheck is a condition for the process to be ready. Ready returns why it is not met, and ends with its context.
type ReadyCheck struct {
	Name  string
	Ready func(context.Context) error
}

// Probes adds GET /healthz, which answers while the process runs, and GET /readyz, which answers 503 with the checks
// that failed. Callers need the role; an anonymous caller gets no more than the names of the checks.
func (s *Server) Probes(role Role, checks ...ReadyCheck) {
	s.Handle("GET /healthz", role, http.HandlerFunc(healthy))
	s.Handle("GET /readyz", role, &readiness{checks: checks, now: s.access.now})
}

func healthy(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n"))
}

const (
	checkTime = 3 * time.Second // for all checks together
	checkedAt = time.Second     // how long a result is reused
)

// readiness runs the checks, for one request at a time.
type readiness struct {
	checks []ReadyCheck
	now    func() time.Time

	mutex sync.Mutex
	at    time.Time
	last  verdict
}

type verdict struct {
	Ready  bool      `json:"ready"`
	Checks []checked `json:"checks"`
}

type checked struct {
	Name   string `json:"name"`
	Ready  bool   `json:"ready"`
	Reason string `json:"reason,omitempty"`
}

func (p *readiness) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := p.ask(r.Context())
	if PersonOf(r.Context()).Role == Anyone {
		answer = answer.withoutReasons()
	}
	w.Header().Set("Content-Type", "application/json")
	if !answer.Ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(answer) // the client is gone
}

func (p *readiness) ask(ctx context.Context) verdict {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if age := p.now().Sub(p.at); p.last.Checks == nil || age < 0 || age >= checkedAt {
		p.last, p.at = p.askAll(ctx), p.now()
	}
	return p.last
}

func (p *readiness) askAll(ctx context.Context) verdict {
	// Other clients share the result, so it must not end with one impatient client.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkTime)
	defer cancel()
	answer := verdict{Ready: true, Checks: []checked{}}
	for _, check := range p.checks {
		one := checked{Name: check.Name, Ready: true}
		if err := check.Ready(ctx); err != nil {
			one.Ready, one.Reason = false, err.Error()
			answer.Ready = false
		}
		answer.Checks = append(answer.Checks, one)
	}
	return answer
}

func (v verdict) withoutReasons() verdict {
	bare := verdict{Ready: v.Ready, Checks: []checked{}}
	for _, check := range v.Checks {
		check.Reason = ""
		bare.Checks = append(bare.Checks, check)
	}
	return bare
}
