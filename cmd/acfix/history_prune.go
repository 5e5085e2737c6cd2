package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/acfix/acfix/internal/usage"
	"github.com/spf13/cobra"
)

func (a *app) historyPruneCommand() *cobra.Command {
	var days int
	var yes bool
	command := &cobra.Command{
		Use:   "prune --older-than-days N",
		Short: "Delete old runs from the store; journals, backups and each device's newest word stay",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			if err := checkAge(days); err != nil {
				return err
			}
			if !yes && !a.stdinIsTerminal {
				return usage.Errorf("there is no terminal to ask at").Hint("add --yes")
			}
			if !yes && !a.askYes(fmt.Sprintf("Delete the runs that ended more than %d days ago?", days)) {
				return exitCode(exitFailed)
			}
			return a.prune(days)
		},
	}
	command.Flags().IntVar(&days, "older-than-days", 0, "runs that ended before so many days")
	command.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return command
}

// checkAge refuses what is no age of records; a number that no calendar has would mean a time to come.
func checkAge(days int) error {
	switch {
	case days < 1:
		return usage.Errorf("--older-than-days must be at least 1").Hint("give --older-than-days 365")
	case days > mostDays:
		return usage.Errorf("--older-than-days is %d at most", mostDays).Hint("give --older-than-days 365")
	default:
		return nil
	}
}

// pruned says how many runs were deleted.
func (a *app) pruned(days int) (runs int, err error) {
	opened, err := a.openSettled()
	if err != nil {
		return 0, err
	}
	defer func() { _ = opened.Close() }()
	err = a.persist(func(ctx context.Context) (err error) {
		runs, err = opened.Prune(ctx, a.now().AddDate(0, 0, -days))
		return err
	})
	return runs, err
}

func (a *app) prune(days int) error {
	pruned, err := a.pruned(days)
	if err != nil && !errors.Is(err, errNothingKept) {
		return err
	}
	document := map[string]any{"schema": "acfix.prune/v1", "runs": pruned}
	return a.show(document, fmt.Sprintf("Runs deleted: %d.\n", pruned))
}
