// Package jobs reads the jobs file: what acfix does by a schedule, and whom it tells. Bytes go
// in; jobs, or every mistake with its line and column, come out. When a job's time comes is
// reckoned here too (Next, Due); nothing here reads a clock or runs anything.
package jobs

import (
	"fmt"
	"slices"
	"time"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/server/notify"
	"github.com/acfix/acfix/internal/strictyaml"
	"github.com/robfig/cron/v3"
)

// MaxBytes bounds a jobs file.
const MaxBytes = 1 << 20

// File is a jobs file. Names are given once; every name that a job refers to is there.
type File struct {
	Jobs   []Job
	Notify []Notify
}

// Action is what a job does.
type Action string

// The actions.
const (
	Plan  Action = "plan"
	Apply Action = "apply"
)

// Job is one job. Its texts are as the flags of the same names take them.
type Job struct {
	Name      string
	Schedule  Schedule // zero: the job runs when it is told to
	Action    Action
	Inventory string // as written: relative to the folder of the jobs file, or absolute

	Limit    string // "" for all devices
	Settings run.Settings

	// PlanJob is the job whose newest approved plan, and nothing else, this one carries out; ""
	// where no approval is wanted.
	PlanJob string
	// StartWithin is how late a missed time is made up; 0: however late.
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
type Notify struct {
	Name    string
	Form    notify.Form
	URLEnv  string
	URLFile string // as written: relative to the folder of the jobs file, or absolute
	On      []notify.Occasion
}

// Job is the job of that name.
func (f File) Job(name string) (Job, bool) {
	at := slices.IndexFunc(f.Jobs, func(job Job) bool { return job.Name == name })
	if at < 0 {
		return Job{}, false
	}
	return f.Jobs[at], true
}

// Notified are those whom the job wants told.
func (f File) Notified(job Job) []Notify {
	var found []Notify
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

// Parse reads a jobs file. An error is of type Errors.
func Parse(data []byte) (File, error) {
	if len(data) > MaxBytes {
		return File{}, Errors{{Line: 1, Column: 1, Message: fmt.Sprintf("the jobs file is larger than %d bytes", MaxBytes)}}
	}
	root, problem := strictyaml.Tree(data, "jobs file")
	if problem != nil {
		return File{}, Errors{*problem}
	}
	var d decoder
	file := d.file(root)
	if err := d.Err(); err != nil {
		return File{}, err
	}
	return file, nil
}
