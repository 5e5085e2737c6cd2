package fleet

// credential is what a run knows of a user and password.
type credential struct {
	worked   bool
	trying   bool // on one device, before it has worked once
	refusals int
}

// mostRefusals stop a credential. Many sites log in against one directory, which locks an
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

// may asks for a device. After a yes the outcome must be told.
func (c Credentials) may(name string) answer {
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
	case known.trying:
		return notYet
	default:
		known.trying = true
		return yes
	}
}

func (c Credentials) tell(name string, outcome Outcome) {
	known := c[name]
	if known == nil {
		return
	}
	known.trying = false
	switch outcome {
	case Unauthorized, BrokenUnauthorized:
		known.refusals++
	case Well, Changed, Broken:
		known.worked = true
	}
}

// Stopped tells whether a credential was refused too often to be tried again.
func (c Credentials) Stopped(name string) bool {
	known := c[name]
	return known != nil && known.refusals >= mostRefusals
}
