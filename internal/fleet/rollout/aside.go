package rollout

import "slices"

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
func (m *Machine) Admit(device int) bool {
	name := m.devices[device].Credential
	other, waits := m.credentials.waits(name)
	takesOver := waits && other != device
	if m.aside[device] && !takesOver && !m.room() {
		return false
	}
	if !m.credentials.admit(name, device) {
		return false
	}
	if takesOver {
		m.aside[other] = true
	}
	delete(m.aside, device)
	return true
}

// isTrial reports whether a device that was started keeps others of its credential waiting.
func (m *Machine) isTrial(device int) bool {
	other, waits := m.credentials.waits(m.devices[device].Credential)
	return waits && other == device
}

// Hangs tells that a device has kept others waiting for long enough, and reports whether it was set
// aside: only one that has not sent its password is, and only where there is another to start.
func (m *Machine) Hangs(device int) bool {
	name := m.devices[device].Credential
	isOf := func(pending int) bool { return m.devices[pending].Credential == name }
	if !m.isTrial(device) || !slices.ContainsFunc(m.pending, isOf) {
		return false
	}
	m.credentials.setAside(name)
	m.aside[device] = true
	return true
}
