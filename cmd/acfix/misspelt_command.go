package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/usage"
	"github.com/spf13/cobra"
)

// noSuchCommand refuses an unknown subcommand. Showing the help instead would be exit code 0: a timer with a misspelt
// command would seem to do its work.
func noSuchCommand(command *cobra.Command, arguments []string) error {
	if len(arguments) == 0 {
		return nil
	}
	hint := `"` + command.CommandPath() + ` --help" lists the commands`
	if near := nearCommands(command, arguments[0]); len(near) > 0 {
		hint = fmt.Sprintf("did you mean %s? %s", strings.Join(near, " or "), hint)
	}
	if strings.ContainsAny(arguments[0], ".:@/") { // an address may hold a password: it is not repeated
		return usage.Errorf("a command comes first, and %s is none", access.Classify(arguments[0])).
			Hint("\"acfix plan TARGET\" reads a device; " + hint)
	}
	_, below, _ := strings.Cut(command.CommandPath()+" "+arguments[0], " ")
	return usage.Errorf("there is no command %q", below).Hint(hint)
}

// nearCommands returns the commands that a word may mean: those of that name anywhere, or else the subcommands with a
// similar name.
func nearCommands(command *cobra.Command, word string) []string {
	var paths []string
	each(command.Root(), func(other *cobra.Command) {
		if other.IsAvailableCommand() && strings.EqualFold(other.Name(), word) {
			paths = append(paths, strconv.Quote(other.CommandPath()))
		}
	})
	if len(paths) > 0 {
		return paths
	}
	for _, name := range usage.Nearest(word, childNames(command)) {
		paths = append(paths, strconv.Quote(command.CommandPath()+" "+name))
	}
	return paths
}

func childNames(command *cobra.Command) (names []string) {
	for _, child := range command.Commands() {
		if child.IsAvailableCommand() {
			names = append(names, child.Name())
		}
	}
	return names
}

func childOf(command *cobra.Command, name string) *cobra.Command {
	for _, child := range command.Commands() {
		if child.Name() == name {
			return child
		}
	}
	return nil
}

// orCommand refuses an argument that is most likely a misspelt subcommand; otherwise is the hint for an argument that
// was not meant as one.
func orCommand(command *cobra.Command, arguments []string, otherwise string) error {
	if len(arguments) == 0 {
		return nil
	}
	if near := usage.Nearest(arguments[0], childNames(command)); len(near) > 0 {
		_, below, _ := strings.Cut(command.CommandPath()+" "+arguments[0], " ")
		return usage.Errorf("there is no command %q", below).
			Hint(fmt.Sprintf("did you mean %q? %s", command.CommandPath()+" "+near[0], otherwise))
	}
	return nil
}
