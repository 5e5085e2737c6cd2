package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/internal/usage"
	"github.com/spf13/cobra"
)

func (a *app) jobRejectCommand() *cobra.Command {
	var rejection store.Rejection
	command := &cobra.Command{
		Use:   "reject RUN [--reason TEXT]",
		Short: "Refuse the plan of a run, or withdraw its approval; no job carries it out then",
		RunE: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) != 1 {
				return usage.Errorf("give one run").Hint("\"acfix history --state waiting\" lists plans that wait")
			}
			return a.withRun(arguments[0], func(opened *store.Store, run store.Run) error {
				return a.reject(opened, run, rejection)
			})
		},
	}
	command.Flags().StringVar(&rejection.Name, "name", "", "who rejects (default the user of this machine)")
	command.Flags().StringVar(&rejection.Reason, "reason", "", "why, for the Record and the run")
	return command
}

func (a *app) reject(opened *store.Store, run store.Run, rejection store.Rejection) error {
	if rejection.Name == "" {
		rejection.Name = person()
	}
	rejection.Time = a.now()
	entry := web.AuditEntry{Kind: web.AuditReject, Subject: run.ID, Name: rejection.Name, Reason: rejection.Reason}
	err := a.deed(opened, entry, func() error {
		return a.persist(func(ctx context.Context) error { return opened.Reject(ctx, run.ID, rejection) })
	})
	if errors.Is(err, store.ErrNotWaiting) {
		return a.notWaiting(opened, run)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "Rejected: plan %s of job %s, by %s.\n",
		run.ID, foreign.Clean(run.Job), foreign.Clean(rejection.Name))
	return err
}
