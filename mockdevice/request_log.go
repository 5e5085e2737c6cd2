package mockdevice

import (
	"net/http"
	"slices"
	"strings"
)

// Request is one entry of the log. It never holds a password or a body.
type Request struct {
	// Number counts from 1 and continues after [Device.ResetLog].
	Number int
	Method string
	Path   string
	Query  string
	// BodySize is the number of bytes received.
	BodySize int
	// Write is set for every method but GET, whatever the outcome.
	Write bool
	// Done is set if the device carried out the request. An ignored write is answered but not done.
	Done bool
	// Status is the status sent, or 0.
	Status int
	// Unit is the serial number of the unit that was active as the request arrived.
	Unit string
	// Fault is the rule that hit the request, "" if none.
	Fault string
}

// tripwires are requests that a careful client never sends.
var tripwires = map[string]bool{
	"PUT /files/ini":       true,
	"PUT /files/cliScript": true,
	"POST /actions/reset":  true,
}

func (r Request) trips() bool { return tripwires[r.Method+" "+strings.TrimPrefix(r.Path, prefix)] }

func (d *Device) arrive(r *http.Request) (*Request, func(int, *http.Request)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.login.requests++
	entry := &Request{
		Number: d.login.requests, Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery,
		Write: r.Method != http.MethodGet, Unit: d.model.Serial,
	}
	if !d.forgetful {
		d.log = append(d.log, entry)
	}
	d.enter(entry)
	return entry, d.hook
}

// note changes a log entry, which may be read concurrently.
func (d *Device) note(edit func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	edit()
}

// Requests returns the log since the start or the last [Device.ResetLog].
func (d *Device) Requests() []Request {
	d.mu.Lock()
	defer d.mu.Unlock()
	requests := make([]Request, len(d.log))
	for i, entry := range d.log {
		requests[i] = *entry
	}
	return requests
}

// Writes counts the logged requests with a method other than GET, including refused ones.
func (d *Device) Writes() int {
	return len(d.Requests()) - len(d.filter(func(r Request) bool { return !r.Write }))
}

// Tripped returns the logged requests that a careful client never sends: a full INI or CLI load, and the reset.
func (d *Device) Tripped() []Request { return d.filter(Request.trips) }

func (d *Device) filter(keep func(Request) bool) []Request {
	return slices.DeleteFunc(d.Requests(), func(r Request) bool { return !keep(r) })
}

// ResetLog empties the log.
func (d *Device) ResetLog() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.log = nil
}
