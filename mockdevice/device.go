package mockdevice

import (
	"crypto/tls"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Device is a running device: an http.Handler, safe for concurrent use. [Device.Reboot] loses all unsaved changes.
type Device struct {
	mu    sync.Mutex
	model Model
	files map[int]Context // device certificates, which requests never change
	memory
	revision  int
	download  int
	recording bool // keeps a history

	login      login
	log        []*Request
	counts     Counts            // except for those in login and memory
	writing    int               // writes under way
	unanswered map[*Request]bool // requests whose answer has not begun
	hook       func(n int, r *http.Request)
	rules      []*rule
	closeAll   []func()

	latency   time.Duration // added to every answer
	forgetful bool          // keeps no log
}

// memory is what requests change. Restoring a copy undoes them.
type memory struct {
	first    *state // the initial state
	ram      *state
	flash    *state
	past     past
	saving   *state // accepted, but not yet in flash (Dialect.SaveReads)
	saveLeft int    // reads of /status until it is
	saver    actor  // of saving
	booted   time.Time
	busyLeft int // writes still to be refused (Dialect.BusyWrites)
	refusals int // imports still to be refused (Dialect.RefusedImports)
	late     []*lateWork
	done     int // writes carried out
	needless int // those of them that changed nothing
	moments  []moment

	needlessSaves int // those of needless that are saves
}

// New starts a device from a copy of the model, with everything saved.
func New(model Model) *Device {
	if model.Now == nil {
		model.Now = time.Now
	}
	d := &Device{model: model, files: map[int]Context{}}
	d.busyLeft, d.refusals = model.Dialect.BusyWrites, model.Dialect.RefusedImports.Times
	first := &state{groups: model.Groups, tables: model.Tables, stores: map[int][][]byte{}}
	if t := first.table(tlsContexts); t != nil {
		for _, row := range t.Rows {
			first.stores[row.Index] = [][]byte{}
		}
	}
	for _, context := range model.Contexts {
		first.stores[context.Index] = [][]byte{}
		for _, entry := range context.Roots {
			first.stores[context.Index] = append(first.stores[context.Index], asDER(entry)...)
		}
		d.files[context.Index] = context
	}
	if d.files[0].Certificate == nil {
		own := d.files[0]
		own.Certificate, own.Key = makeSelfSigned("ACL_" + model.Serial)
		d.files[0] = own
	}
	d.ram = first.clone()
	d.first, d.flash = d.ram, d.ram
	d.booted = model.Now()
	return d
}

// Running returns what the device does now.
func (d *Device) Running() Snapshot {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ripen()
	return d.ram.snapshot()
}

// Flash returns what the device will do after a reboot.
func (d *Device) Flash() Snapshot {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.flash.snapshot()
}

// SaveNeeded reports whether RAM holds changes that flash lacks.
func (d *Device) SaveNeeded() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ripen()
	return d.saveNeeded()
}

func (d *Device) saveNeeded() bool { return d.ram.revision != d.flash.revision }

// flagged reports whether saveNeeded is shown, which may differ from the truth (Dialect.SaveFlag).
func (d *Device) flagged() bool { return d.ram.flag != d.flash.flag }

// Reboot loses unsaved changes, forgets failed logins and closes all connections.
func (d *Device) Reboot() {
	d.mu.Lock()
	d.reboot(actor{author: ByDevice})
	closers := slices.Clone(d.closeAll)
	d.mu.Unlock()
	for _, closeAll := range closers {
		closeAll()
	}
}

func (d *Device) reboot(by actor) {
	d.ram, d.late = d.flash, nil
	d.saving, d.saveLeft = nil, 0
	d.login = login{failed: d.login.failed, requests: d.login.requests}
	d.booted, d.past = d.model.Now(), past{}
	d.record(EventRestart, by, nil)
}

// store puts a state into flash. The lock is held.
func (d *Device) store(s *state, by actor) {
	d.past.needed = d.flagged()
	d.flash = s
	d.saving, d.saveLeft = nil, 0
	d.record(EventSave, by, nil)
}

// change applies an edit to a copy of RAM and adopts the copy if it succeeds.
func (d *Device) change(by actor, edit func(*state) error) error {
	next := d.ram.clone()
	if err := edit(next); err != nil {
		return err
	}
	d.revision++
	next.revision, next.flag = d.revision, d.revision
	if by.author == ByClient {
		d.past.blur = d.model.Dialect.Blur
		if d.model.Dialect.SaveFlag == SaveFlagBlind {
			next.flag = d.ram.flag
		}
	}
	next.news = next.share(d.ram)
	d.past.before, d.past.needed = d.ram, d.flagged()
	d.ram = next
	d.record(EventChange, by, nil)
	return nil
}

// SetSerial changes only the serial number; [Device.SwitchOver] simulates a complete HA switch-over.
func (d *Device) SetSerial(serial string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.model.Serial = serial
}

// SetAlarms replaces the active alarms.
func (d *Device) SetAlarms(alarms []Alarm) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.model.Alarms = slices.Clone(alarms)
}

// SetCalls replaces the values of the call indicators of an IP Group, by their ID; nil is a value that is not counted.
func (d *Device) SetCalls(ipGroup int, values map[string]any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	calls := maps.Clone(d.model.Calls)
	if calls == nil {
		calls = map[int]map[string]any{}
	}
	calls[ipGroup] = maps.Clone(values)
	d.model.Calls = calls
}

// SetLatency delays every answer by this long.
func (d *Device) SetLatency(latency time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.latency = latency
}

// OnRequest sets a function that is called before a request is handled, with the request's number in the log. It may
// change the device, and so act as another administrator in the middle of a run. nil removes it.
func (d *Device) OnRequest(hook func(n int, r *http.Request)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hook = hook
}

// onReset registers the function that closes a server's connections.
func (d *Device) onReset(closeAll func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closeAll = append(d.closeAll, closeAll)
}

// management returns the certificate of the management interface: that of context 0.
func (d *Device) management() tls.Certificate {
	d.mu.Lock()
	defer d.mu.Unlock()
	own := d.files[0]
	if own.Key == nil {
		own.Certificate, own.Key = makeSelfSigned("ACL_" + d.model.Serial)
	}
	return tls.Certificate{Certificate: asDER(own.Certificate), PrivateKey: own.Key}
}
