package main

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"time"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/moment"
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
	command.AddCommand(a.jobListCommand(), a.jobCheckCommand(), a.jobRunCommand(), a.jobApproveCommand(),
		a.jobRejectCommand())
	return command
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
			a.instead = resultDocument
			if j.Action == jobs.Plan {
				a.instead = a.planDocument
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

// userName returns the user of this machine; "" where that is unknown.
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
	_ = opened.SettlePlans(a.abort, a.now()) // it may have expired just now
	if now, err := opened.Run(a.abort, run.ID); err == nil {
		run = now
	}
	wrong := usage.Errorf("run %s does not wait for approval; it is %s", run.ID, run.State)
	switch run.State {
	case store.RunSuperseded, store.RunExpired, store.RunRejected:
		return wrong.Hint(planAgain)
	case store.RunWaiting: // for a right clock
		return usage.Errorf("run %s can't be approved: its plan was made at %s, which is still to come", run.ID,
			moment.Text(run.Created)).Hint("check the clocks; " + planAgain)
	default:
		return wrong.Hint("\"acfix history --state waiting\" lists plans that wait")
	}
}

const planAgain = "run the job that plans again; \"acfix history --state waiting\" lists plans that wait"
