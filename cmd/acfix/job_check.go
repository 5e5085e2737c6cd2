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

// jobProblem is why a job of a valid file can't run: its inventory.
type jobProblem struct {
	Job     string `json:"job"`
	Message string `json:"message"`
}

func (a *app) jobCheckCommand() *cobra.Command {
	var path string
	command := &cobra.Command{
		Use:   "check FILE",
		Short: "Validate a jobs file: every mistake with line and column, and the inventories that it names",
		Long: `check reads a jobs file and says all that is wrong with it. If nothing is, it reads the
inventories of the jobs, too. It touches no device and no store.`,
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
	parsed, err := jobs.Parse(content, filepath.Dir(path))
	if err != nil && !errors.As(err, &checked.Errors) {
		return err
	}
	file := jobFile{parsed}
	for _, j := range file.Jobs {
		checked.Jobs = append(checked.Jobs, j.Name)
	}
	checked.Problems = append(checked.Problems, a.inventoryProblems(file)...)
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
		fmt.Fprintf(&text, "job %s can't run: %s\n", foreign.Clean(problem.Job), foreign.Clean(problem.Message))
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
		if err == nil {
			err = a.policyProblem(file.order(j).Settings, inventories[path])
		}
		if err != nil {
			problems = append(problems, jobProblem{j.Name, err.Error()})
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
