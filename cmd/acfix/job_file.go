package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/acfix/acfix/internal/usage"
)

// jobFile is a jobs file that was read, and where.
type jobFile struct {
	jobs.File
	folder string
}

// readJobs reads a jobs file, which decides what is written to devices without asking. The
// variables of its messages are withheld from password commands from then on.
func (a *app) readJobs(path string) (jobFile, error) {
	if path == "" {
		return jobFile{}, usage.New("give the jobs file with --jobs FILE", "no jobs file is named")
	}
	file, err := a.guard.Open(path)
	if err != nil {
		return jobFile{}, orRefused(path, err, usage.New("check the path given with --jobs", "the jobs file can't be read: %s", err))
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, jobs.MaxBytes+1))
	if err != nil {
		return jobFile{}, usage.New("check the path given with --jobs", "the jobs file can't be read: %s", err)
	}
	parsed, err := jobs.Parse(content)
	var wrong jobs.Errors
	if errors.As(err, &wrong) {
		return jobFile{}, usage.New(alsoWrong(wrong[1:])+"deploy/jobs.yaml is one to compare with", "%s:%s", path, wrong)
	}
	for _, to := range parsed.Notify {
		a.withheld = append(a.withheld, to.URLEnv)
	}
	return jobFile{File: parsed, folder: filepath.Dir(path)}, err
}

// mostShown bounds the mistakes of a jobs file in one hint.
const mostShown = 5

// alsoWrong are the mistakes after the first: a misspelt key often comes after the one that it
// leaves missing, and no other command lists them.
func alsoWrong(more jobs.Errors) string {
	if len(more) == 0 {
		return ""
	}
	var texts []string
	for _, wrong := range more[:min(len(more), mostShown)] {
		texts = append(texts, wrong.Error())
	}
	return "also " + strings.Join(texts, ", ") + "; "
}

// find is the job of a name.
func (f jobFile) find(name string) (jobs.Job, error) {
	found, known := f.Job(name)
	if !known {
		var names []string
		for _, j := range f.Jobs {
			names = append(names, j.Name)
		}
		return found, usage.New(usage.Meant(name, names, "\"acfix job list\" shows the jobs"), "there is no job %q", name)
	}
	return found, nil
}

func (f jobFile) inventory(j jobs.Job) string { return inventory.Beside(f.folder, j.Inventory) }

// order is what the runs of a job are asked for.
func (f jobFile) order(j jobs.Job) run.Order {
	return run.Order{Inventory: f.inventory(j), Settings: j.Settings}
}

// approvedFor reports whether another job carries out the plans of a job once they are approved.
func (f jobFile) approvedFor(j jobs.Job) bool {
	return slices.ContainsFunc(f.Jobs, func(other jobs.Job) bool { return other.PlanJob == j.Name })
}

// warnOfInventories says beforehand which jobs have no inventory, or a limit that fits no device of
// it: when a change window opens at night it is too late.
func (r *jobRunner) warnOfInventories() {
	rosters := map[string]*access.Roster{} // by path: jobs often share one, and it may be large
	failed := map[string]error{}
	for _, j := range r.file.Jobs {
		path := r.file.inventory(j)
		err, read := failed[path]
		if !read {
			rosters[path], err = r.app.roster(connection{inventory: path})
			failed[path] = err
		}
		if err == nil {
			_, err = rosters[path].Targets(nil, j.Limit)
		}
		if err != nil {
			r.app.warn(fmt.Sprintf("job %s can't run: %s", j.Name, err))
		}
	}
}
