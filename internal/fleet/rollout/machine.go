package rollout

import (
	"slices"
	"time"
)

// Orders are what to do now.
type Orders struct {
	Start []int // devices to start
	Check []int // devices to read again, because a soak is over
	// Wake is when to ask again though nothing has happened; zero when only an outcome
	// can change anything.
	Wake  time.Time
	Ended bool // nothing is running, and nothing will be
}

// Tally counts against the budget.
type Tally struct{ Failures, Unreadable int }

// Machine is the state of one phase of a run. It is not safe for concurrent use.
type Machine struct {
	settings    Rules
	devices     []Member
	credentials Credentials
	waves       [][]int
	fates       []Fate
	tally       Tally

	stage   stage
	wave    int
	pending []int        // of the wave, not started; in a check, not read again yet
	busy    int          // started, or being read again, without an outcome
	aside   map[int]bool // of those, the ones that were set aside
	until   time.Time    // end of a soak or pause
	begun   int          // of the wave
	changed []int        // of the wave
	broken  int          // of the wave
	unread  []int        // of all waves: a soak was to read them again, and did not
	halt    Halt
	cut     bool // an end is wanted now; when budget or window end the run, soaks continue
}

type stage int

const (
	opening stage = iota // of a wave
	starting
	soaking
	checking
	pausing
	over
)

// New makes the machine of a phase. The tally and the credentials are those of the phases
// before; credentials are changed as the run learns about them.
func New(devices []Member, settings Rules, before Tally, credentials Credentials) *Machine {
	return &Machine{
		settings: settings, devices: devices, credentials: credentials, tally: before,
		waves: Waves(devices, settings.Batches), fates: make([]Fate, len(devices)), aside: map[int]bool{},
	}
}

// Next says what to do. Whatever is ordered counts as begun.
func (m *Machine) Next(now time.Time) Orders {
	var orders Orders
	for m.stage != over {
		before := m.stage
		switch m.stage {
		case opening:
			m.open()
		case starting:
			orders.Start = append(orders.Start, m.start(now)...)
			if m.busy == 0 {
				m.closeWave(now)
			}
		case soaking, pausing:
			orders.Wake = m.wait(now)
		case checking:
			orders.Check = append(orders.Check, m.check()...)
			if m.busy == 0 {
				m.judge(now)
			}
		}
		if m.stage == before {
			return orders
		}
	}
	orders.Wake, orders.Ended = time.Time{}, true
	return orders
}

// open begins the next wave. Where budget or window ended the run it is one that is owed a
// reading, and nothing of it is started.
func (m *Machine) open() {
	if m.wave == len(m.waves) || m.halt != Going && (m.cut || !m.owes()) {
		m.finish()
		return
	}
	m.pending = nil
	m.changed = nil
	m.begun = 0
	m.broken = 0
	for _, device := range m.waves[m.wave] {
		if m.devices[device].Settled {
			m.fates[device] = Ended
			if m.devices[device].Owed {
				m.changed = append(m.changed, device)
			}
		} else {
			m.pending = append(m.pending, device)
		}
	}
	m.stage = starting
}

// start picks as many devices of the wave as may run now.
func (m *Machine) start(now time.Time) []int {
	var started, kept []int
	next := 0
	for ; next < len(m.pending) && m.room() && m.mayGoOn(now); next++ {
		device := m.pending[next]
		switch m.credentials.may(m.devices[device].Credential, device) {
		case yes:
			m.fates[device] = Running
			m.busy++
			m.begun++
			started = append(started, device)
		case notYet:
			kept = append(kept, device)
		case never:
			m.fates[device] = Skipped
		}
	}
	m.pending = m.pending[next-len(kept):]
	copy(m.pending, kept)
	return started
}

func (m *Machine) room() bool {
	return m.settings.Parallel <= 0 || m.busy-len(m.aside) < m.settings.Parallel
}

// mayGoOn checks the budget and the window immediately before a device is started.
func (m *Machine) mayGoOn(now time.Time) bool {
	if m.withinBudget() && m.settings.Open != nil && !m.settings.Open(now) {
		m.halt = WindowClosed
	}
	return m.halt == Going
}

func (m *Machine) withinBudget() bool {
	switch {
	case m.halt != Going:
	case m.tally.Failures > m.settings.MaxFailures.Of(len(m.devices)):
		m.halt = TooManyFailures
	case m.tally.Unreadable > m.settings.MaxUnreachable.Of(len(m.devices)):
		m.halt = TooManyUnreadable
	}
	return m.halt == Going
}

// closeWave ends a wave after its last device has ended.
func (m *Machine) closeWave(now time.Time) {
	if m.settings.Soak > 0 && len(m.changed) > 0 {
		m.stage = soaking
		m.until = now.Add(m.settings.Soak)
		m.pending = slices.Clone(m.changed)
		return
	}
	m.judge(now)
}

// wait returns when to wake up, or goes on when that time has come.
func (m *Machine) wait(now time.Time) time.Time {
	switch {
	case !m.cut && now.Before(m.until):
		return m.until
	case m.stage == soaking:
		m.stage = checking
	default:
		m.stage = opening
	}
	return time.Time{}
}

// soaks reports whether a wave is left alone before its devices are read again.
func (m *Machine) soaks() bool { return m.stage == soaking }

// check picks devices to be read again. It reads and nothing more, so neither window nor
// budget keeps it from being done; a credential that was refused twice does.
func (m *Machine) check() []int {
	if m.cut {
		m.unread, m.pending = append(m.unread, m.pending...), nil
	}
	var checks, kept []int
	next := 0
	for ; next < len(m.pending) && m.room(); next++ {
		device := m.pending[next]
		switch m.credentials.may(m.devices[device].Credential, device) {
		case yes:
			m.busy++
			checks = append(checks, device)
		case notYet: // a resumed run has not logged in anywhere yet
			kept = append(kept, device)
		case never:
			m.unread = append(m.unread, device)
			m.lost(device)
		}
	}
	m.pending = append(kept, m.pending[next:]...)
	return checks
}

// judge ends a wave: the next one starts only if this one ended within the budget.
func (m *Machine) judge(now time.Time) {
	m.wave++
	m.stage = opening
	if !m.isMore() {
		return
	}
	if m.settings.Canary && m.broken > 0 && len(m.changed) == 0 {
		m.Stop(TooManyFailures)
	}
	if m.withinBudget() && m.begun > 0 && m.settings.Pause > 0 {
		m.stage, m.until = pausing, now.Add(m.settings.Pause)
	}
}

// isMore reports whether the remaining waves have anything to start or to read again.
func (m *Machine) isMore() bool {
	return m.isLeft(func(device Member) bool { return !device.Settled || device.Owed })
}

// owes reports whether the remaining waves have anything to read again.
func (m *Machine) owes() bool { return m.isLeft(func(device Member) bool { return device.Owed }) }

func (m *Machine) isLeft(wanted func(Member) bool) bool {
	for _, wave := range m.waves[m.wave:] {
		if slices.ContainsFunc(wave, func(device int) bool { return wanted(m.devices[device]) }) {
			return true
		}
	}
	return false
}

// finish is the end of the phase: what was not started never will be.
func (m *Machine) finish() {
	for _, wave := range m.waves[m.wave:] {
		for _, device := range wave {
			if m.devices[device].Owed {
				m.unread = append(m.unread, device)
			}
		}
	}
	for device, fate := range m.fates {
		if fate != Waiting {
			continue
		}
		m.fates[device] = Skipped
		if m.devices[device].Settled {
			m.fates[device] = Ended
		}
	}
	m.stage = over
}

// Report records the outcome of a started device.
func (m *Machine) Report(device int, outcome Outcome) {
	m.ended(device, outcome)
	m.fates[device] = Ended
	switch outcome {
	case Aside:
		m.fates[device] = Waiting
		m.begun--
		m.pending = append(m.pending, device)
	case Changed:
		m.changed = append(m.changed, device)
	case Broken, BrokenUnauthorized:
		m.broken++
		m.tally.Failures++
	case Unreadable, Unauthorized:
		m.tally.Unreadable++
	case Hampered:
		m.Stop(MachineFault)
	}
}

// ReportCheck records the outcome of a post-soak check. Any outcome but Well, Cut and Hampered counts as a failure.
func (m *Machine) ReportCheck(device int, outcome Outcome) {
	m.ended(device, outcome)
	switch outcome {
	case Well:
	case Aside:
		m.pending = append(m.pending, device)
	case Cut:
		m.unread = append(m.unread, device)
	case Hampered:
		m.unread = append(m.unread, device)
		m.Stop(MachineFault)
	default:
		m.lost(device)
	}
}

func (m *Machine) ended(device int, outcome Outcome) {
	m.busy--
	delete(m.aside, device)
	m.credentials.tell(m.devices[device].Credential, device, outcome)
}

// lost takes a device out of those that came out well.
func (m *Machine) lost(device int) {
	m.tally.Failures++
	m.broken++
	m.changed = slices.DeleteFunc(m.changed, func(changed int) bool { return changed == device })
}

// Stop starts no further device; what is running is waited for.
func (m *Machine) Stop(why Halt) {
	m.cut = m.cut || why == Interrupted || why == Faulty || why == MachineFault
	if m.halt == Going {
		m.halt = why
	}
}

// Halted returns why no further device is started; Going if nothing prevents it.
func (m *Machine) Halted() Halt { return m.halt }

// Tally is what counts against the budget so far.
func (m *Machine) Tally() Tally { return m.tally }

// Fate returns the state of a device.
func (m *Machine) Fate(device int) Fate { return m.fates[device] }

// Unread are the devices that came out well, that a soak was to read again, and that were
// not: the operator asked to stop, or their credential was refused too often.
func (m *Machine) Unread() []int { return m.unread }

// Wave is the number of the wave that is under way, and of how many, counted from 1.
func (m *Machine) Wave() (number, of int) { return min(m.wave+1, len(m.waves)), len(m.waves) }
