package fleet

import (
	"slices"
	"time"
)

// A device on which a credential is tried may hang before the password was sent to it: at the
// connection, the proxy, or TLS. It is set aside then: it goes on connecting, and another device of
// the credential is started. Whichever stands first sends the password; until that has worked, or
// was refused, no other does.

// Asking is an executor that asks before it sends a device its password. Only with one are
// devices set aside.
type Asking interface {
	Executor
	// Ask is given what to ask, from any goroutine, when the connection to a device that was
	// started stands and no password was sent to it. After a no, none may be, and the outcome of
	// the device is Aside.
	Ask(may func(device int) bool)
}

// Admit says whether a device that was started may be sent its password.
func (m *Machine) Admit(device int, now time.Time) bool {
	name := m.devices[device].Credential
	other, _, waits := m.credentials.waits(name)
	takesOver := waits && other != device
	if m.aside[device] && !takesOver && !m.room() {
		return false
	}
	if !m.credentials.admit(name, device, now) {
		return false
	}
	if takesOver {
		m.aside[other] = true
	}
	delete(m.aside, device)
	return true
}

// begin takes down that a credential is tried on a device from now on.
func (m *Machine) begin(device int) {
	name := m.devices[device].Credential
	if _, _, waits := m.credentials.waits(name); waits && m.settings.SetAside > 0 && !slices.Contains(m.trials, name) {
		m.trials = append(m.trials, name)
	}
}

// setAside finds the devices that have kept another of their credential waiting for long enough.
func (m *Machine) setAside(now time.Time) (set []int) {
	m.trials = slices.DeleteFunc(m.trials, func(name string) bool {
		device, since, waits := m.credentials.waits(name)
		if waits && now.Before(since.Add(m.settings.SetAside)) {
			return false
		}
		if waits && m.keeps(name) {
			m.credentials.setAside(name)
			m.aside[device] = true
			set = append(set, device)
		}
		return true
	})
	return set
}

// keeps reports whether a device of the credential is still to be started.
func (m *Machine) keeps(name string) bool {
	return slices.ContainsFunc(m.pending, func(device int) bool { return m.devices[device].Credential == name })
}

// look is when to look again for devices to set aside; zero for never.
func (m *Machine) look() (at time.Time) {
	for _, name := range m.trials {
		_, since, waits := m.credentials.waits(name)
		if due := since.Add(m.settings.SetAside); waits && m.keeps(name) && (at.IsZero() || due.Before(at)) {
			at = due
		}
	}
	return at
}
