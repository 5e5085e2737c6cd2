package main

import (
	"github.com/acfix/acfix/internal/usage"
	"github.com/spf13/cobra"
)

func noArguments(command *cobra.Command, arguments []string) error {
	if len(arguments) > 0 {
		return usage.Errorf("%q is not expected here", arguments[0]).
			Hint("\"" + command.CommandPath() + " --help\" shows the usage")
	}
	return nil
}

func oneFile(command *cobra.Command, arguments []string) error {
	if len(arguments) != 1 {
		return usage.Errorf("%s takes one file, not %d", command.CommandPath(), len(arguments)).Hint("name one file")
	}
	return nil
}

func oneInventory(_ *cobra.Command, arguments []string) error {
	if len(arguments) != 1 {
		return usage.Errorf("%d inventories are named instead of one", len(arguments)).
			Hint("give the file of one inventory")
	}
	return nil
}

// each visits a command and all below it.
func each(command *cobra.Command, visit func(*cobra.Command)) {
	visit(command)
	for _, child := range command.Commands() {
		each(child, visit)
	}
}
