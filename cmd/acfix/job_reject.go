package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/acfix/acfix/internal/fleet/run"
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
		Short: "Refuse the plan of a run, withdraw its approval, or end a paused run",
		Long: `reject refuses a plan that waits, or withdraws its approval: no job carries it out then. A paused run ends
as stopped, and its reason names the devices that are left; so does the run that carries out a plan, if it is
paused. What was written stays on the devices, and the plan is used.`,
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

func (a *app) reject(opened *store.Store, asked store.Run, rejection store.Rejection) error {
	if rejection.Name == "" {
		rejection.Name = person()
	}
	rejection.Time = a.now()
	asked, err := a.pausedOf(opened, asked)
	if err != nil {
		return err
	}
	entry := web.AuditEntry{Kind: web.AuditReject, Subject: asked.ID, Name: rejection.Name, Reason: rejection.Reason}
	if asked.State == store.RunPaused {
		return a.rejectPaused(opened, asked, rejection, entry)
	}
	err = a.deed(opened, entry, func() error {
		return a.persist(func(ctx context.Context) error { return opened.Reject(ctx, asked.ID, rejection) })
	})
	if errors.Is(err, store.ErrNotWaiting) {
		return a.notWaiting(opened, asked)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "Rejected: plan %s of job %s, by %s.\n",
		asked.ID, foreign.Clean(asked.Job), foreign.Clean(rejection.Name))
	return err
}

// pausedOf returns the paused run that carries out a plan; any other run as it is.
func (a *app) pausedOf(opened *store.Store, of store.Run) (store.Run, error) {
	if of.State != store.RunDone || of.Approval == nil {
		return of, nil
	}
	paused, err := opened.Runs(a.abort, store.Filter{State: string(store.RunPaused)})
	at := slices.IndexFunc(paused, func(one store.Run) bool { return one.PlanRun == of.ID })
	if err != nil || at < 0 {
		return of, err
	}
	return paused[at], nil
}

func (a *app) rejectPaused(opened *store.Store, paused store.Run, by store.Rejection, entry web.AuditEntry) error {
	var now store.Run
	err := a.deed(opened, entry, func() (err error) {
		now, err = a.endPaused(opened, paused.ID, by)
		return err
	})
	switch {
	case errors.Is(err, store.ErrNotWaiting):
		return usage.Errorf("run %s is not paused any more; it is %s", now.ID, now.State).
			Hint("\"acfix report " + now.ID + "\" shows it")
	case err != nil:
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "Ended: run %s of job %s, %s.\n",
		now.ID, foreign.Clean(now.Job), foreign.Clean(now.Reason))
	return err
}

// endPaused ends a paused run and returns it as it is then; store.ErrNotWaiting if another process resumes or ends it
// meanwhile.
func (a *app) endPaused(opened *store.Store, paused string, by store.Rejection) (now store.Run, err error) {
	registry := a.registry()
	registry.Open = a.openKept
	ending := run.Ending{State: store.RunStopped, Exit: exitHalted, Reason: by.Words()}
	if err := registry.EndLeft(paused, ending); err != nil {
		return now, err
	}
	now, err = opened.Run(a.abort, paused)
	if err == nil && (now.State != store.RunStopped || !strings.HasPrefix(now.Reason, by.Words())) {
		err = store.ErrNotWaiting
	}
	return now, err
}
