package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/usage"
	"github.com/spf13/cobra"
)

func (a *app) historyCommand() *cobra.Command {
	var filter store.Filter
	command := &cobra.Command{
		Use:   "history",
		Short: "List the runs that are kept, newest first",
		Example: `  acfix history
  acfix history --action apply --limit 5 -o json`,
		RunE: func(command *cobra.Command, arguments []string) error {
			if err := orCommand(command, arguments, "\"acfix report RUN\" shows one run"); err != nil {
				return err
			}
			if len(arguments) > 0 {
				return usage.Errorf("history takes no arguments").
					Hint("\"acfix report " + arguments[0] + "\" shows one run")
			}
			if err := checkFilter(filter); err != nil {
				return err
			}
			return a.history(filter)
		},
	}
	flags := command.Flags()
	flags.IntVar(&filter.Limit, "limit", 20, "how many; 0 is all")
	flags.StringVar(&filter.Action, "action", "", "only these: plan, apply, dry_run or restore")
	flags.StringVar(&filter.Job, "job", "", "only runs of this job")
	flags.StringVar(&filter.State, "state", "", "only these: "+
		strings.Join(runStates[:len(runStates)-1], ", ")+" or "+runStates[len(runStates)-1])
	command.AddCommand(a.historyPruneCommand())
	return command
}

// The words that --state and --action accept.
var (
	runStates  = words(store.RunStates())
	runActions = []string{run.ActionPlan, run.ActionApply, run.ActionDryRun, run.ActionRestore}
)

func checkFilter(filter store.Filter) error {
	if filter.State != "" {
		if err := wellSpelt("state", runStates, filter.State); err != nil {
			return err
		}
	}
	if filter.Action != "" {
		return wellSpelt("action", runActions, filter.Action)
	}
	return nil
}

func (a *app) history(filter store.Filter) error {
	a.instead = listDocument(report.HistorySchema, "runs")
	heads, err := a.heads(filter)
	nothingYet := errors.Is(err, errNothingKept)
	switch {
	case err != nil && !nothingYet:
		return err
	case a.flags.json():
		return report.HistoryJSON(a.stdout, heads)
	case nothingYet:
		_, err := fmt.Fprintln(a.stdout, "There are no runs yet.")
		return err
	default:
		return report.History(a.stdout, heads, a.style(a.stdoutIsTerminal))
	}
}

// heads returns the selected runs, for people with what came of their devices.
func (a *app) heads(filter store.Filter) ([]report.RunHead, error) {
	opened, err := a.openSettled()
	if err != nil {
		return nil, err
	}
	defer func() { _ = opened.Close() }()
	kept := a.ledger(opened)
	heads, err := kept.Heads(a.abort, filter)
	if err != nil || a.flags.json() {
		return heads, err
	}
	for i := range heads {
		if heads[i].Tally, err = kept.Tally(a.abort, heads[i]); err != nil {
			return nil, err
		}
	}
	return heads, nil
}
