package main

import (
	"errors"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/moment"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/spf13/cobra"
)

func (a *app) jobListCommand() *cobra.Command {
	var path string
	command := &cobra.Command{
		Use:   "list --jobs FILE",
		Short: "List the jobs and when their time comes next",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			listed, err := a.readJobs(path)
			if err != nil {
				return err
			}
			return a.showJobs(listed)
		},
	}
	command.Flags().StringVar(&path, "jobs", "", "the jobs file")
	return command
}

// listedJob is one job in the document of "acfix job list -o json".
type listedJob struct {
	Name      string `json:"name"`
	Action    string `json:"action"`
	Schedule  string `json:"schedule"`
	TimeZone  string `json:"time_zone"`
	Next      string `json:"next"` // RFC 3339; "" for a job that runs only on request
	Inventory string `json:"inventory"`
	PlanJob   string `json:"plan_job"` // whose approved plan is carried out; "" for none
	Problem   string `json:"problem"`  // why the job can't run; "" for none
	// Plan is what a job with a PlanJob carries out next, or what waits for approval; nil for nothing.
	Plan *listedPlan `json:"plan"`
}

// listedPlan is a paused run of a job, or an approved or waiting plan of its plan job.
type listedPlan struct {
	Run    string `json:"run"`
	State  string `json:"state"`
	Until  string `json:"until"` // RFC 3339; when it is too old
	Reason string `json:"reason"`
}

// listedRetention is what serve deletes by schedule.
type listedRetention struct {
	Schedule string `json:"schedule"`
	TimeZone string `json:"time_zone"`
	Next     string `json:"next"`    // RFC 3339
	Deletes  string `json:"deletes"` // in words
}

func (a *app) listedRetention(rules jobs.Retention) *listedRetention {
	next := rules.Schedule.Next(a.now())
	if next.IsZero() {
		return nil
	}
	return &listedRetention{
		Schedule: rules.Schedule.Text, TimeZone: rules.Schedule.Zone.String(), Next: next.Format(time.RFC3339),
		Deletes: retained(rules),
	}
}

func (a *app) showJobs(file jobFile) error {
	plans, err := a.listedPlans(file)
	if err != nil {
		a.warn("the plans of the jobs are not known: " + err.Error())
	}
	problems := a.inventoryProblems(file)
	messages := map[string]string{}
	for _, problem := range problems {
		messages[problem.Job] = problem.Message
	}
	listed := make([]listedJob, 0, len(file.Jobs))
	for _, j := range file.Jobs {
		entry := listedJob{
			Name: j.Name, Action: string(j.Action), Schedule: j.Schedule.Text,
			Inventory: file.InventoryPath(j), PlanJob: j.PlanJob, Plan: plans[j.Name],
			Problem: messages[j.Name],
		}
		if next := jobs.Next(j, a.now()); !next.IsZero() {
			entry.Next, entry.TimeZone = next.Format(time.RFC3339), j.Schedule.Zone.String()
		}
		listed = append(listed, entry)
	}
	retention := a.listedRetention(file.Retention)
	if a.flags.json() {
		document := map[string]any{"schema": "acfix.jobs/v1", "jobs": listed, "retention": retention}
		return writeJSON(a.stdout, document)
	}
	table := tabwriter.NewWriter(a.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "JOB\tACTION\tSCHEDULE\tNEXT\tINVENTORY")
	for _, j := range listed {
		schedule, next := "when told to", "-"
		if j.Next != "" {
			schedule, next = j.Schedule+" "+j.TimeZone, moment.RestatedIn(j.Next, j.TimeZone)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n",
			foreign.Clean(j.Name), j.Action, schedule, next, foreign.Clean(j.Inventory))
	}
	if retention != nil {
		const text = "retention: %s %s, next %s, deletes %s\n"
		fmt.Fprintf(table, text, retention.Schedule, retention.TimeZone,
			moment.RestatedIn(retention.Next, retention.TimeZone), retention.Deletes)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	a.warnOfInventories(problems)
	return a.showPlans(listed)
}

func (a *app) showPlans(listed []listedJob) error {
	for _, j := range listed {
		if j.Plan == nil {
			continue
		}
		text := fmt.Sprintf("%s: run %s is %s, until %s", j.Name, j.Plan.Run, j.Plan.State, moment.Restated(j.Plan.Until))
		if j.Plan.Reason != "" {
			text += " (" + j.Plan.Reason + ")"
		}
		if _, err := fmt.Fprintln(a.stdout, foreign.Clean(text)); err != nil {
			return err
		}
	}
	return nil
}

// listedPlans returns the plans of jobs that need an approval, by the job's name.
func (a *app) listedPlans(file jobFile) (map[string]*listedPlan, error) {
	plans := map[string]*listedPlan{}
	if !slices.ContainsFunc(file.Jobs, func(j jobs.Job) bool { return j.PlanJob != "" }) {
		return plans, nil
	}
	opened, err := a.openSettled()
	if errors.Is(err, errNothingKept) {
		return plans, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = opened.Close() }()
	for _, j := range file.Jobs {
		if j.PlanJob == "" {
			continue
		}
		if plans[j.Name], err = a.listedPlan(opened, j); err != nil {
			return nil, err
		}
	}
	return plans, nil
}

func (a *app) listedPlan(opened *store.Store, j jobs.Job) (*listedPlan, error) {
	for _, filter := range []store.Filter{
		{Job: j.Name, State: string(store.RunPaused), Limit: 1},
		{Job: j.PlanJob, State: string(store.RunApproved), Limit: 1},
		{Job: j.PlanJob, State: string(store.RunWaiting), Limit: 1},
	} {
		found, err := opened.Runs(a.abort, filter)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			run := found[0]
			return &listedPlan{
				Run: run.ID, State: string(run.State), Reason: run.Reason, Until: run.Expires().UTC().Format(time.RFC3339),
			}, nil
		}
	}
	return nil, nil
}
