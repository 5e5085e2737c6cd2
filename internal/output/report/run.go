package report

import (
	"fmt"
	"iter"
	"time"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// RunHead is a run without its devices. Unknown times are zero.
type RunHead struct {
	ID     string
	Action string // "plan" has plans; "apply" and "dry_run", which writes nothing, have results
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
	Pruned   int    // devices that prune has deleted
	Person   string // user@host; "" for unknown
	Flags    []string
	// Inventory is "" for none; InventorySHA is the SHA-256 of its bytes.
	Inventory, InventorySHA string
	// Tally counts its devices, as Ledger.Tally does; "" where that was not asked for.
	Tally string
}

// RunDevice is one device of a run. Without plan and result it was never started. With a plan of
// changes and no result, the progress of a writing run is unknown, unless the device is Waiting.
type RunDevice struct {
	Position, Wave int
	Target, URL    string
	Plan           *remediate.DevicePlan
	Result         *remediate.DeviceResult // nil in plan runs
	Ended          time.Time
	// Waiting: the record shows that only the plan was made.
	Waiting bool
	// Again: an earlier process of the run ended the device, and it waits for its turn once more.
	Again bool
}

// RunDevices yields a run's devices by position. A view may iterate again, and holds none. An error ends a view.
type RunDevices = iter.Seq2[RunDevice, error]

func (h RunHead) plans() bool { return h.Action == "plan" }

func (h RunHead) dry() bool { return h.Action == "dry_run" }

// ended reports whether no process works on the run any more. When a process died, the time is unknown.
func (h RunHead) ended() bool { return !h.Ended.IsZero() || h.State == "interrupted" }

// decided reports whether the plan alone settles a device's outcome: the run writes nothing, or nothing is planned.
func (h RunHead) decided(device RunDevice) bool {
	return device.Plan != nil && (h.plans() || h.dry() || device.Plan.Verdict != remediate.Change)
}

// begun reports whether the run may have written to a device that has no result.
func (h RunHead) begun(device RunDevice) bool {
	return device.Plan != nil && !h.decided(device) && !device.Waiting
}

// planOf is the device in the document of a plan run.
func (h RunHead) planOf(device RunDevice) remediate.DevicePlan {
	if device.Plan != nil {
		return *device.Plan
	}
	plan := remediate.ErrorPlan(nil)
	plan.Target, plan.URL = device.Target, device.URL
	plan.Error, plan.Skipped = h.unstarted(), true
	return plan
}

// resultOf is the device in the document of an apply or a dry run. A device without a result
// counts as skipped if nothing can have been written to it, and as failed otherwise.
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

// perhapsLeft are the changes of a plan, each marked as one that may have happened.
func perhapsLeft(plan remediate.DevicePlan) []remediate.StepResult {
	list := []remediate.StepResult{}
	for _, step := range plan.Steps {
		if step.Kind.Changes() {
			list = append(list, remediate.StepResult{
				Kind: step.Kind, Context: step.Context, Root: step.Root,
				Status: remediate.StepFailed, MayStillCome: true,
			})
		}
	}
	return list
}

func (h RunHead) unstarted() *remediate.Failure {
	failure := remediate.Failure{
		Code: remediate.CodeInterrupted, Message: "never started",
		Hint: "Nothing was written. Continue with --resume " + h.ID + ".",
	}
	switch {
	case !h.ended():
		failure.Message, failure.Hint = "not started yet", "Look again after the run."
	case h.Reason != "":
		failure.Message += ": " + h.Reason
	}
	return &failure
}

func (h RunHead) unfinished() *remediate.Failure {
	if !h.ended() {
		return &remediate.Failure{
			Code: remediate.CodeInterrupted, Message: "no result yet: the run may be working on the device",
			Hint: "Look again after the run. Do not save on the device by hand.",
		}
	}
	return &remediate.Failure{
		Code:    remediate.CodeInterrupted,
		Message: "the run ended without a result for this device: what it wrote, if anything, is unknown",
		Hint:    "Do not save on the device by hand. Continue with --resume " + h.ID + ": it reads the device first.",
	}
}

// grade is how urgently a device needs attention; views show the most urgent first.
type grade int

const (
	gradeFailed grade = iota // also for unknown words, of a later version
	gradeBlocked
	gradePending
	gradeSkipped
	gradeGood
	gradeIdle // not concerned
	grades    // how many there are
)

// Shown is a device as all views show it, from its plan or its result.
type Shown struct {
	RunDevice
	Word     string // verdict, status, or a placeholder until there is one
	Sentence string // what that means
	Grade    grade
	Identity remediate.Identity
	Steps    []entryStep
	Left     []entryStep // on the device, unsaved
	ByHand   []string
	// BeforeAfter says what the device said of its Teams leg before the first write and after the last.
	BeforeAfter []string
	Findings    []remediate.Finding
	Failure     *remediate.Failure
	Backup      string
}

// Tone is "bad", "wait", "good" or "idle": how urgently the device needs attention.
func (s Shown) Tone() string { return gradeTones[s.Grade] }

// Gravity sorts devices: the smaller, the more urgent.
func (s Shown) Gravity() int { return int(s.Grade) }

type entryStep struct{ Text, Reason, Status string }

// Show returns the device as all views of the run show it.
func (h RunHead) Show(device RunDevice) Shown {
	e := Shown{RunDevice: device}
	if device.Plan != nil {
		e.Identity = device.Plan.Device
	}
	if h.plans() {
		e.fromPlan(h.Policy, h.planOf(device))
	} else {
		e.fromResult(h.resultOf(device))
	}
	if !h.ended() && device.Result == nil && !h.decided(device) {
		e.expected(h.begun(device) && !device.Again)
	}
	return e
}

// expected marks a device whose turn is now or later: it has neither failed nor been skipped, whatever its word.
func (e *Shown) expected(begun bool) {
	e.Grade = gradePending
	e.Word, e.Sentence = WordWaiting, "Waiting: not started yet."
	if begun {
		e.Word, e.Sentence = WordInHand, "No result yet: the run may be working on the device."
	}
	e.Left, e.Failure = nil, nil
	e.Steps = nil
	if e.Plan != nil {
		e.Steps = planSteps(e.Plan.Steps)
	}
}

func (e *Shown) fromPlan(policy remediate.PolicyReference, plan remediate.DevicePlan) {
	words := verdictWords[plan.Verdict]
	e.Word, e.Grade, e.Sentence = string(plan.Verdict), words.grade, or(sentenceBy(policy, plan.Verdict), string(plan.Verdict))
	e.Findings, e.Failure = plan.Findings, plan.Error
	e.Steps = planSteps(plan.Steps)
	if plan.Verdict == remediate.Change {
		e.Sentence = fmt.Sprintf("Change: %s to carry out; nothing was written.", count(len(plan.Steps), "step"))
	}
	if plan.Skipped {
		words := statusWords[remediate.Skipped]
		e.Word, e.Grade, e.Sentence = string(remediate.Skipped), words.grade, words.sentence
	}
}

func planSteps(steps []remediate.Step) []entryStep {
	var list []entryStep
	for _, step := range steps {
		list = append(list, entryStep{Text: step.String(), Reason: step.Reason})
	}
	return list
}

func (e *Shown) fromResult(result remediate.DeviceResult) {
	e.Word, e.Grade = string(result.Status), statusWords[result.Status].grade
	e.Sentence = outcome(result)
	e.Steps, e.Left = resultSteps(result.Steps), resultSteps(result.LeftOnDevice)
	e.Findings, e.Failure = result.Findings, result.Error
	e.ByHand, e.Backup = result.ByHand, result.Backup
	if result.BeforeAfter != nil {
		e.BeforeAfter = result.BeforeAfter.Text
	}
}

func resultSteps(steps []remediate.StepResult) []entryStep {
	var list []entryStep
	for _, step := range steps {
		list = append(list, entryStep{Text: step.String(), Status: string(step.Status)})
	}
	return list
}

// entries yields the devices as all views show them.
func (h RunHead) entries(devices RunDevices) iter.Seq2[Shown, error] {
	return func(yield func(Shown, error) bool) {
		for device, err := range devices {
			if err != nil {
				yield(Shown{}, err)
				return
			}
			if !yield(h.Show(device), nil) {
				return
			}
		}
	}
}
