package rollout

// credential is what a run knows about a user and password.
type credential struct {
	worked   bool
	refusals int
	trial    *trial // on one device, before it has worked once; nil for none
}

// trial is the device that a credential is tried on.
type trial struct {
	device int
	sent   bool // the password is on its way: its answer, or that none comes, is awaited
}

// mostRefusals is how many refusals stop a credential. Many sites log in against one directory, which locks an
// account after a few failures, wherever they came from.
const mostRefusals = 2

// Credentials are the credentials of a run over all its phases.
type Credentials map[string]*credential

// answer is whether a device may be started.
type answer int

const (
	yes answer = iota
	notYet
	never
)

// may asks whether a device may be started. After a yes the caller must report the outcome.
func (c Credentials) may(name string, device int) answer {
	if name == "" {
		return yes
	}
	known := c[name]
	if known == nil {
		known = &credential{}
		c[name] = known
	}
	switch {
	case known.refusals >= mostRefusals:
		return never
	case known.worked:
		return yes
	case known.trial != nil:
		return notYet
	default:
		known.trial = &trial{device: device}
		return yes
	}
}

// admit asks for a device that was started and is about to send the password for the first time.
// The trial becomes that of the device, unless the password is on its way elsewhere.
// docs/design/fleet.md: An unproven password is on its way to one device at most
func (c Credentials) admit(name string, device int) bool {
	known := c[name]
	switch {
	case known == nil:
		return true
	case known.trial != nil && known.trial.device == device:
		known.trial.sent = true
		return true
	case known.refusals >= mostRefusals:
		return false
	case known.worked:
		return true
	case known.trial != nil && known.trial.sent:
		return false
	}
	known.trial = &trial{device: device, sent: true}
	return true
}

// waits is the device on which the credential is tried, as long as it has not sent the password.
func (c Credentials) waits(name string) (device int, waits bool) {
	known := c[name]
	if known == nil || known.trial == nil || known.trial.sent {
		return 0, false
	}
	return known.trial.device, true
}

// setAside lets the credential be tried elsewhere.
func (c Credentials) setAside(name string) { c[name].trial = nil }

func (c Credentials) tell(name string, device int, outcome Outcome) {
	known := c[name]
	if known == nil {
		return
	}
	if known.trial != nil && known.trial.device == device {
		known.trial = nil
	}
	switch outcome {
	case Unauthorized, BrokenUnauthorized:
		known.refusals++
	case Well, Changed, Broken:
		known.worked = true
	}
}

// Stopped reports whether a credential was refused too often to be tried again.
func (c Credentials) Stopped(name string) bool {
	known := c[name]
	return known != nil && known.refusals >= mostRefusals
}
