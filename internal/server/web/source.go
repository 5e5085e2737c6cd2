package web

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/known"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// The kinds of errors of Data and Actions, for errors.Is.
var (
	ErrUnknown    = errors.New("not found")
	ErrNotWaiting = errors.New("the run is not waiting for approval")
	ErrBusy       = errors.New("a run of the job is still in progress")
	ErrNoApproval = errors.New("no approved plan is there for the job to carry out")
	// ErrNotLed is the error for a run that the process of these pages does not lead.
	ErrNotLed = errors.New("this process does not lead the run")
	// ErrNotResumable is the error for a run that has nothing left to do, or may not go on.
	ErrNotResumable = errors.New("the run can't be resumed")
	// ErrTrouble is a failure of a store or a file: trying again may help.
	ErrTrouble = errors.New("it can't be read or written now")
)

// Data is what pages show, safe for concurrent use. Callers don't change results. Errors: ErrUnknown, ErrTrouble.
type Data interface {
	Fleet() FleetState
	// Device returns a device by its URL.
	Device(ctx context.Context, url string) (DeviceDetail, error)
	// Runs returns the newest runs that the filter selects.
	Runs(ctx context.Context, filter RunFilter) ([]report.RunHead, error)
	// Counts returns how many devices of each run have which word, by the run's ID.
	Counts(ctx context.Context, heads []report.RunHead) (map[string][]report.WordCount, error)
	// Run returns a run by its full ID.
	Run(ctx context.Context, id string) (RunDetail, error)
	// RunDevices returns devices of a run by their positions, with their documents.
	RunDevices(ctx context.Context, id string, positions []int) ([]report.RunDevice, error)
	// Report returns a whole run, for the views of package report.
	Report(ctx context.Context, id string) (report.RunHead, report.RunDevices, error)
	Jobs(ctx context.Context) ([]JobDetail, error)
	// AuditLog returns the recorded actions, newest first.
	AuditLog(ctx context.Context) ([]AuditEntry, error)
}

// Actions are what callers with the role approver may do.
type Actions interface {
	// Record records an action before it happens. When it returns nil, the entry survives a power cut.
	Record(ctx context.Context, entry AuditEntry) error
	// Approve approves the plan of a run; ErrNotWaiting, ErrUnknown.
	Approve(ctx context.Context, run string, approval store.Approval) error
	// Reject refuses the plan of a run that waits or is approved, and ends a run that is paused; ErrNotWaiting, ErrUnknown.
	Reject(ctx context.Context, run string, rejection store.Rejection) error
	// Start starts a run of a job and does not wait for it; ErrBusy, ErrNoApproval, ErrUnknown.
	Start(ctx context.Context, job string) error
	// Stop asks a running run to start no further device, as an interrupt does, and does not wait for it; ErrNotLed,
	// ErrUnknown.
	Stop(ctx context.Context, run, person string) error
	// Resume goes on with a run that was stopped and does not wait for it; ErrNotResumable, ErrBusy, ErrUnknown.
	Resume(ctx context.Context, run string) error
	// Backup returns a run's backup of a device, verified; ErrUnknown.
	Backup(ctx context.Context, url, run string) (BackupDownload, error)
}

// FleetState is what is known of all devices.
type FleetState struct {
	Rows  []FleetRow
	AsOf  time.Time // zero until the first complete reading
	Error string    // why the state is out of date; "" if it is current
	// Trend has the last weeks, the oldest first, and now; nil until it was counted.
	Trend []TrendPoint
	// Deadline is a sentence about the day by which the fleet must be compliant; "" for none.
	Deadline string
}

// DeviceDetail is one device: as it was last read, in its newest run, and in its earlier ones.
type DeviceDetail struct {
	Known  known.Device
	Head   report.RunHead // of its newest run
	Device report.RunDevice
	// Reading is the device as it was read last; nil if it never was.
	Reading *report.RunDevice
	// BeforeWrites is the run that wrote to the device after Reading and did not verify all of it; "" for none.
	BeforeWrites string
	// History is the device in all its runs, newest first.
	History []DeviceRun
	Backups []BackupEntry
	// Journal has the entries as JSON, oldest first.
	Journal []JournalEntry
	// JournalError says why the journal, and the backups that it names, can't be shown.
	JournalError string
}

// DeviceRun is a device in one run.
type DeviceRun struct {
	Run, Action, Job string
	Ended            time.Time
	Word, Tone       string
	Code             string // why it failed, or what blocked it first; "" for neither
}

// BackupEntry is a backup of a device.
type BackupEntry struct {
	Run   string
	Taken time.Time
	Place string // a directory, or a place in the store
	Wrote bool   // the run then wrote to the device, or tried to
	// Action is of the run, known of the newest that wrote; "" for unknown. Target is the device's name in that run.
	Action, Target string
}

// JournalEntry is an entry of a device's journal.
type JournalEntry struct {
	Time             time.Time
	Run, Event, Text string
}

// RunFilter selects runs; an empty field selects all.
type RunFilter struct {
	Action, Job, State string
	Device             string // name or address
	Limit              int
}

// RunDetail is a run with a row for each device, by position.
type RunDetail struct {
	Head    report.RunHead
	Devices []RunRow
	// Carriers are the jobs that carry out its plan, where that waits for approval or is approved.
	Carriers []Carrier
	Pace     RunPace
	Control  RunControl
}

// RunPace is what a run waits for.
type RunPace struct {
	Soak, Pause time.Duration // between waves; 0 for none
	Window      string        // as written; "" for none
	Open        bool          // the window is open
	Until       time.Time     // when the window closes, or opens next
}

// RunControl says whether a person may stop or resume the run on these pages, and if not, why or how else.
type RunControl struct {
	Stop, Resume bool
	Else         string // a sentence; "" where there is nothing to say
}

// RunRow is a device of a run without its documents.
type RunRow struct {
	Position, Wave int
	Name, URL      string
	Word, Tone     string // as reports of the run have them
	Gravity        int    // the smaller, the more urgent
	// Steps are those of its plan, where it is still to be carried out.
	Steps  []remediate.StepKind
	Reason string // codes of what is wrong, or else what the word means: rows with equal ones belong together
	Ended  time.Time
	Doing  string    // the current step of a device in progress; "" for unknown
	Since  time.Time // when that began
}

// JobDetail is a job of the jobs file.
type JobDetail struct {
	Name, Action, Inventory string
	Schedule                string // five fields and the zone; "" for a job that runs on demand
	// Words say the schedule: "daily at 03:00 Europe/Berlin"; Schedule where there are no short ones.
	Words string
	Next  time.Time // in the schedule's zone
	// Window is the change window; "" for none. Opens is when it opens next; zero while it is open.
	Window string
	Opens  time.Time
	// CarriedOutBy are the jobs that carry out this job's plans once they are approved.
	CarriedOutBy []string
	// PlanJob is the job whose approved plans this one carries out; "" for none. Plan is what it carries out next, or
	// what waits for approval; nil for nothing.
	PlanJob string
	Plan    *JobPlan
	// Settings are the job's other keys in the jobs file.
	Settings []report.Fact
	Last     *report.RunHead
	// Results count the devices of the last run, the most urgent first.
	Results []report.WordCount
	// Busy: a run of the job is in progress.
	Busy bool
	// Failure is why the last attempt of this process started no run; "" for none.
	Failure  string
	FailedAt time.Time
	// Ahead is a planned time on record that is still to come, because a clock was wrong; zero for none.
	Ahead time.Time
}

// JobPlan is what a job that needs an approval carries out next, or what waits for approval.
type JobPlan struct {
	Run      string // the paused run itself, or the run that made the plan
	State    string // paused, approved or waiting
	Approval *store.Approval
	Effect   Effect    // of an approved or a waiting plan
	Until    time.Time // when it is too old
}

// AuditEntry is an action of a person on these pages, or by a command.
type AuditEntry struct {
	Time    time.Time `json:"time"`
	Person  string    `json:"person"` // the name of the token; user@host on the command line
	Role    string    `json:"role"`   // "" on the command line
	From    string    `json:"from"`   // address of the connection
	Kind    AuditKind `json:"kind"`
	Subject string    `json:"of"`               // the run, job or device; "" for a login
	Name    string    `json:"name,omitempty"`   // of an approval or a rejection
	Change  string    `json:"change,omitempty"` // of an approval
	Reason  string    `json:"reason,omitempty"` // of a rejection
	// Count and Last are of refusals: how many were made to the caller since Time, and when the last one was.
	Count int        `json:"count,omitempty"`
	Last  *time.Time `json:"last,omitempty"`
	// Failed is why the action failed. A failure has an entry of its own.
	Failed string `json:"failed,omitempty"`
}

// AuditKind is a kind of recorded action.
type AuditKind string

// The recorded actions.
const (
	AuditApprove  AuditKind = "approve"
	AuditReject   AuditKind = "reject"
	AuditRunNow   AuditKind = "run_now"
	AuditStop     AuditKind = "stop"
	AuditResume   AuditKind = "resume"
	AuditDownload AuditKind = "download_backup"
	AuditForget   AuditKind = "forget_device"
	AuditRestore  AuditKind = "restore"
	AuditPrune    AuditKind = "prune"
	AuditLogin    AuditKind = "login"
	AuditLogout   AuditKind = "logout"
	AuditRefused  AuditKind = "refused" // tokens
	AuditDenied   AuditKind = "denied"  // to a caller whose role is too low
)

// OfLogin reports whether the entry is about a login or a refusal, and changed nothing.
func (k AuditKind) OfLogin() bool {
	return slices.Contains([]AuditKind{AuditLogin, AuditLogout, AuditRefused, AuditDenied}, k)
}

// BackupDownload is a backup in one file.
type BackupDownload struct {
	Name string // of the file
	Data []byte // tar, compressed with gzip
}
