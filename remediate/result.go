package remediate

import "slices"

// ResultSchema is the value of a result's first key.
const ResultSchema = "acfix.result/v1"

// Status is the outcome of a run for one device.
type Status string

// The statuses, as in the documented JSON.
const (
	Applied             Status = "applied"
	Unchanged           Status = "unchanged"
	Planned             Status = "planned" // the dry run's word for pending steps
	StatusBlocked       Status = "blocked"
	StatusNotApplicable Status = "not_applicable"
	Stale               Status = "stale" // the device changed since the plan was made
	Failed              Status = "failed"
	RolledBack          Status = "rolled_back"
	Skipped             Status = "skipped"
)

// Statuses returns all statuses, from good to bad.
func Statuses() []Status { return slices.Clone(statuses) }

var statuses = []Status{
	Applied, Unchanged, Planned, StatusBlocked, StatusNotApplicable, Stale, Failed, RolledBack, Skipped,
}

// Result is the document of "acfix apply".
type Result struct {
	Schema string `json:"schema"`
	Run    string `json:"run"`
	DryRun bool   `json:"dry_run"`
	// Policy is the rule by which the run decided; the zero value for a restore.
	Policy PolicyReference `json:"policy,omitzero"`
	// Error is what stopped the run and is no device's: a fault of this machine or of the store.
	Error   *Failure       `json:"error,omitempty"`
	Devices []DeviceResult `json:"devices"`
	Summary map[Status]int `json:"summary"`
}

// Summarize counts the statuses; a status that no device has counts 0.
func (r *Result) Summarize() {
	r.Summary = make(map[Status]int, len(statuses))
	for _, status := range statuses {
		r.Summary[status] = 0
	}
	for _, device := range r.Devices {
		r.Summary[device.Status]++
	}
}

// DeviceResult is the outcome of a run for one device.
type DeviceResult struct {
	Target string       `json:"target"`
	URL    string       `json:"url"`
	Status Status       `json:"status"`
	Steps  []StepResult `json:"steps"`
	// Backup is the directory of this device's backup; "" if none was made.
	Backup string `json:"backup"`
	// LeftOnDevice are the changes that a failed run leaves, by a last reading if one was possible: StepDone for
	// changes that are there, StepFailed for those that may still come.
	LeftOnDevice []StepResult `json:"left_on_device"`
	// Alarms are the descriptions of the alarms that were active before the first write; nil if the device gave no
	// list.
	Alarms []string `json:"alarms,omitzero"`
	// BeforeAfter is nil where nothing was written.
	BeforeAfter *BeforeAfter `json:"before_after,omitempty"`
	// ReadAgain is when a soak found every change still there (RFC 3339); "" if none did.
	ReadAgain string `json:"read_again,omitempty"`
	// ByHand says, in sentences, what a restore can't put back and what to do instead.
	ByHand   []string  `json:"by_hand"`
	Findings []Finding `json:"findings"`
	Error    *Failure  `json:"error"`
}

// WasWrittenTo reports whether a write was sent to the device, or may have been sent.
func (r DeviceResult) WasWrittenTo() bool {
	return slices.ContainsFunc(r.Steps, func(step StepResult) bool {
		return step.Kind != StepBackup && step.Status != StepPending
	})
}

// StepStatus is the outcome of one step.
type StepStatus string

// The statuses of a step.
const (
	StepDone    StepStatus = "done"
	StepFailed  StepStatus = "failed"
	StepPending StepStatus = "pending"
)

// StepResult is one step and its outcome.
type StepResult struct {
	Kind    StepKind   `json:"kind"`
	Context *int       `json:"context"`
	Root    string     `json:"root"`
	Status  StepStatus `json:"status"`
	// MayStillCome, in LeftOnDevice: the write was sent, and the last reading does not show the change.
	MayStillCome bool `json:"may_still_come,omitempty"`
}

func (s Step) as(status StepStatus) StepResult {
	return StepResult{Kind: s.Kind, Context: s.Context, Root: s.Root, Status: status}
}

// String says in words what the step does.
func (s StepResult) String() string {
	return Step{Kind: s.Kind, Context: s.Context, Root: s.Root}.String()
}
