package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/acfix/acfix/internal/fleet/policyfile"
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
	content, err := a.jobsText(path)
	if err != nil {
		return jobFile{}, err
	}
	parsed, err := jobs.Parse(content, filepath.Dir(path))
	var wrong jobs.Errors
	if errors.As(err, &wrong) {
		return jobFile{}, usage.Errorf("%s:%s", path, wrong).
			Hint(alsoWrong(wrong[1:]) + "\"acfix job check " + path + "\" lists all that is wrong")
	}
	for _, to := range parsed.Notify {
		a.withheld = append(a.withheld, to.URLEnv, to.Mail.PasswordEnv)
	}
	return jobFile{parsed}, err
}

// jobsText reads the text of a jobs file that no other user can change.
func (a *app) jobsText(path string) ([]byte, error) {
	if path == "" {
		return nil, usage.Errorf("no jobs file is named").Hint("give the jobs file with --jobs FILE")
	}
	file, err := a.guard.Open(path)
	if err != nil {
		return nil, orRefused(path, err, usage.Errorf("the jobs file can't be read: %s", err).
			Hint("check the path given with --jobs"))
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, jobs.MaxBytes+1))
	if err != nil {
		return nil, usage.Errorf("the jobs file can't be read: %s", err).Hint("check the path given with --jobs")
	}
	return content, nil
}

// mostShown bounds the mistakes of a jobs file in one hint.
const mostShown = 5

// alsoWrong lists the mistakes after the first: the missing key is often reported before the misspelt one.
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
	settings := j.Settings
	settings.Policy.Value = policyfile.Beside(f.Folder, settings.Policy.Value)
	return run.Order{Inventory: f.InventoryPath(j), Settings: settings}
}

// policyOfRun returns the settings of our own jobs file that name and trust the policy of a run. The store only names
// the job.
func (f jobFile) policyOfRun(kept store.Run) run.Settings {
	found, _ := f.Job(kept.Job)
	return f.order(found).Settings
}

// inventoryOf returns the inventory of a run from our own jobs file; the store only names the job.
func (f jobFile) inventoryOf(run store.Run) (string, error) {
	found, known := f.Job(run.Job)
	if !known {
		return "", fmt.Errorf("the run's job %q is not in our jobs file", run.Job)
	}
	return f.InventoryPath(found), nil
}
