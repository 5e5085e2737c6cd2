package web

import (
	"context"
	"errors"
	"time"

	"github.com/acfix/acfix/internal/output/report"
)

// The kinds of errors of Source and Actions, for errors.Is.
var (
	ErrUnknown    = errors.New("there is no such thing")
	ErrNotWaiting = errors.New("the run does not wait for approval")
	ErrBusy       = errors.New("a run of the job is still going on")
	ErrNoApproval = errors.New("no plan is approved that the job could carry out")
	// ErrTrouble is what goes wrong with a store or a file: trying again may help.
	ErrTrouble = errors.New("it can't be read or written now")
)

// Source is what pages show. Its methods are called from many goroutines, and what they
// return is not changed any more. Errors: ErrUnknown, ErrTrouble.
type Data interface {
	Fleet() FleetState
	// Device is a device by its URL.
	Device(ctx context.Context, url string) (DeviceDetail, error)
	// Runs are the newest runs that the filter selects.
	Runs(ctx context.Context, filter RunFilter) ([]report.RunHead, error)
	// Run is a run by its whole ID.
	Run(ctx context.Context, id string) (RunDetail, error)
	// RunDevices are devices of a run by their positions, with their documents.
	RunDevices(ctx context.Context, id string, positions []int) ([]report.RunDevice, error)
	// Report is all of a run, for the views of package report.
	Report(ctx context.Context, id string) (report.RunHead, report.RunDevices, error)
	Jobs(ctx context.Context) ([]JobDetail, error)
	// Deeds are what people did here, newest first.
	AuditLog(ctx context.Context) ([]AuditEntry, error)
}

// Actions are what people with the role approver may do.
type Actions interface {
	// Note puts on record what somebody is about to do. When it returns nil, the entry
	// survives a power cut.
	Record(ctx context.Context, deed AuditEntry) error
	// Approve allows the plan of a run to be carried out; ErrNotWaiting, ErrUnknown.
	Approve(ctx context.Context, run string, approval report.Approval) error
	// Start begins a run of a job and does not wait for it; ErrBusy, ErrNoApproval,
	// ErrUnknown.
	Start(ctx context.Context, job string) error
	// Backup is the backup that a run made of a device, verified; ErrUnknown.
	Backup(ctx context.Context, url, run string) (BackupDownload, error)
}

// Fleet is what was last read of all devices.
type FleetState struct {
	Rows  []FleetRow
	AsOf  time.Time // zero until all was read once
	Error string    // why nothing newer was read; "" when all is well
}

// Device is one device: the newest run that was done with it, and what came before.
type DeviceDetail struct {
	Head   report.RunHead
	Device report.RunDevice
	// History is the same device in earlier runs too, newest first.
	History []DeviceRun
	Backups []BackupEntry
	// Journal is its entries as JSON, oldest first.
	Journal []JournalEntry
	// JournalError says why the journal, and with it backups, can't be shown.
	JournalError string
}

// Past is a device in one run.
type DeviceRun struct {
	Run, Action, Job string
	Ended            time.Time
	Word, Tone       string
}

// Kept is a backup of a device.
type BackupEntry struct {
	Run   string
	Taken time.Time
	Place string // a directory, or a place in the store
}

// JournalEntry is an entry of a device's journal.
type JournalEntry struct {
	Time             time.Time
	Run, Event, Text string
}

// RunFilter selects runs; what is empty selects all.
type RunFilter struct {
	Action, Job, State string
	Limit              int
}

// Run is a run with a line for each device, by position.
type RunDetail struct {
	Head    report.RunHead
	Devices []RunRow
}

// RunRow is a device of a run without its documents.
type RunRow struct {
	Position, Wave int
	Name, URL      string
	Word, Tone     string // as reports of the run have them
	Gravity        int    // the smaller, the sooner a person should look
}

// Job is a job of the jobs file.
type JobDetail struct {
	Name, Action, Inventory string
	Schedule                string // five fields and the zone; "" for a job that is told to run
	Next                    time.Time
	// Settings are what else the jobs file says of it.
	Settings []report.Fact
	Last     *report.RunHead
	// Busy: a run of it goes on in this process.
	Busy bool
	// Failure is why its last attempt in this process came to no run, and when; "" for none.
	Failure  string
	FailedAt time.Time
}

// Deed is something that a person did here.
type AuditEntry struct {
	Time    time.Time `json:"time"`
	Person  string    `json:"person"` // the name of the token
	Role    string    `json:"role"`
	From    string    `json:"from"` // address of the connection
	Kind    AuditKind `json:"kind"`
	Subject string    `json:"of"`               // the run, job or device
	Name    string    `json:"name,omitempty"`   // of an approval
	Change  string    `json:"change,omitempty"` // of an approval
	// Failed is why nothing came of it. It stands in an entry of its own.
	Failed string `json:"failed,omitempty"`
}

// DeedKind says what somebody did.
type AuditKind string

// The deeds.
const (
	AuditApprove  AuditKind = "approve"
	AuditRunNow   AuditKind = "run_now"
	AuditDownload AuditKind = "download_backup"
)

// Backup is a backup in one piece.
type BackupDownload struct {
	Name string // of the file
	Data []byte // tar, compressed with gzip
}
