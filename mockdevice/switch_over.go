package mockdevice

import (
	"slices"
	"time"
)

// Unit is one of the two of an HA pair.
type Unit struct {
	// Serial and MAC identify this unit and never the other one.
	Serial, MAC string
	// UpTime is how long it has been running.
	UpTime time.Duration
	// Holds is the unit's configuration.
	Holds UnitHolds
}

// UnitHolds says what a unit holds when it takes over.
type UnitHolds int

// What a unit holds when it takes over.
const (
	// UnitSynchronized holds everything that the other unit held, in RAM and in flash.
	UnitSynchronized UnitHolds = iota
	// UnitSaved holds, in both, what was in the other unit's flash.
	UnitSaved
	// UnitBehind holds, in both, the device's initial configuration.
	UnitBehind
)

// SwitchOver makes another unit of an HA pair answer from now on, as if the active one had failed. It closes all
// connections and loses deferred work and a save in progress. The management certificate stays: HA units share it.
func (d *Device) SwitchOver(to Unit) {
	d.mu.Lock()
	d.switchOver(to)
	closers := slices.Clone(d.closeAll)
	d.mu.Unlock()
	for _, closeAll := range closers {
		closeAll()
	}
}

func (d *Device) switchOver(to Unit) {
	switch to.Holds {
	case UnitSaved:
		d.ram = d.flash
	case UnitBehind:
		d.ram, d.flash = d.first, d.first
	}
	d.saving, d.saveLeft = nil, 0
	d.late, d.past = nil, past{}
	d.login = login{failed: d.login.failed, requests: d.login.requests}
	d.model.Serial, d.model.MAC = to.Serial, to.MAC
	d.booted = d.model.Now().Add(-to.UpTime)
	d.record(EventSwitch, actor{author: ByDevice}, nil)
}
