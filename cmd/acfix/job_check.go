package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/acfix/acfix/internal/usage"
	"github.com/spf13/cobra"
)

// checkedJobs is the document of "acfix job check -o json".
type checkedJobs struct {
	Schema   string       `json:"schema"`
	File     string       `json:"file"`
	Status   string       `json:"status"` // valid or invalid
	Jobs     []string     `json:"jobs"`
	Errors   jobs.Errors  `json:"errors"`
	Problems []jobProblem `json:"problems"`
}

// jobProblem is why a job can't run although its keys may be right: its inventory, or its limit in that.
type jobProblem struct {
	Job     string `json:"job"`
	Message string `json:"message"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`

	job     int // its place in the file
	ofLimit bool
}

func (a *app) jobCheckCommand() *cobra.Command {
	var path string
	command := &cobra.Command{
		Use:   "check FILE",
		Short: "Validate a jobs file: every mistake with line and column, and the inventories that it names",
		Long: `check reads a jobs file and the inventories of its jobs, and says all that is wrong with line
and column. It touches no device and no store.`,
		RunE: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) == 1 && path == "" {
				path, arguments = arguments[0], nil
			}
			if len(arguments) > 0 || path == "" {
				return usage.Errorf("give one jobs file").Hint("acfix job check FILE")
			}
			return a.checkJobs(path)
		},
	}
	command.Flags().StringVar(&path, "jobs", "", "the jobs file, instead of FILE")
	return command
}

func (a *app) checkJobs(path string) error {
	content, err := a.jobsText(path)
	if err != nil {
		return err
	}
	checked := checkedJobs{
		Schema: "acfix.job-check/v1", File: path, Status: "valid",
		Jobs: []string{}, Errors: jobs.Errors{}, Problems: []jobProblem{},
	}
	parsed, places, err := jobs.Look(content, filepath.Dir(path))
	if err != nil && !errors.As(err, &checked.Errors) {
		return err
	}
	file := jobFile{parsed}
	for _, j := range file.Jobs {
		checked.Jobs = append(checked.Jobs, j.Name)
	}
	for _, problem := range a.inventoryProblems(file) {
		at := places[problem.job].Inventory
		if problem.ofLimit {
			at = places[problem.job].Limit
		}
		problem.Line, problem.Column = at.Line, at.Column
		checked.Problems = append(checked.Problems, problem)
	}
	if len(checked.Errors)+len(checked.Problems) > 0 {
		checked.Status = "invalid"
	}
	if err := a.show(checked, checked.text()); err != nil {
		return err
	}
	if checked.Status != "valid" {
		return exitCode(exitUsage)
	}
	return nil
}

func (c checkedJobs) text() string {
	var text strings.Builder
	for _, wrong := range c.Errors {
		fmt.Fprintf(&text, "%s:%s\n", foreign.Clean(c.File), foreign.Clean(wrong.Error()))
	}
	for _, problem := range c.Problems {
		fmt.Fprintf(&text, "%s:%d:%d: job %s can't run: %s\n", foreign.Clean(c.File), problem.Line, problem.Column,
			foreign.Clean(problem.Job), foreign.Clean(problem.Message))
	}
	if c.Status == "valid" {
		fmt.Fprintf(&text, "%s is valid; jobs: %d\n", foreign.Clean(c.File), len(c.Jobs))
	}
	return text.String()
}

// inventoryProblems names the jobs without a readable inventory or policy, with a limit that matches no device, or with
// roots that a person must confirm: when a change window opens at night it is too late.
func (a *app) inventoryProblems(file jobFile) []jobProblem {
	inventories := map[string]*access.InventoryFile{} // by path: jobs often share one, and it may be large
	failed := map[string]error{}
	var problems []jobProblem
	for at, j := range file.Jobs {
		if j.Inventory == "" {
			continue // a mistake of its own
		}
		path := file.InventoryPath(j)
		err, read := failed[path]
		if !read {
			inventories[path], err = a.readInventory(connection{inventory: path})
			failed[path] = err
		}
		isRead := err == nil
		if isRead {
			_, err = inventories[path].ChooseDevices(nil, j.Limit)
		}
		if err == nil {
			err = a.policyProblem(file.order(j).Settings, inventories[path])
		}
		if err != nil {
			ofLimit := isRead && j.Limit != ""
			problems = append(problems, jobProblem{Job: j.Name, Message: err.Error(), job: at, ofLimit: ofLimit})
		}
	}
	return problems
}

// warnOfInventories warns of the jobs that can't run.
func (a *app) warnOfInventories(problems []jobProblem) {
	for _, problem := range problems {
		a.warn(foreign.Clean(fmt.Sprintf("job %s can't run: %s", problem.Job, problem.Message)))
	}
}
