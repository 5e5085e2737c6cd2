package mockdevice

import (
	"slices"
	"time"
)

// Unit is one of the two of an HA pair.
type Unit struct {
	// Serial and MAC are its own, and never those of the other unit.
	Serial, MAC string
	// UpTime is how long it has been running.
	UpTime time.Duration
	// Holds is its configuration.
	Holds UnitHolds
}

// UnitHolds says what a unit holds when it takes over.
type UnitHolds int

// What a unit holds when it takes over.
const (
	// UnitSynchronized holds all that the other unit held, in RAM and in flash.
	UnitSynchronized UnitHolds = iota
	// UnitSaved holds, in both, what was in the other unit's flash.
	UnitSaved
	// UnitBehind holds, in both, what the device began with.
	UnitBehind
)

// SwitchOver makes another unit of an HA pair answer from now on, as if the active
// one had failed. All connections end, work that was put off and a save that is
// under way are lost. The management certificate stays: HA units share it.
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
	d.saving, d.saveLeft, d.late, d.past = nil, 0, nil, past{}
	d.login = login{failed: d.login.failed, requests: d.login.requests}
	d.model.Serial, d.model.MAC = to.Serial, to.MAC
	d.booted = d.model.Now().Add(-to.UpTime)
	d.record(EventSwitch, actor{author: ByDevice}, nil)
}
