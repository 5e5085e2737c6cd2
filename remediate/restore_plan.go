package remediate

import (
	"fmt"
	"time"

	"github.com/acfix/acfix/audiocodes"
)

// RestoreTerms are what decides about a restore besides the device and the backup.
type RestoreTerms struct {
	// ConfirmSerial is the serial number that the operator gave for the device to change; "" if none was given.
	ConfirmSerial string
	SaveUnsaved   bool // save although there are unsaved changes by others
	InsecureTLS   bool
	OldTLS        string // as in Terms
	LegacyCiphers bool
	Earlier       Earlier
}

// RestorePlan is what a restore does to one device; Executor.Restore acts on it alone.
type RestorePlan struct {
	Target string
	URL    string
	// Backup is the directory that the restore reads; Taken is when that backup was made.
	Backup string
	Taken  time.Time

	Verdict Verdict // compliant, change, blocked or error
	Device  Identity
	Steps   []Step
	// Replaces are the TLS Contexts whose store is replaced. That ends their live connections, so it must be
	// confirmed with the device's serial number.
	Replaces []int
	// ByHand says, in sentences, what acfix can't put back and what to do instead.
	ByHand   []string
	Findings []Finding
	Digest   string
	// SaveNeeded says whether changes waited unsaved when the plan was made; the plan takes them into account.
	SaveNeeded audiocodes.Answer
	// SaveUnsaved: the operator accepts that unsaved changes by others are saved too.
	SaveUnsaved bool
	Error       *Failure
}

// ErrorRestorePlan returns the plan for a backup or a device that could not be read.
func ErrorRestorePlan(failure *Failure) RestorePlan {
	return RestorePlan{
		Verdict: Errored, Steps: []Step{}, Replaces: []int{}, ByHand: []string{}, Findings: []Finding{}, Error: failure,
	}
}

// BuildRestore decides what a restore does. It is pure. It undoes only what the run of the backup changed and the
// device still shows: what others have changed since stays. The caller fills in Target, URL and Backup.
func BuildRestore(state State, point RestorePoint, terms RestoreTerms) RestorePlan {
	b := restoreBuilder{builder: newBuilder(state, Terms{}), point: point, terms: terms}
	if failure := b.wrongDevice(); failure != nil {
		plan := ErrorRestorePlan(failure)
		plan.Device, plan.Taken = b.identity(), point.Before.Taken
		return plan
	}
	plan := RestorePlan{
		Taken: point.Before.Taken, Device: b.identity(),
		Steps: []Step{}, Replaces: []int{}, ByHand: []string{}, Digest: Fingerprint(state),
		SaveNeeded: state.Status.SaveNeeded, SaveUnsaved: terms.SaveUnsaved,
	}
	b.checkConnection()
	changes := b.changes()
	b.checkReplaced()
	steps := b.withSave(changes)
	plan.Replaces = append(plan.Replaces, b.replaces...)
	plan.ByHand = append(plan.ByHand, b.byHand...)
	plan.Findings = append([]Finding{}, b.findings...)
	switch {
	case hasProblem(b.findings):
		plan.Verdict = Blocked
	case len(steps) > 0:
		plan.Verdict, plan.Steps = Change, steps
	case len(plan.ByHand) > 0:
		plan.Verdict = Blocked
	default:
		plan.Verdict = Compliant
	}
	return plan
}

// restoreBuilder collects findings, and what an operator has to do by hand, while it decides.
type restoreBuilder struct {
	builder
	point    RestorePoint
	terms    RestoreTerms
	replaces []int
	byHand   []string
	inDoubt  bool // the device shows what that run sent and never saw
}

// wrongDevice fails unless the unit of the backup answers, or the operator confirmed the other one: only the operator
// knows whether that is its HA partner.
func (b *restoreBuilder) wrongDevice() *Failure {
	is, was := unitOf(b.state.Status), unitOf(b.point.Before.Status)
	given := b.terms.ConfirmSerial
	switch {
	case is == "":
		return Fail(fmt.Errorf("%w: it does not say its serial number", ErrOtherDevice))
	case given != "" && given != is:
		return Fail(fmt.Errorf("%w: the serial number %q was given to confirm, the device has %q",
			ErrOtherDevice, given, is))
	case was != is && given == "":
		return Fail(fmt.Errorf("%w: the backup is of serial number %q, the device has %q", ErrOtherDevice, was, is))
	case was != is:
		b.find(OtherSerial, was, is)
	}
	return nil
}

func (b *restoreBuilder) checkConnection() {
	b.findings = append(b.findings, connectionFindings(b.terms.InsecureTLS, b.terms.OldTLS, b.terms.LegacyCiphers)...)
	if !b.state.Status.Ready() {
		b.find(HANotReady, b.state.Status.HighAvailability)
	}
}

func (b *restoreBuilder) checkReplaced() {
	for _, id := range b.replaces {
		b.find(ReplacesStore, b.state.tables.label(id))
	}
}

// changes are the steps that change the device: roots first, then the switch, so that the device never trusts less
// than at the time of the backup.
func (b *restoreBuilder) changes() []Step {
	b.checkOtherRuns()
	b.listDoubtful()
	var steps []Step
	for _, id := range b.point.touched() {
		steps = append(steps, b.removals(id)...)
	}
	for _, step := range b.point.Steps {
		if step.Kind == StepEnableBundle && step.Context != nil {
			steps = append(steps, b.switchBack(*step.Context)...)
		}
	}
	return steps
}

// checkOtherRuns refuses to undo a restore: an apply brings back what that took away.
func (b *restoreBuilder) checkOtherRuns() {
	for _, step := range b.point.Steps {
		switch step.Kind {
		case StepBackup, StepEnableBundle, StepImportRoot, StepSave:
		case StepRemoveRoot, StepDisableBundle:
			b.byHand = append(b.byHand, "The run of this backup was a restore itself, and acfix does not undo those. "+
				"Run acfix apply to repair the device again.")
			return
		default:
			b.byHand = append(b.byHand, fmt.Sprintf("The run of this backup did something that this acfix does not "+
				"know (%q). Use the acfix that made the backup, or a newer one.", step.Kind))
			return
		}
	}
}

// withSave adds the backup and the save. With nothing left to change, it saves what an interrupted restore left in
// RAM, but not if that may be what the run never saw take effect: the save would keep it.
func (b *restoreBuilder) withSave(changes []Step) []Step {
	waits := b.state.Status.SaveNeeded == audiocodes.Yes || b.terms.Earlier.mayWait(b.state)
	if len(changes) == 0 && (!waits || b.inDoubt || len(b.point.Steps) == 0) {
		return nil
	}
	b.checkUnsaved()
	if len(changes) == 0 {
		return []Step{{Kind: StepSave, Reason: "everything is restored, but perhaps only in RAM: " +
			"a restart would bring back what was removed"}}
	}
	return betweenBackupAndSave(changes)
}

// checkUnsaved finds unsaved changes that a save would save too; only the journal shows whether they are ours.
func (b *restoreBuilder) checkUnsaved() {
	switch {
	case b.state.Status.SaveNeeded == audiocodes.No:
	case b.state.Status.SaveNeeded == audiocodes.Unknown:
		b.find(SaveStateUnknown)
	case b.terms.Earlier.perhaps(b.state):
		b.findUnless(b.terms.SaveUnsaved, UnsavedPerhaps)
	case !b.terms.Earlier.explains(b.state):
		b.findUnless(b.terms.SaveUnsaved, UnsavedChanges)
	}
}
