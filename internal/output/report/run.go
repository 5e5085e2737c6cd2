package report

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// RunHead is a run without its devices. Times that are not known are zero.
type RunHead struct {
	ID     string
	Action string // "plan" has plans; anything else has results, "dry_run" of runs that wrote nothing
	Job    string // the scheduled job; "" for none
	State  string
	Acfix  string // version
	Host   string
	Reason string // why it was stopped
	// PlanRun is the run whose approved plan this one carries out; "" for none.
	PlanRun string
	Created time.Time
	Ended   time.Time
	Due     time.Time // the planned time of the job
	Exit    *int
	Policy  remediate.PolicyReference
	// Approval is nil unless the run's plan was approved.
	Approval *store.Approval
}

// RunDevice is one device of a run. Without plan and result it was never started. With a
// plan of changes and no result, nobody knows how far a run that writes came with it, unless
// it is Waiting.
type RunDevice struct {
	Position, Wave int
	Target, URL    string
	Plan           *remediate.DevicePlan
	Result         *remediate.DeviceResult // nil in plan runs
	Ended          time.Time
	// Waiting: it is on record that nothing was begun on the device but its plan.
	Waiting bool
}

// RunDevices are the devices of a run by position. They are iterated over more than once,
// so that no view has to hold them all. An error ends a view.
type RunDevices = iter.Seq2[RunDevice, error]

func (h RunHead) plans() bool { return h.Action == "plan" }

func (h RunHead) dry() bool { return h.Action == "dry_run" }

// ended tells whether nobody works on the run any more; of one whose process died, nobody
// knows when it did.
func (h RunHead) ended() bool { return !h.Ended.IsZero() || h.State == "interrupted" }

// decided tells whether the plan alone says what became of a device: nothing is written by
// this run, or nothing is planned.
func (h RunHead) decided(device RunDevice) bool {
	return device.Plan != nil && (h.plans() || h.dry() || device.Plan.Verdict != remediate.Change)
}

// begun tells whether the device may have been written to although there is no result.
func (h RunHead) begun(device RunDevice) bool {
	return device.Plan != nil && !h.decided(device) && !device.Waiting
}

// planOf is the device in the document of a plan run.
func (h RunHead) planOf(device RunDevice) remediate.DevicePlan {
	if device.Plan != nil {
		return *device.Plan
	}
	plan := remediate.ErrorPlan(nil)
	plan.Target, plan.URL, plan.Error, plan.Skipped = device.Target, device.URL, h.unstarted(), true
	return plan
}

// resultOf is the device in the document of a run that writes or would write. A device
// without a result is skipped if nothing can have been written to it, and failed if that
// is unknown.
func (h RunHead) resultOf(device RunDevice) remediate.DeviceResult {
	switch {
	case device.Result != nil:
		return *device.Result
	case h.decided(device):
		return remediate.NewResult(*device.Plan)
	case device.Plan == nil:
		return remediate.NewResult(h.planOf(device))
	}
	result := remediate.NewResult(*device.Plan)
	result.Status, result.Error = remediate.Skipped, h.unstarted()
	if h.begun(device) {
		result.Status, result.Error = remediate.Failed, h.unfinished()
		result.Steps, result.LeftOnDevice = []remediate.StepResult{}, perhapsLeft(*device.Plan)
	}
	return result
}

// perhapsLeft are the changes of a plan, each as one that may have happened.
func perhapsLeft(plan remediate.DevicePlan) []remediate.StepResult {
	list := []remediate.StepResult{}
	for _, step := range plan.Steps {
		if step.Kind != remediate.StepBackup && step.Kind != remediate.StepSave {
			list = append(list, remediate.StepResult{
				Kind: step.Kind, Context: step.Context, Root: step.Root, Status: remediate.StepFailed, MayStillCome: true,
			})
		}
	}
	return list
}

func (h RunHead) unstarted() *remediate.Failure {
	failure := remediate.Failure{
		Code: remediate.CodeInterrupted, Message: "never started",
		Hint: "Nothing was written. Go on with --resume " + h.ID + ".",
	}
	switch {
	case !h.ended():
		failure.Message, failure.Hint = "not started yet", "Look again when the run has ended."
	case h.Reason != "":
		failure.Message += ": " + h.Reason
	}
	return &failure
}

func (h RunHead) unfinished() *remediate.Failure {
	if !h.ended() {
		return &remediate.Failure{
			Code: remediate.CodeInterrupted, Message: "no result yet: the run may have the device in hand",
			Hint: "Look again when the run has ended. Do not save on the device by hand.",
		}
	}
	return &remediate.Failure{
		Code:    remediate.CodeInterrupted,
		Message: "the run ended without a result of this device: what was written to it, if anything, is unknown",
		Hint:    "Do not save on the device by hand. Go on with --resume " + h.ID + ": it reads the device first.",
	}
}

// grade is how much a device asks for attention; views show the gravest first.
type grade int

const (
	gradeFailed grade = iota // and every word of a later version
	gradeBlocked
	gradePending
	gradeSkipped
	gradeGood
	gradeIdle // not concerned
	grades    // how many there are
)

var verdictGrades = map[remediate.Verdict]grade{
	remediate.Compliant: gradeGood, remediate.Change: gradePending, remediate.Blocked: gradeBlocked,
	remediate.NotApplicable: gradeIdle, remediate.Errored: gradeFailed,
}

var statusGrades = map[remediate.Status]grade{
	remediate.Applied: gradeGood, remediate.Unchanged: gradeGood, remediate.Planned: gradePending,
	remediate.StatusBlocked: gradeBlocked, remediate.StatusNotApplicable: gradeIdle, remediate.Stale: gradeFailed,
	remediate.Failed: gradeFailed, remediate.RolledBack: gradeFailed, remediate.Skipped: gradeSkipped,
}

// Shown is a device as views show it, from whichever document there is.
type Shown struct {
	RunDevice
	Word     string // verdict, status, or what stands in their place until there is one
	Sentence string // what that means
	Grade    grade
	Identity remediate.Identity
	Steps    []entryStep
	Left     []entryStep // on the device, unsaved
	ByHand   []string
	Findings []remediate.Finding
	Failure  *remediate.Failure
	Backup   string
}

// Tone is "bad", "wait", "good" or "idle": how urgently the device needs attention.
func (s Shown) Tone() string { return gradeTones[s.Grade] }

// Gravity sorts devices: the smaller, the more urgent.
func (s Shown) Gravity() int { return int(s.Grade) }

type entryStep struct{ Text, Reason, Status string }

func (h RunHead) Show(device RunDevice) Shown {
	e := Shown{RunDevice: device}
	if device.Plan != nil {
		e.Identity = device.Plan.Device
	}
	if h.plans() {
		e.fromPlan(h.planOf(device))
	} else {
		e.fromResult(h.resultOf(device))
	}
	if !h.ended() && device.Result == nil && !h.decided(device) {
		e.expected(h.begun(device))
	}
	return e
}

// expected is for a device whose turn is now or comes: it has neither failed nor been
// skipped, whatever word the documents have to use.
func (e *Shown) expected(begun bool) {
	e.Word, e.Sentence, e.Grade = "waiting", "Waiting: not started yet.", gradePending
	if begun {
		e.Word, e.Sentence = "no_result_yet", "No result yet: the run may have the device in hand."
	}
	e.Steps, e.Left, e.Failure = nil, nil, nil
	if e.Plan != nil {
		e.Steps = planSteps(e.Plan.Steps)
	}
}

func (e *Shown) fromPlan(plan remediate.DevicePlan) {
	e.Word, e.Grade = string(plan.Verdict), verdictGrades[plan.Verdict]
	e.Sentence = or(verdictWords[plan.Verdict].sentence, e.Word)
	switch plan.Verdict {
	case remediate.Change:
		e.Sentence = fmt.Sprintf("Change: %s to carry out; nothing was written.", count(len(plan.Steps), "step"))
	case remediate.Errored:
		e.Sentence = "Error: the device could not be read."
	}
	if plan.Skipped {
		e.Word, e.Grade, e.Sentence = string(remediate.Skipped), gradeSkipped, statusWords[remediate.Skipped].sentence
	}
	e.Steps, e.Findings, e.Failure = planSteps(plan.Steps), plan.Findings, plan.Error
}

func planSteps(steps []remediate.Step) []entryStep {
	var list []entryStep
	for _, step := range steps {
		list = append(list, entryStep{Text: StepText(step.Kind, step.Context, step.Root), Reason: step.Reason})
	}
	return list
}

func (e *Shown) fromResult(result remediate.DeviceResult) {
	e.Word, e.Grade, e.Sentence = string(result.Status), statusGrades[result.Status], outcome(result)
	e.Steps, e.Left = resultSteps(result.Steps), resultSteps(result.LeftOnDevice)
	e.ByHand, e.Findings, e.Failure, e.Backup = result.ByHand, result.Findings, result.Error, result.Backup
}

func resultSteps(steps []remediate.StepResult) []entryStep {
	var list []entryStep
	for _, step := range steps {
		list = append(list, entryStep{Text: StepText(step.Kind, step.Context, step.Root), Status: string(step.Status)})
	}
	return list
}

// entries are the devices of one of the grades given, or all of them.
func (h RunHead) entries(devices RunDevices, wanted ...grade) iter.Seq2[Shown, error] {
	return func(yield func(Shown, error) bool) {
		for device, err := range devices {
			e := Shown{}
			if err == nil {
				e = h.Show(device)
			}
			if err == nil && len(wanted) > 0 && !slices.Contains(wanted, e.Grade) {
				continue
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}
