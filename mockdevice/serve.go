package mockdevice

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// prefix is where the REST API begins ("REST API for Mediant Devices", LTRT-41761).
const prefix = "/api/v1"

// maxBody limits an upload. INI files of large devices have some megabytes.
const maxBody = 16 << 20

// call is an admitted request with its body.
type call struct {
	method   string
	resource string // path below the prefix
	parts    []string
	request  *http.Request
	body     []byte
	entry    *Request
	fault    *Fault // that strikes it, nil if none
	ripe     bool   // was deferred, and is due
}

func (c call) actor() actor { return actor{author: ByClient, entry: c.entry} }

// ServeHTTP: log, latency and hook, late work, admission, faults, work, answer. Only work on the state is locked.
func (d *Device) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	entry, hook := d.arrive(r)
	defer d.leave(entry)
	d.think(r)
	if hook != nil {
		hook(entry.Number, r)
	}
	d.catchUp()
	if refusal := d.admit(r); refusal != nil {
		d.conclude(w, entry, *refusal)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	d.note(func() { entry.BodySize = len(body) })
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		d.conclude(w, entry, d.failure(http.StatusBadRequest, "File is too large"))
		return
	}
	if err != nil {
		panic(http.ErrAbortHandler) // the client went away
	}
	resource := strings.TrimPrefix(r.URL.Path, prefix)
	c := call{method: r.Method, resource: resource, request: r, body: body, entry: entry}
	if c.fault = d.strike(c.method, c.resource); c.fault != nil {
		d.note(func() { entry.Fault = c.fault.Do.String() })
		d.serveFault(w, c, *c.fault)
		return
	}
	d.conclude(w, entry, d.work(c))
}

// admit refuses a request before its body is read; nil admits it.
func (d *Device) admit(r *http.Request) *answer {
	dialect := d.model.Dialect
	switch {
	case dialect.HTTPRedirect && r.TLS == nil:
		host, _, _ := strings.Cut(r.Host, ":")
		return &answer{status: http.StatusFound,
			header: http.Header{"Location": {"https://" + host + r.URL.RequestURI()}}}
	case r.Header.Get("Expect") != "":
		status := http.StatusExpectationFailed
		if dialect.ExpectBadRequest {
			status = http.StatusBadRequest
		}
		a := d.failure(status, "Expect is not supported")
		a.header = http.Header{"Connection": {"close"}}
		return &a
	}
	return d.authenticate(r)
}

func (d *Device) work(c call) answer {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.perform(c)
}

// rehearse returns the answer that the work would have, without doing it.
func (d *Device) rehearse(c call) answer {
	d.mu.Lock()
	defer d.mu.Unlock()
	a := d.pretend(c)
	a.done, a.hangUp = false, false
	return a
}

// pretend does the work and undoes it. The lock is held.
func (d *Device) pretend(c call) answer {
	before := d.memory
	a := d.perform(c)
	d.memory = before
	return a
}

// conclude sends an answer and records what was sent.
func (d *Device) conclude(w http.ResponseWriter, entry *Request, a answer) {
	d.note(func() {
		entry.Status, entry.Done = a.status, a.done
		delete(d.unanswered, entry) // before its first byte: the client may ask again before the handler returns
	})
	d.send(w, a)
	if a.hangUp {
		flush(w)
		d.hangUp()
	}
}

func (d *Device) hangUp() {
	d.mu.Lock()
	closers := slices.Clone(d.closeAll)
	d.mu.Unlock()
	for _, closeAll := range closers {
		closeAll()
	}
}

// think waits for the latency.
func (d *Device) think(r *http.Request) {
	d.mu.Lock()
	latency := d.latency
	d.mu.Unlock()
	if latency > 0 {
		wait(r, latency)
	}
}

// wait returns after the delay, or when the client has left.
func wait(r *http.Request, delay time.Duration) {
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}
