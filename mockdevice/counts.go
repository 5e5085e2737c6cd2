package mockdevice

import "net/http"

// Counts are totals since the start, kept even without a log. They include refused requests.
type Counts struct {
	Requests int `json:"requests"`
	// Rounds are the requests that arrived while no other request to the device waited for its answer: how often a
	// client had to wait. Requests that overlap are one round.
	Rounds       int `json:"rounds"`
	FailedLogins int `json:"failed_logins"`
	// Handshakes are TLS handshakes begun by clients; a [Device] that is served by [Start] or [Serve] has none.
	Handshakes int `json:"tls_handshakes"`
	// Writes are the requests other than GET, whatever their outcome; Done are those that the device carried out.
	Writes int `json:"writes"`
	Done   int `json:"writes_done"`
	// Needless are writes that changed nothing: a root already stored, an unchanged row, a superfluous save.
	Needless int `json:"needless_writes"`
	// NeedlessSaves are those of Needless that are saves: what a client repeats if it was killed before it wrote down
	// that the device has saved.
	NeedlessSaves int `json:"needless_saves"`
	// Overlapping are writes that arrived during another write.
	Overlapping int `json:"overlapping_writers"`
	// Tripped are the requests that a careful client never sends, see [Device.Tripped].
	Tripped int `json:"tripped"`
}

func (c *Counts) add(other Counts) {
	c.Requests += other.Requests
	c.Rounds += other.Rounds
	c.FailedLogins += other.FailedLogins
	c.Handshakes += other.Handshakes
	c.Writes += other.Writes
	c.Done += other.Done
	c.Needless += other.Needless
	c.NeedlessSaves += other.NeedlessSaves
	c.Overlapping += other.Overlapping
	c.Tripped += other.Tripped
}

// Counts returns the totals since the start. [Device.ResetLog] does not reset them.
func (d *Device) Counts() Counts {
	d.mu.Lock()
	defer d.mu.Unlock()
	counts := d.counts
	counts.Requests, counts.FailedLogins = d.login.requests, d.login.failed
	counts.Done, counts.Needless, counts.NeedlessSaves = d.done, d.needless, d.needlessSaves
	return counts
}

// enter counts a request on arrival, leave at its end. The lock is held.
func (d *Device) enter(entry *Request) {
	if entry.trips() {
		d.counts.Tripped++
	}
	if len(d.unanswered) == 0 {
		d.counts.Rounds++
	}
	if d.unanswered == nil {
		d.unanswered = map[*Request]bool{}
	}
	d.unanswered[entry] = true
	if !entry.Write {
		return
	}
	d.counts.Writes++
	if d.writing > 0 {
		d.counts.Overlapping++
	}
	d.writing++
}

func (d *Device) leave(entry *Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.unanswered, entry)
	if entry.Write {
		d.writing--
	}
}

// carryOut performs a write and counts it. The lock is held.
func (d *Device) carryOut(c call, handle handler) answer {
	before, nothingToSave := d.ram, !d.saveNeeded() || d.saving == d.ram
	a := handle(d, c)
	if !a.done || c.method == http.MethodGet {
		return a
	}
	d.done++
	asBefore := d.ram != before && !d.ram.news
	isNeedlessSave := nothingToSave && c.resource == "/actions/saveConfiguration"
	if isNeedlessSave {
		d.needlessSaves++
	}
	if asBefore || isNeedlessSave {
		d.needless++
	}
	return a
}
