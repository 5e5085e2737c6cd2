package main

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"text/tabwriter"
	"time"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/internal/usage"
	"github.com/spf13/cobra"
)

func (a *app) jobCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "job",
		Short: "Run the jobs of a jobs file, and approve their plans",
		Args:  noSuchCommand,
		RunE:  func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(a.jobListCommand(), a.jobCheckCommand(), a.jobRunCommand(), a.jobApproveCommand())
	return command
}

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
}

func (a *app) showJobs(file jobFile) error {
	problems := map[string]string{}
	for _, problem := range a.inventoryProblems(file) {
		problems[problem.Job] = problem.Message
	}
	listed := make([]listedJob, 0, len(file.Jobs))
	for _, j := range file.Jobs {
		entry := listedJob{
			Name: j.Name, Action: string(j.Action), Schedule: j.Schedule.Text,
			Inventory: file.InventoryPath(j), PlanJob: j.PlanJob, Problem: problems[j.Name],
		}
		if next := jobs.Next(j, a.now()); !next.IsZero() {
			entry.Next, entry.TimeZone = next.Format(time.RFC3339), j.Schedule.Zone.String()
		}
		listed = append(listed, entry)
	}
	if a.flags.json() {
		return writeJSON(a.stdout, map[string]any{"schema": "acfix.jobs/v1", "jobs": listed})
	}
	table := tabwriter.NewWriter(a.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "JOB\tACTION\tSCHEDULE\tNEXT\tINVENTORY")
	for _, j := range listed {
		schedule, next := "when told to", "-"
		if j.Next != "" {
			schedule, next = j.Schedule+" "+j.TimeZone, j.Next
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n",
			foreign.Clean(j.Name), j.Action, schedule, next, foreign.Clean(j.Inventory))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	a.warnOfInventories(file)
	return nil
}

func (a *app) jobRunCommand() *cobra.Command {
	var path string
	command := &cobra.Command{
		Use:   "run NAME --jobs FILE",
		Short: "Run a job now, for cron, systemd, Kubernetes or a person",
		Long: `run does what the job says, without asking: the author of the jobs file has decided. Its
exit code is that of "acfix plan" or "acfix apply", and 3 when the job needs an approved plan
and there is none.`,
		Annotations: map[string]string{moreFormats: formatLines},
		RunE: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) != 1 {
				return usage.Errorf("give the name of one job").Hint("\"acfix job list\" shows the jobs")
			}
			listed, err := a.readJobs(path)
			if err != nil {
				return err
			}
			j, err := listed.find(arguments[0])
			if err != nil {
				return err
			}
			runner := jobRunner{app: a, file: listed}
			return a.asExit(runner.run(j, time.Time{}))
		},
	}
	command.Flags().StringVar(&path, "jobs", "", "the jobs file")
	command.Flags().DurationVar(&a.flags.lease, "lease", store.DefaultTerm,
		"how long a lease on a device lasts without renewal, in a shared store")
	a.registerRecipients(command.Flags())
	return command
}

// asExit turns a missing approval into exit code 3: it needs a person, but nothing failed.
func (a *app) asExit(err error) error {
	if errors.Is(err, errNoApproval) {
		a.complain(usage.Errorf("%s", err).
			Hint("\"acfix history --state waiting\" lists plans; " +
				"approve one with: acfix job approve RUN --name NAME --change NUMBER"))
		return exitCode(exitBlocked)
	}
	return err
}

func (a *app) jobApproveCommand() *cobra.Command {
	var approval store.Approval
	command := &cobra.Command{
		Use:   "approve RUN --name NAME --change NUMBER",
		Short: "Approve the plan of a run; an apply job then carries out exactly that plan",
		RunE: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) != 1 {
				return usage.Errorf("give one run").Hint("\"acfix history --state waiting\" lists plans that wait")
			}
			if approval.Name == "" {
				approval.Name = userName()
			}
			if approval.Name == "" || approval.Change == "" {
				return usage.Errorf("an approval names a person and a change").Hint("give --name and --change")
			}
			return a.withRun(arguments[0], func(opened *store.Store, run store.Run) error {
				return a.approve(opened, run, approval)
			})
		},
	}
	command.Flags().StringVar(&approval.Name, "name", "", "who approves (default the user of this machine)")
	command.Flags().StringVar(&approval.Change, "change", "", "number of the change that this belongs to")
	return command
}

func userName() string {
	known, err := user.Current()
	if err != nil {
		return ""
	}
	return known.Username
}

func (a *app) approve(opened *store.Store, run store.Run, approval store.Approval) error {
	approval.Time = a.now()
	entry := web.AuditEntry{Kind: web.AuditApprove, Subject: run.ID, Name: approval.Name, Change: approval.Change}
	err := a.deed(opened, entry, func() error {
		return a.persist(func(ctx context.Context) error { return opened.Approve(ctx, run.ID, approval) })
	})
	if errors.Is(err, store.ErrNotWaiting) {
		return a.notWaiting(opened, run)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "Approved: plan %s of job %s, by %s, change %s.\n",
		run.ID, foreign.Clean(run.Job), foreign.Clean(approval.Name), foreign.Clean(approval.Change))
	return err
}

// notWaiting returns the error for a run in another state, read again: another person may have been faster.
func (a *app) notWaiting(opened *store.Store, run store.Run) error {
	if now, err := opened.Run(a.abort, run.ID); err == nil {
		run = now
	}
	return usage.Errorf("run %s does not wait for approval; it is %s", run.ID, run.State).
		Hint("\"acfix history --state waiting\" lists plans that wait")
}
