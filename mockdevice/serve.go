package mockdevice

import (
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// prefix is where the REST API begins ("REST API for Mediant Devices", LTRT-41761).
const prefix = "/api/v1"

// maxBody bounds an upload. INI files of large devices have some megabytes.
const maxBody = 16 << 20

// call is a request that was let in, with its body.
type call struct {
	method   string
	resource string // path below the prefix
	parts    []string
	request  *http.Request
	body     []byte
	entry    *Request
}

func (c call) actor() actor { return actor{author: ByClient, entry: c.entry} }

// ServeHTTP handles a request: log, latency and hook, late work, admission, faults, work,
// answer. Nothing but short work on the state happens under the lock.
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
	if fault := d.strike(c.method, c.resource); fault != nil {
		d.note(func() { entry.Fault = fault.Do.String() })
		d.serveFault(w, c, *fault)
		return
	}
	d.conclude(w, entry, d.work(c))
}

// admit refuses a request before its body is read; nil lets it in.
func (d *Device) admit(r *http.Request) *answer {
	dialect := d.model.Dialect
	switch {
	case dialect.HTTPRedirect && r.TLS == nil:
		host, _, _ := strings.Cut(r.Host, ":")
		return &answer{status: http.StatusFound, header: http.Header{"Location": {"https://" + host + r.URL.RequestURI()}}}
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

// rehearse gives the answer that the work would have, and does nothing.
func (d *Device) rehearse(c call) answer {
	d.mu.Lock()
	defer d.mu.Unlock()
	before := d.memory
	a := d.perform(c)
	d.memory = before
	a.done, a.hangUp = false, false
	return a
}

// conclude sends an answer and notes what was sent.
func (d *Device) conclude(w http.ResponseWriter, entry *Request, a answer) {
	d.note(func() { entry.Status, entry.Done = a.status, a.done })
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

// serveFault handles a request that a rule strikes.
func (d *Device) serveFault(w http.ResponseWriter, c call, f Fault) {
	switch f.Do {
	case Ignore:
		d.conclude(w, c.entry, d.rehearse(c))
		return
	case Late:
		d.postpone(c, f.LateAfter)
		panic(http.ErrAbortHandler)
	case DamageOtherCell, DamageOtherRow:
		d.conclude(w, c.entry, d.workAndDamage(c, f))
		return
	case Truncate:
		d.truncate(w, c.entry, d.work(c), f.Shorter)
		return
	}
	if f.Do == Delay && f.When == Before {
		wait(c.request, f.Delay)
	}
	var a answer
	if f.When == After || f.Do == Delay {
		a = d.work(c)
		d.note(func() { c.entry.Done = a.done })
	}
	d.spoil(w, c, f, a)
}

// spoil sends something else than the answer.
func (d *Device) spoil(w http.ResponseWriter, c call, f Fault, a answer) {
	done := a.done
	switch f.Do {
	case Drop:
		panic(http.ErrAbortHandler)
	case Hang:
		<-c.request.Context().Done()
		panic(http.ErrAbortHandler)
	case Delay:
		if f.When == After {
			wait(c.request, f.Delay)
		}
	case Status:
		status := f.Status
		if status == 0 {
			status = http.StatusServiceUnavailable
		}
		a = d.failure(status, http.StatusText(status))
	case HTML:
		a = answer{status: http.StatusOK, kind: "text/html", body: []byte(loginPage)}
	case Garbage:
		a = answer{status: http.StatusOK, kind: binaryType, body: garbage()}
	}
	a.done = done
	d.conclude(w, c.entry, a)
}

func (d *Device) postpone(c call, after int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if after == 0 {
		c.entry.Done = d.perform(c).done
		return
	}
	d.late = append(d.late, &lateWork{call: c, left: after})
}

// truncate sends half of the body; whether the announced length tells depends
// on shorter.
func (d *Device) truncate(w http.ResponseWriter, entry *Request, a answer, shorter bool) {
	half := a.body[:len(a.body)/2]
	d.note(func() { entry.Status, entry.Done = a.status, a.done })
	head(w, a)
	announced := len(a.body)
	switch {
	case shorter:
		announced = len(half)
	case announced == 0:
		announced = 1 // even an empty answer can break off
	}
	w.Header().Set("Content-Length", strconv.Itoa(announced))
	w.Header().Set("Connection", "close")
	w.WriteHeader(a.status)
	w.Write(half)
	flush(w)
	if announced != len(half) {
		panic(http.ErrAbortHandler)
	}
}

// think passes the latency.
func (d *Device) think(r *http.Request) {
	d.mu.Lock()
	latency := d.latency
	d.mu.Unlock()
	if latency > 0 {
		wait(r, latency)
	}
}

// wait is over when the time is or when the client has gone.
func wait(r *http.Request, delay time.Duration) {
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}

const loginPage = `<!DOCTYPE html>
<html><head><title>Web Login</title></head>
<body><form method="post" action="/Login"><input name="username"><input name="password" type="password"></form></body></html>
`

func garbage() []byte {
	random := rand.New(rand.NewPCG(1, 2))
	bytes := make([]byte, 512)
	for i := range bytes {
		bytes[i] = byte(random.Uint32())
	}
	return bytes
}
