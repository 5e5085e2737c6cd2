package main

import (
	"slices"
	"strings"

	"github.com/acfix/acfix/internal/output/explain"
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

// each visits a command and all its subcommands.
func each(command *cobra.Command, visit func(*cobra.Command)) {
	visit(command)
	for _, child := range command.Commands() {
		each(child, visit)
	}
}

func words[W ~string](list []W) []string {
	all := make([]string, 0, len(list))
	for _, word := range list {
		all = append(all, string(word))
	}
	return all
}

// wellSpelt refuses a word in a flag's value that can't select anything: it is most likely misspelt.
func wellSpelt(flag string, known []string, given ...string) error {
	for _, word := range given {
		if !slices.Contains(known, word) {
			return usage.Errorf("--%s: there is no %q", flag, word).
				Hint(usage.DidYouMean(word, known, "give one of: "+strings.Join(known, ", ")))
		}
	}
	return nil
}

// codes returns the codes that devices of plans and runs can have.
func codes() []string { return explain.Codes(explain.Error, explain.Finding) }
