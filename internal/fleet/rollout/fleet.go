// Package rollout decides which device of a run is next: waves, budget, window, pauses and the
// rule for credentials. It touches no device, has no clock and starts nothing; Machine is told
// what happened and says what to do now. Drive is the loop around it.
//
// The rules are those of the command line's contract, section "Fleets".
package rollout

import "time"

// Member is what the order of a run depends on.
type Member struct {
	Tags []string
	// Credential names what the device is logged in with, the same text for the same user
	// and password; "" is exempt from the rule for credentials. It holds no secret.
	Credential string
	// Settled: nothing is to be started here. Such a device still counts in percentages.
	Settled bool
	// Gone: the device is in no wave, so that a wave of one device doesn't pass without a trial. Such a device is
	// Settled.
	Gone bool
	// Owed: what was done here, before the run was cut off, is still to be read again after the
	// soak of its wave. Such a device is Settled.
	Owed bool
}

// Rules are the rules of a run. The zero value starts every device at once.
type Rules struct {
	Parallel int     // devices at a time; 0 for no limit
	Batches  []Batch // the waves in order; what they leave is the last wave
	// Soak is how long after a wave its devices are read again; 0 reads none again.
	Soak  time.Duration
	Pause time.Duration // between two waves
	// MaxFailures is how many devices that were written to may fail.
	MaxFailures Limit
	// Canary: a wave in which nothing that was written to came out well stops the run even
	// within MaxFailures, unless it is the last.
	Canary bool
	// MaxUnreachable is how many devices may turn out unreadable.
	MaxUnreachable Limit
	// Open reports whether the change window is open; nil is always.
	Open func(time.Time) bool
	// Opens is when the window opens next, in its zone; nil where there is none. The machine does not ask.
	Opens func(time.Time) time.Time
}

// Outcome is the result of a started device.
type Outcome int

// The outcomes, as far as the rules tell them apart.
const (
	// Well: read, or carried out, or nothing to do.
	Well Outcome = iota
	// Changed: written to, and came out well. It is what a soak reads again.
	Changed
	// Broken: written to, and failed; of a soak: the change got lost, or an alarm is new.
	Broken
	// BrokenUnauthorized: Broken, for the device refused the credential after a write.
	BrokenUnauthorized
	// Untouched: not written to for a reason of its own: drifted, locked, a plan that is used
	// up. Whether it was logged in to, and so whether the credential is right, is not known.
	Untouched
	// Unreadable: could not be read; whether the credential is right is not known.
	Unreadable
	// Unauthorized: the device refused the credential. Counts as unreadable too.
	Unauthorized
	// Cut: given up because the operator asked to stop.
	Cut
	// Hampered: this machine failed, such as for want of space; the device has nothing to do with it, and
	// no further device is started.
	Hampered
	// Aside: no password was sent, for it was on its way to another device; the device is to be
	// started again.
	Aside
)

// Fate is the state of a device in the run.
type Fate int

// The fates.
const (
	Waiting Fate = iota
	Running
	Ended
	Skipped // never started
)

// Halt is why no further device is started.
type Halt int

// The reasons to halt.
const (
	Going           Halt = iota
	TooManyFailures      // MaxFailures was passed, or a wave had nothing but failures
	TooManyUnreadable
	WindowClosed
	Interrupted  // the operator asked to stop
	Faulty       // the outcomes could not be recorded
	MachineFault // this machine or its store failed, and would fail at every further device
)
