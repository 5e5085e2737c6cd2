package rollout

import "slices"

// A device on which a credential is tried may hang before the password is sent: at the connection, the
// proxy, or TLS. It is then set aside: it goes on connecting, and another device with the credential is
// started. The first that connects sends the password; no other does until that has worked or was refused.

// Asking is an executor that asks before it sends a device its password. Only with one are
// devices set aside.
type Asking interface {
	Executor
	// Ask is given what to ask, from any goroutine, when the connection to a device that was
	// started stands and no password was sent to it. After a no, none may be, and the outcome of
	// the device is Aside.
	Ask(may func(device int) bool)
}

// Admit reports whether a started device may be sent its password.
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

// Hangs is called when a device has kept others waiting for too long, and reports whether it was set aside: it is
// if its password has not been sent and there is another device to start.
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
