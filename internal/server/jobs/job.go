// Package jobs reads the jobs file: the scheduled work of acfix, who hears of it, and its retention. Parse turns bytes
// into jobs, or into all mistakes with line and column. Next and Due compute a job's times; the package reads no clock and runs nothing.
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
	"go.yaml.in/yaml/v3"
)

// MaxBytes bounds a jobs file.
const MaxBytes = 1 << 20

// JobsFile is a valid jobs file: names are unique, and every name that a job refers to exists.
type JobsFile struct {
	Folder string // in which the file stands
	Jobs   []Job
	Notify []Receiver
	// Retention says what serve deletes, and when.
	Retention Retention
}

// JobAction is what a job does.
type JobAction string

// The actions.
const (
	Plan  JobAction = "plan"
	Apply JobAction = "apply"
)

// Job is one job. Its texts have the form of the flags of the same name; "" and 0 stand for the flag's default.
type Job struct {
	Name      string
	Schedule  Schedule // zero: the job runs on demand
	Action    JobAction
	Inventory string // as written: relative to the folder of the jobs file, or absolute

	Limit    string // "" for all devices
	Settings run.Settings

	// PlanJob is the job whose newest approved plan this one carries out; "" if the job needs no approval.
	PlanJob string
	// StartWithin limits how late a missed run still starts; 0: no limit.
	// docs/design/server.md: An interrupted run resumes within its job's deadline
	StartWithin time.Duration
	Notify      []string // names of File.Notify
}

// Schedule has the times of a job; the zero Schedule has none.
type Schedule struct {
	Text   string // five fields
	Zone   *time.Location
	fields cron.Schedule
}

// Receiver is a webhook, or people with a mail server, and the occasions of its messages. Secrets are in environment
// variables or files, whose paths are as written: relative to the folder of the jobs file, or absolute.
type Receiver struct {
	Name    string
	Form    notify.Form
	URLEnv  string
	URLFile string
	Mail    Mail // of a receiver of e-mail
	On      []notify.Occasion
	// BaseURL is where the web pages are, for links; "" for messages without links.
	BaseURL string
}

// Mail is the part of a receiver that only e-mail has.
type Mail struct {
	Server                    string // host, perhaps with a port
	Encryption                notify.Encryption
	CAFile                    string // "" for the system's authorities
	Username                  string // "" for no login
	PasswordEnv, PasswordFile string
	From                      string
	To                        []string
	Subject                   string
}

// Job returns the job of that name.
func (f JobsFile) Job(name string) (Job, bool) {
	at := slices.IndexFunc(f.Jobs, func(job Job) bool { return job.Name == name })
	if at < 0 {
		return Job{}, false
	}
	return f.Jobs[at], true
}

// MaxAge returns how long a job's plans may be approved and carried out: the longest that a job that carries them out
// allows. approved is false if no job does.
func (f JobsFile) MaxAge(plan Job) (longest time.Duration, approved bool) {
	for _, other := range f.Jobs {
		if other.PlanJob == plan.Name {
			longest, approved = max(longest, other.Settings.MaxAge.Value), true
		}
	}
	return longest, approved
}

// InventoryPath returns the path of the inventory of a job.
func (f JobsFile) InventoryPath(job Job) string { return inventory.Beside(f.Folder, job.Inventory) }

// InventoryPaths returns the paths of all inventories, each once: jobs often share one, and it may be large.
func (f JobsFile) InventoryPaths() []string {
	var paths []string
	for _, job := range f.Jobs {
		if path := f.InventoryPath(job); !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	return paths
}

// Notified returns the receivers of the job's messages.
func (f JobsFile) Notified(job Job) []Receiver {
	var found []Receiver
	for _, one := range f.Notify {
		if slices.Contains(job.Notify, one.Name) {
			found = append(found, one)
		}
	}
	return found
}

// Errors are a jobs file's mistakes, in its order. They quote no value that may hold a webhook's address.
type Errors = strictyaml.Errors

// Parse reads a jobs file; paths in it are relative to its folder. An error is of type Errors.
func Parse(data []byte, folder string) (JobsFile, error) {
	file, _, err := Look(data, folder)
	if err != nil {
		return JobsFile{}, err
	}
	return file, nil
}

// Look reads a jobs file as Parse does, and returns what can be read of a wrong one too. The places are those of its jobs.
func Look(data []byte, folder string) (JobsFile, []Places, error) {
	if len(data) > MaxBytes {
		message := fmt.Sprintf("the jobs file is larger than %d bytes", MaxBytes)
		return JobsFile{}, nil, Errors{{Line: 1, Column: 1, Message: message}}
	}
	root, problem := strictyaml.Tree(data, "jobs file")
	if problem != nil {
		return JobsFile{}, nil, Errors{*problem}
	}
	var d decoder
	file := d.file(root)
	file.Folder = folder
	return file, d.places, d.Err()
}

// Places are where a job names what stands in other files; the job itself where it does not.
type Places struct{ Inventory, Limit Place }

// Place is a place in a jobs file; Line and Column count from 1.
type Place struct{ Line, Column int }

func placeOf(node *yaml.Node) Place { return Place{max(node.Line, 1), max(node.Column, 1)} }
