package remediate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/acfix/acfix/audiocodes"
)

// errOtherUnit comes with ErrDrift: another unit answers than the one whose backup was taken, or that unit restarted
// and lost what the run had not saved. From then on a reading shows what is on the unit that answers, and proves
// nothing about a write.
var errOtherUnit = errors.New("the unit is not the same any more")

// errSwitchedOver is errOtherUnit if another unit answers, rather than the same one after a restart.
var errSwitchedOver = fmt.Errorf("%w: another unit", errOtherUnit)

// unitGuard compares every status of a device with the one before: after an HA switch-over another unit answers at
// the same address, and a restart loses what was not saved. From then on its Status fails with ErrDrift.
// docs/design/remediate.md: A run writes to one unit
type unitGuard struct {
	Device

	mu        sync.Mutex // two readings may end at the same time
	newest    audiocodes.Status
	known     bool
	header    string // the serial number at the head of the first configuration
	changed   error  // why the unit is not the same any more
	restarted bool   // the same unit, after a restart
	waited    bool   // it said, since the last write, that changes wait unsaved
}

func (g *unitGuard) Status(ctx context.Context) (audiocodes.Status, error) {
	status, err := g.Device.Status(ctx)
	if err != nil {
		return status, err
	}
	return status, g.notice(status)
}

// notice compares a status with the newest one, and then keeps it as the newest.
func (g *unitGuard) notice(status audiocodes.Status) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.changed == nil && g.known {
		g.compare(status)
	}
	if g.changed != nil {
		return g.changed
	}
	g.newest, g.known = known(g.newest, status), true
	g.waited = g.waited || status.SaveNeeded == audiocodes.Yes
	return nil
}

// Configuration also compares the serial number at the head of the file: some devices give none in their status.
func (g *unitGuard) Configuration(ctx context.Context) (audiocodes.Configuration, error) {
	configuration, err := g.Device.Configuration(ctx)
	if err != nil {
		return configuration, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	serial := configuration.Header(headerSerial)
	if g.changed == nil && differ(g.header, serial) {
		g.changed = otherUnit("serial number in the INI file", serial, g.header)
	}
	g.header = cmp.Or(g.header, serial)
	return configuration, g.changed
}

// begin says which unit it is before anything was read through the guard.
func (g *unitGuard) begin(status audiocodes.Status, header string) {
	_ = g.notice(status)
	g.header = header
}

// known keeps what an earlier status said and a later one leaves out.
func known(before, now audiocodes.Status) audiocodes.Status {
	if now.Serial == "" {
		now.Serial = before.Serial
	}
	if now.MAC == "" {
		now.MAC = before.MAC
	}
	if !now.KnowsUpTime {
		now.UpTime, now.KnowsUpTime = before.UpTime, before.KnowsUpTime
	}
	return now
}

func (g *unitGuard) compare(now audiocodes.Status) {
	switch {
	case differ(g.newest.Serial, now.Serial):
		g.changed = otherUnit("serial number", now.Serial, g.newest.Serial)
	case differ(g.newest.MAC, now.MAC):
		g.changed = otherUnit("MAC address", now.MAC, g.newest.MAC)
	case restarted(g.newest, now):
		g.restarted = true
		g.changed = fmt.Errorf("%w: the device restarted during the run, and what was not saved before is lost (%w)",
			ErrDrift, errOtherUnit)
	}
}

func otherUnit(what, is, was string) error {
	return fmt.Errorf("%w: another unit answers: its %s is %q, that of the backup is %q (%w)",
		ErrDrift, what, is, was, errSwitchedOver)
}

func differ(before, now string) bool { return before != "" && now != "" && before != now }

// restarted compares the up times of two statuses. An up time that stands still proves nothing, and our own clock is
// not used: it need not run as the device's does.
func restarted(before, now audiocodes.Status) bool {
	return before.KnowsUpTime && now.KnowsUpTime && now.UpTime < before.UpTime
}
