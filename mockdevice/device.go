package mockdevice

import (
	"crypto/tls"
	"fmt"
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
	ram      *state
	flash    *state
	saving   *state // accepted, but not yet in flash (Dialect.SaveReads)
	saveLeft int    // reads of /status until it is
	saver    actor  // of saving
	booted   time.Time
	busyLeft int // writes that are still refused (Dialect.BusyWrites)
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
	d.busyLeft = model.Dialect.BusyWrites
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
	d.flash = d.ram
	d.booted = model.Now()
	return d
}

// Running is what the device does now.
func (d *Device) Running() Snapshot {
	d.mu.Lock()
	defer d.mu.Unlock()
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
	return d.saveNeeded()
}

func (d *Device) saveNeeded() bool { return d.ram.revision != d.flash.revision }

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
	d.booted = d.model.Now()
	d.record(EventRestart, by, nil)
}

// store puts a state into flash. The lock is held.
func (d *Device) store(s *state, by actor) {
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
	next.revision = d.revision
	next.news = next.share(d.ram)
	d.ram = next
	d.record(EventChange, by, nil)
	return nil
}

// edit is a change by somebody else. A wrong table or column is a mistake in
// the test: it panics.
func (d *Device) edit(what func(*state) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.change(actor{author: ByOther}, what); err != nil {
		panic("mockdevice: " + err.Error())
	}
}

// SetCell changes one cell as another administrator would; value is without
// quotes. It is not saved. It panics if there is no such cell.
func (d *Device) SetCell(table string, index int, column, value string) {
	d.edit(func(s *state) error { return s.setCell(table, index, column, value) })
}

func (s *state) setCell(table string, index int, column, value string) error {
	t := s.table(table)
	if t == nil || t.row(index) == nil || t.column(column) < 0 {
		return fmt.Errorf("no cell %s %d %s", table, index, column)
	}
	c := t.column(column)
	t.row(index).Cells[c] = t.Columns[c].write(value)
	return nil
}

// AddRow adds or replaces a row as another administrator would. Values are
// without quotes, by column; the rest is at its default. It is not saved. It
// panics if there is no such table or column.
func (d *Device) AddRow(table string, index int, values map[string]string) {
	d.edit(func(s *state) error {
		t := s.table(table)
		if t == nil {
			return fmt.Errorf("no table %s", table)
		}
		cells := make([]string, len(t.Columns))
		for c, column := range t.Columns {
			cells[c] = column.Default
		}
		for name, value := range values {
			c := t.column(name)
			if c < 0 {
				return fmt.Errorf("table %s has no column %s", table, name)
			}
			cells[c] = value
		}
		t.put(index, cells)
		if s.table(tlsContexts) == t && s.stores[index] == nil {
			s.stores[index] = [][]byte{}
		}
		return nil
	})
}

// DeleteRow deletes a row as another administrator would, a TLS Context with
// its files. It is not saved.
func (d *Device) DeleteRow(table string, index int) {
	d.edit(func(s *state) error {
		t := s.table(table)
		if t == nil {
			return fmt.Errorf("no table %s", table)
		}
		t.drop(index)
		if s.table(tlsContexts) == t {
			delete(s.stores, index)
		}
		return nil
	})
}

// SetParam sets a parameter as another administrator would; value is raw, in
// the quotes the INI shows. It is not saved.
func (d *Device) SetParam(name, value string) {
	d.edit(func(s *state) error { s.setParameter(name, value); return nil })
}

// AddRoot puts a root (DER or PEM) at the end of a store as another
// administrator would, without looking at what is there. It is not saved.
func (d *Device) AddRoot(context int, root []byte) {
	d.edit(func(s *state) error {
		for _, der := range asDER(root) {
			s.addRoot(context, der)
		}
		return nil
	})
}

// RemoveRoot takes every copy of the root with that SHA-256 (lower-case hex)
// out of a store. It is not saved.
func (d *Device) RemoveRoot(context int, sha256 string) {
	d.edit(func(s *state) error {
		s.stores[context] = slices.DeleteFunc(s.stores[context], func(der []byte) bool { return fingerprint(der) == sha256 })
		return nil
	})
}

// SetRoots replaces a store by these roots (each DER or PEM) as another
// administrator who restores a backup would. It is not saved.
func (d *Device) SetRoots(context int, roots ...[]byte) {
	d.edit(func(s *state) error {
		s.stores[context] = [][]byte{}
		for _, root := range roots {
			for _, der := range asDER(root) {
				s.addRoot(context, der)
			}
		}
		return nil
	})
}

// Save copies RAM to flash at once, as another administrator would. It takes the
// place of a save that is under way.
func (d *Device) Save() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.store(d.ram, actor{author: ByOther})
}

// SetSerial changes the serial number as an HA switch-over does: /status shows
// that of the unit that is active now.
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
