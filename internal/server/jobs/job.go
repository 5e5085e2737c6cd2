// Package jobs reads the jobs file: what acfix does by a schedule, and whom it tells. Bytes go
// in; jobs, or every mistake with its line and column, come out. When a job's time comes is
// reckoned here too (Next, Due); nothing here reads a clock or runs anything.
package jobs

import (
	"fmt"
	"slices"
	"time"

	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/server/notify"
	"github.com/acfix/acfix/internal/strictyaml"
	"github.com/robfig/cron/v3"
)

// MaxBytes bounds a jobs file.
const MaxBytes = 1 << 20

// JobsFile is a jobs file. Names are given once; every name that a job refers to is there.
type JobsFile struct {
	Folder string // in which the file stands
	Jobs   []Job
	Notify []Webhook
}

// Action is what a job does.
type JobAction string

// The actions.
const (
	Plan  JobAction = "plan"
	Apply JobAction = "apply"
)

// Job is one job. Its texts are as the flags of the same names take them.
type Job struct {
	Name      string
	Schedule  Schedule // zero: the job runs when it is told to
	Action    JobAction
	Inventory string // as written: relative to the folder of the jobs file, or absolute

	Limit    string // "" for all devices
	Settings run.Settings

	// PlanJob is the job whose newest approved plan, and nothing else, this one carries out; ""
	// where no approval is wanted.
	PlanJob string
	// StartWithin is how late a missed time is made up; 0: however late.
	// docs/design/server.md: An interrupted run resumes within its job's deadline
	StartWithin time.Duration
	Notify      []string // names of File.Notify
}

// Schedule is when a job's time comes. The zero Schedule never comes.
type Schedule struct {
	Text   string // five fields
	Zone   *time.Location
	fields cron.Schedule
}

// Notify is a webhook and what it wants to hear of. Its address is a secret that stands in an
// environment variable or a file, one of the two.
type Webhook struct {
	Name    string
	Form    notify.Form
	URLEnv  string
	URLFile string // as written: relative to the folder of the jobs file, or absolute
	On      []notify.Occasion
}

// Job is the job of that name.
func (f JobsFile) Job(name string) (Job, bool) {
	at := slices.IndexFunc(f.Jobs, func(job Job) bool { return job.Name == name })
	if at < 0 {
		return Job{}, false
	}
	return f.Jobs[at], true
}

// InventoryPath is where the inventory of a job is.
func (f JobsFile) InventoryPath(job Job) string { return inventory.Beside(f.Folder, job.Inventory) }

// Notified are those whom the job wants told.
func (f JobsFile) Notified(job Job) []Webhook {
	var found []Webhook
	for _, one := range f.Notify {
		if slices.Contains(job.Notify, one.Name) {
			found = append(found, one)
		}
	}
	return found
}

// Errors are the mistakes of a jobs file, in its order. They never quote what stands at a key
// that leads to a webhook's address.
type Errors = strictyaml.Errors

// Parse reads a jobs file; paths in it are relative to its folder. An error is of type Errors.
func Parse(data []byte, folder string) (JobsFile, error) {
	if len(data) > MaxBytes {
		return JobsFile{}, Errors{{Line: 1, Column: 1, Message: fmt.Sprintf("the jobs file is larger than %d bytes", MaxBytes)}}
	}
	root, problem := strictyaml.Tree(data, "jobs file")
	if problem != nil {
		return JobsFile{}, Errors{*problem}
	}
	var d decoder
	file := d.file(root)
	file.Folder = folder
	if err := d.Err(); err != nil {
		return JobsFile{}, err
	}
	return file, nil
}
