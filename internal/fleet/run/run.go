package run

import (
	"crypto/sha256"
	"iter"
	"strconv"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/remediate"
)

// Run is one run over its devices, be it one or ten thousand.
type Run struct {
	Process
	ID      string
	Devices []*access.Device
	// Policy is the rule by which all of them are planned and judged.
	Policy   certs.Policy
	Standing // from before a resume

	Book  Book
	Watch Watcher
	// Evidence keeps journals, backups and the locks of devices.
	Evidence evidence.Keeper
	// Hands distribute the devices to workers; nil works on them in this process.
	Hands Hands

	writesNext  bool // in this process, once all devices are read
	recent      *recentReadings
	turns       *evidence.Turns
	withdrawn   *withdrawn
	memo        *certs.Memo // one for all devices of the run
	logins      []string    // of each device, as the rule for credentials knows them
	credentials rollout.Credentials
	tally       rollout.Tally
	halt        rollout.Halt
	faults      *faults
	unstarted   *withdrawn                // places of devices that a fault kept from being started
	why         remediate.Failure         // of the halt
	opens       func(time.Time) time.Time // as of rollout.Rules
	unread      []int                     // places of devices whose post-soak check was skipped

	verdicts []remediate.Verdict // of each device, once all are planned
	loads    *switchLoads        // nil where the caller does not need them
}

// Hands hand the devices of a phase to workers while open, the change window, is true; a nil window is always
// open. own works on a device in this process.
type Hands func(doing Phase, open func(time.Time) bool, own rollout.Executor) rollout.Executor

// New returns a new run by the default policy, without a watcher. The caller sets Book and Evidence.
func New(id string, devices []*access.Device, process Process) *Run {
	return &Run{
		Process: process, ID: id, Devices: devices, Policy: certs.TeamsPolicy(),
		Standing: NewStanding(len(devices)), Watch: Silent,
		recent: &recentReadings{byPlace: map[int]*recentReading{}}, turns: &evidence.Turns{}, withdrawn: &withdrawn{places: map[int]bool{}}, memo: certs.NewMemo(),
		logins: numberLogins(devices), credentials: rollout.Credentials{},
		faults: &faults{}, unstarted: &withdrawn{places: map[int]bool{}},
	}
}

// Halted returns why no further device is started; rollout.Going if nothing stops the run.
func (r *Run) Halted() rollout.Halt { return r.halt }

// WhyHalted returns the failure of the devices that were not started because of the halt.
func (r *Run) WhyHalted() remediate.Failure { return r.why }

// Unread returns the number of applied devices whose post-soak check was skipped.
func (r *Run) Unread() int { return len(r.unread) }

// Plans returns all plans in the order of the devices.
func (r *Run) Plans() iter.Seq2[remediate.DevicePlan, error] {
	return each(r.Book, func(place int, of Documents) (remediate.DevicePlan, error) {
		plan, err := of.Plan()
		plan.SwitchLoad = r.loads.of(place)
		return plan, err
	})
}

// Results returns the results of all devices in their order.
func (r *Run) Results() iter.Seq2[remediate.DeviceResult, error] {
	return each(r.Book, func(_ int, of Documents) (remediate.DeviceResult, error) { return of.outcome() })
}

func each[D any](book Book, get func(place int, of Documents) (D, error)) iter.Seq2[D, error] {
	return func(yield func(D, error) bool) {
		place := 0
		for of, err := range book.Each() {
			var document D
			if err == nil {
				document, err = get(place, of)
			}
			if !yield(document, err) || err != nil {
				return
			}
			place++
		}
	}
}

// Result returns the result of a device; if nothing was done, one made from its plan.
func (r *Run) Result(place int) (remediate.DeviceResult, error) {
	result, known, err := r.Book.Result(place)
	if err != nil || known {
		return result, err
	}
	plan, err := r.Book.Plan(place)
	return remediate.NewResult(plan), err
}

func (r *Run) hands(doing Phase, settings rollout.Rules, own rollout.Executor) rollout.Executor {
	if r.Hands == nil {
		return own
	}
	return r.Hands(doing, settings.Open, own)
}

// numberLogins gives the same name to the same user and password, and reveals neither.
func numberLogins(devices []*access.Device) []string {
	numbers := map[[sha256.Size]byte]string{}
	names := make([]string, len(devices))
	for i, device := range devices {
		if device.NoPassword != nil {
			continue
		}
		key := sha256.Sum256([]byte(device.Username + "\x00" + device.Password))
		if numbers[key] == "" {
			numbers[key] = "login " + strconv.Itoa(len(numbers)+1)
		}
		names[i] = numbers[key]
	}
	return names
}

// Drive carries out one phase on the devices that are not settled. It calls skip for each device that was
// never started, first of all for those that are gone.
func (r *Run) Drive(
	doing Phase, settings rollout.Rules, settled func(place int) bool, x rollout.Executor,
	skip func(place int, why remediate.Failure) error,
) error {
	if err := r.skipGone(settled, skip); err != nil {
		return err
	}
	devices, unsettled := r.devices(settings, settled)
	machine := rollout.New(devices, settings, r.tally, r.credentials)
	if r.halt != rollout.Going { // an earlier phase was stopped, and so is this one
		machine.Stop(r.halt)
	}
	if r.Fault() != nil {
		machine.Stop(rollout.MachineFault)
	}
	r.opens = settings.Opens
	r.Watch.Begin(doing, unsettled)
	defer r.AskBefore(nil)
	err := rollout.Drive(r.Abort, machine, r.stopping(x), rollout.Timing{Clock: r.Clock, After: r.After}, r.Stop, r.Watch.Happened)
	r.Watch.End()
	r.tally, r.unread = machine.Tally(), machine.Unread()
	if halted := machine.Halted(); halted != r.halt {
		r.halt, r.why = halted, OfHalt(halted)
		switch fault := r.Fault(); {
		case halted == rollout.WindowClosed:
			r.why = r.WhyClosed()
		case halted == rollout.MachineFault && fault != nil:
			r.why = fault.notStarted()
		}
	}
	if err != nil {
		return err
	}
	for i := range devices {
		if machine.Fate(i) != rollout.Skipped && !r.unstarted.take(i) {
			continue
		}
		if err := skip(i, r.whySkipped(i)); err != nil {
			return err
		}
	}
	return nil
}

// devices returns the devices as members of a rollout, and how many of them are unsettled.
func (r *Run) devices(settings rollout.Rules, settled func(place int) bool) (devices []rollout.Member, unsettled int) {
	devices = make([]rollout.Member, len(r.Devices))
	for i, device := range r.Devices {
		gone := r.isGone(i)
		devices[i] = rollout.Member{
			Tags: device.Tags, Credential: r.logins[i], Settled: settled(i) || gone, Gone: gone,
		}
		devices[i].Owed = settings.Soak > 0 && devices[i].Settled && r.Owed[i] && !gone
		if !devices[i].Settled {
			unsettled++
		}
	}
	return devices, unsettled
}

func (r *Run) whySkipped(place int) remediate.Failure {
	if r.credentials.Stopped(r.logins[place]) {
		return RefusedTwice
	}
	return r.why
}

// WhyClosed returns the failure of devices that are not started because the change window is closed now.
func (r *Run) WhyClosed() remediate.Failure {
	if r.opens == nil {
		return OfHalt(rollout.WindowClosed)
	}
	now := r.Clock.Now()
	return Closed(now, r.opens(now))
}
