package remediate

import "slices"

// ResultSchema stands in the first key of a result.
const ResultSchema = "acfix.result/v1"

// Status is what became of one device in a run.
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

// Statuses are all statuses, from good to bad.
func Statuses() []Status { return slices.Clone(statuses) }

var statuses = []Status{
	Applied, Unchanged, Planned, StatusBlocked, StatusNotApplicable, Stale, Failed, RolledBack, Skipped,
}

// Result is the document of "acfix apply".
type Result struct {
	Schema  string         `json:"schema"`
	Run     string         `json:"run"`
	DryRun  bool           `json:"dry_run"`
	Devices []DeviceResult `json:"devices"`
	Summary map[Status]int `json:"summary"`
}

// Summarize counts the statuses; every status has a number, be it 0.
func (r *Result) Summarize() {
	r.Summary = make(map[Status]int, len(statuses))
	for _, status := range statuses {
		r.Summary[status] = 0
	}
	for _, device := range r.Devices {
		r.Summary[device.Status]++
	}
}

// DeviceResult is what became of one device.
type DeviceResult struct {
	Target string       `json:"target"`
	URL    string       `json:"url"`
	Status Status       `json:"status"`
	Steps  []StepResult `json:"steps"`
	// Backup is the directory of this device's backup, "" when none was made.
	Backup string `json:"backup"`
	// LeftOnDevice are the changes that a failed run leaves, by a last reading where that is
	// possible: StepDone for what is there, StepFailed for what may still come.
	LeftOnDevice []StepResult `json:"left_on_device"`
	// Alarms are the descriptions of those that were active before the first write; nil
	// where the device did not tell.
	Alarms []string `json:"alarms,omitzero"`
	// ReadAgain is when a soak found all of it still there (RFC 3339); "" where none did.
	ReadAgain string `json:"read_again,omitempty"`
	// ByHand is what a restore can't put back, in sentences that say what to do instead.
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

// StepStatus is what became of one step.
type StepStatus string

// The statuses of a step.
const (
	StepDone    StepStatus = "done"
	StepFailed  StepStatus = "failed"
	StepPending StepStatus = "pending"
)

// StepResult is one step and what became of it.
type StepResult struct {
	Kind    StepKind   `json:"kind"`
	Context *int       `json:"context"`
	Root    string     `json:"root"`
	Status  StepStatus `json:"status"`
	// MayStillCome, in what is left on a device: the write was sent, and the last reading does
	// not show it.
	MayStillCome bool `json:"may_still_come,omitempty"`
}

func (s Step) as(status StepStatus) StepResult {
	return StepResult{Kind: s.Kind, Context: s.Context, Root: s.Root, Status: status}
}

// String says in words what the step does.
func (s StepResult) String() string {
	return Step{Kind: s.Kind, Context: s.Context, Root: s.Root}.String()
}
