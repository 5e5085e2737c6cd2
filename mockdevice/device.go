package mockdevice

import (
	"crypto/tls"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Device is a running device. It is an http.Handler and safe for concurrent
// use. Everything that is not saved is lost by [Device.Reboot].
type Device struct {
	mu    sync.Mutex
	model Model
	files map[int]Context // device certificates, which no request changes
	memory
	revision  int
	download  int
	recording bool // keeps a history

	login    login
	log      []*Request
	counts   Counts // but for what login and memory know
	writing  int    // writes under way
	hook     func(n int, r *http.Request)
	rules    []*rule
	closeAll []func()

	latency   time.Duration // that every answer comes later
	forgetful bool          // keeps no log
}

// memory is what requests change. A copy of it can bring all back.
type memory struct {
	first    *state // what the device began with
	ram      *state
	flash    *state
	past     past
	saving   *state // accepted, but not yet in flash (Dialect.SaveReads)
	saveLeft int    // reads of /status until it is
	saver    actor  // of saving
	booted   time.Time
	busyLeft int // writes that are still refused (Dialect.BusyWrites)
	refusals int // imports that are still refused (Dialect.RefusedImports)
	late     []*lateWork
	done     int // writes carried out
	needless int // of them, those that changed nothing
	moments  []moment
}

// New starts a device. The model is copied as far as the device changes it; it
// boots with everything saved.
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

// Running is what the device does now.
func (d *Device) Running() Snapshot {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ripen()
	return d.ram.snapshot()
}

// Flash is what the device will do after a reboot.
func (d *Device) Flash() Snapshot {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.flash.snapshot()
}

// SaveNeeded tells whether RAM holds changes that flash does not.
func (d *Device) SaveNeeded() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ripen()
	return d.saveNeeded()
}

func (d *Device) saveNeeded() bool { return d.ram.revision != d.flash.revision }

// flagged reports whether saveNeeded is on, which may be less than true
// (Dialect.SaveFlag).
func (d *Device) flagged() bool { return d.ram.flag != d.flash.flag }

// Reboot loses what was not saved, forgets failed logins and ends all
// connections.
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
	d.ram, d.saving, d.saveLeft, d.late = d.flash, nil, 0, nil
	d.login = login{failed: d.login.failed, requests: d.login.requests}
	d.booted, d.past = d.model.Now(), past{}
	d.record(EventRestart, by, nil)
}

// store puts a state into flash. The lock is held.
func (d *Device) store(s *state, by actor) {
	d.past.needed = d.flagged()
	d.flash, d.saving, d.saveLeft = s, nil, 0
	d.record(EventSave, by, nil)
}

// change runs a change on a copy of RAM and takes the copy if it succeeds.
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

// SetSerial changes the serial number and nothing else; [Device.SwitchOver] is a
// whole HA switch-over.
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

// SetLatency makes every answer come that much later.
func (d *Device) SetLatency(latency time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.latency = latency
}

// OnRequest sets a function that is called before a request is handled, with
// the number of the request in the log. It may change the device and so act as
// another administrator in the middle of a run. nil removes it.
func (d *Device) OnRequest(hook func(n int, r *http.Request)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hook = hook
}

// onReset registers what ends the connections of a server.
func (d *Device) onReset(closeAll func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closeAll = append(d.closeAll, closeAll)
}

// management is the certificate of the management interface: that of context 0.
func (d *Device) management() tls.Certificate {
	d.mu.Lock()
	defer d.mu.Unlock()
	own := d.files[0]
	if own.Key == nil {
		own.Certificate, own.Key = makeSelfSigned("ACL_" + d.model.Serial)
	}
	return tls.Certificate{Certificate: asDER(own.Certificate), PrivateKey: own.Key}
}
