package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/acfix/acfix/internal/usage"
)

// jobFile is a jobs file whose jobs are carried out as command lines.
type jobFile struct{ jobs.JobsFile }

// readJobs reads a jobs file, which decides what is written to devices without asking. From then on, the variables
// that its messages use are withheld from password commands.
func (a *app) readJobs(path string) (jobFile, error) {
	if path == "" {
		return jobFile{}, usage.Errorf("no jobs file is named").Hint("give the jobs file with --jobs FILE")
	}
	file, err := a.guard.Open(path)
	if err != nil {
		return jobFile{}, orRefused(path, err, usage.Errorf("the jobs file can't be read: %s", err).
			Hint("check the path given with --jobs"))
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, jobs.MaxBytes+1))
	if err != nil {
		return jobFile{}, usage.Errorf("the jobs file can't be read: %s", err).Hint("check the path given with --jobs")
	}
	parsed, err := jobs.Parse(content, filepath.Dir(path))
	var wrong jobs.Errors
	if errors.As(err, &wrong) {
		return jobFile{}, usage.Errorf("%s:%s", path, wrong).
			Hint(alsoWrong(wrong[1:]) + "deploy/jobs.yaml is one to compare with")
	}
	for _, to := range parsed.Notify {
		a.withheld = append(a.withheld, to.URLEnv)
	}
	return jobFile{parsed}, err
}

// mostShown bounds the mistakes of a jobs file in one hint.
const mostShown = 5

// alsoWrong lists the mistakes after the first: the missing key is often reported before the misspelt one, and no other
// command lists them.
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

// find returns the job with this name.
func (f jobFile) find(name string) (jobs.Job, error) {
	found, known := f.Job(name)
	if !known {
		var names []string
		for _, j := range f.Jobs {
			names = append(names, j.Name)
		}
		return found, usage.Errorf("there is no job %q", name).
			Hint(usage.DidYouMean(name, names, "\"acfix job list\" shows the jobs"))
	}
	return found, nil
}

// order returns the order of a job's runs.
func (f jobFile) order(j jobs.Job) run.Order {
	return run.Order{Inventory: f.InventoryPath(j), Settings: j.Settings}
}

// warnOfInventories warns at startup about jobs without a readable inventory, or with a limit that matches no
// device: when a change window opens at night it is too late.
func (a *app) warnOfInventories(file jobFile) {
	inventories := map[string]*access.InventoryFile{} // by path: jobs often share one, and it may be large
	failed := map[string]error{}
	for _, j := range file.Jobs {
		path := file.InventoryPath(j)
		err, read := failed[path]
		if !read {
			inventories[path], err = a.readInventory(connection{inventory: path})
			failed[path] = err
		}
		if err == nil {
			_, err = inventories[path].ChooseDevices(nil, j.Limit)
		}
		if err != nil {
			a.warn(fmt.Sprintf("job %s can't run: %s", j.Name, err))
		}
	}
}

// inventoryOf returns the inventory of a run from our own jobs file; the store only names the job.
func (f jobFile) inventoryOf(run store.Run) (string, error) {
	found, known := f.Job(run.Job)
	if !known {
		return "", fmt.Errorf("the run's job %q is not in our jobs file", run.Job)
	}
	return f.InventoryPath(found), nil
}
