package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/moment"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/spf13/cobra"
)

// completionTime is how long a person waits for a store that does not answer.
const completionTime = 2 * time.Second

// mostRuns is how many runs are offered, the newest first.
const mostRuns = 50

// completeRuns completes the ID of a run in a state; "" for any.
func (a *app) completeRuns(state store.RunState) cobra.CompletionFunc {
	return func(_ *cobra.Command, arguments []string, _ string) ([]string, cobra.ShellCompDirective) {
		directive := noFiles | cobra.ShellCompDirectiveKeepOrder
		if len(arguments) > 0 {
			return nil, directive
		}
		var ids []string
		for _, run := range a.newestRuns(state) {
			created := moment.Text(run.Created)
			ids = append(ids, described(run.ID, strings.Join([]string{run.Action, string(run.State), created}, ", ")))
		}
		return ids, directive
	}
}

// newestRuns reads the store if there is one, and does not create it.
func (a *app) newestRuns(state store.RunState) []store.Run {
	url, err := a.storeURL()
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(a.abort, completionTime)
	defer cancel()
	opened, err := store.OpenExisting(ctx, url)
	if err != nil {
		return nil
	}
	defer func() { _ = opened.Close() }()
	runs, err := opened.Runs(ctx, store.Filter{State: string(state), Limit: mostRuns})
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(runs, func(run store.Run) bool {
		return run.State == store.RunWaiting && a.now().After(run.Expires())
	})
}
