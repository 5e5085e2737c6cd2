package mockdevice

import (
	"path"
	"strings"
	"time"
)

// Moment says whether a fault strikes before or after the work is done.
type Moment int

// The moments of a fault.
const (
	// Before the work: the device changes nothing.
	Before Moment = iota
	// After the work: the device has changed, but its answer is spoilt.
	After
)

// Action is what a fault does.
type Action int

// The actions of faults. Those marked "always" pay no attention to Fault.When.
const (
	// Drop closes the connection without an answer.
	Drop Action = iota
	// Status answers with Fault.Status and a JSON description. A redirect leads to
	// Fault.Location; 206 has the first half of the answer as its body.
	Status
	// Truncate sends half of the answer and closes, always after the work.
	Truncate
	// HTML answers 200 with a login page.
	HTML
	// Garbage answers 200 with bytes that mean nothing.
	Garbage
	// Delay waits for Fault.Delay and then proceeds normally.
	Delay
	// Hang does not answer until the client leaves or the server closes.
	Hang
	// Ignore answers as if the work were done but does nothing, always.
	Ignore
	// Late closes the connection at once and does the work just before the last of LateAfter further requests.
	Late
	// DamageOtherCell does an INI load and spoils a cell of another row of the
	// same table, or of another column if there is no other row; always.
	DamageOtherCell
	// DamageOtherRow does an INI load and drops a row of the same table that
	// was not given, always. It does nothing to a table with no other row.
	DamageOtherRow
	// Reboot restarts the device and answers Fault.Status: 200 is the work's answer, 0 closes the connection.
	Reboot
	// Short leaves the last Fault.Missing roots of a store out of the answer, or the last rows of Fault.Table, of
	// every table if that is empty, out of an INI file; always. Other requests it lets pass.
	Short
	// Stale answers with a store, an INI file or a saveNeeded as it was before the last change of RAM, or the last
	// save for the flag; always. Other requests it lets pass.
	Stale
	// CostRoot refuses an import with Fault.Status, 409 if 0, and takes the first
	// root out of the store; always. Other requests it only refuses.
	CostRoot
	// Defer answers as if done and does the work at a request after Fault.Delay on the device's clock; always.
	Defer
	// Echo answers Fault.Status (500 if 0), and repeats user name, password and the header Authorization.
	Echo
)

var actionNames = [...]string{
	"drop", "status", "truncate", "html", "garbage", "delay", "hang", "ignore", "late", "damage-cell", "damage-row",
	"reboot", "short", "stale", "cost-root", "defer", "echo",
}

// String returns the word that command-line rules use for the action.
func (a Action) String() string { return actionNames[a] }

// Fault is a rule that spoils requests. Rules are tried in the order in which they were added; the first that strikes
// is the only one. They see requests that passed the authentication, so that a Digest challenge is not counted.
type Fault struct {
	// Method is exact; empty stands for any.
	Method string
	// Path is a pattern of path.Match below /api/v1, with or without a slash at its head; empty stands for any.
	Path string
	// Skip lets the first so many matching requests through. Count is how many are struck then; 0 for all.
	Skip, Count int
	When        Moment
	Do          Action

	// Status is for the actions Status (503 if 0), Reboot, CostRoot and Echo.
	Status int
	// RetryAfter is the header Retry-After of a Status; "" sends none.
	RetryAfter string
	// Location is where a Status from 300 to 399 leads, "" for /api/v1/status, which answers 200 to whoever follows.
	Location string
	// Delay is for the actions Delay and Defer.
	Delay time.Duration
	// Missing is for the action Short, 1 if 0.
	Missing int
	// LateAfter is for the action Late; 0 does the work at once.
	LateAfter int
	// Shorter makes Truncate announce the length that it sends: only the content shows the loss.
	Shorter bool
	// Table, Row, Column and Value say what a damage hits; found by itself if Table is empty. For DamageOtherRow,
	// Column and Value have no meaning, for Short only Table has one.
	Table  string
	Row    int
	Column string
	Value  string
}

type rule struct {
	Fault
	seen, used int
}

// AddFault adds a rule behind those that are there.
func (d *Device) AddFault(f Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rules = append(d.rules, &rule{Fault: f})
}

// ClearFaults removes all rules. Late work that is under way still happens.
func (d *Device) ClearFaults() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rules = nil
}

// strike returns the fault for a request, or nil.
func (d *Device) strike(method, resource string) *Fault {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range d.rules {
		if !r.matches(method, resource) {
			continue
		}
		r.seen++
		if r.seen <= r.Skip || (r.Count > 0 && r.used >= r.Count) {
			continue
		}
		r.used++
		return &r.Fault
	}
	return nil
}

func (f Fault) matches(method, resource string) bool {
	if f.Method != "" && f.Method != method {
		return false
	}
	if f.Path == "" {
		return true
	}
	matched, err := path.Match(strings.TrimPrefix(f.Path, "/"), strings.TrimPrefix(resource, "/"))
	return err == nil && matched
}
