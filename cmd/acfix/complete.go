package main

import (
	"slices"
	"strings"

	"github.com/acfix/acfix/internal/checks/dns"
	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Completion only reads files and the store. It never asks, and silently leaves out what it can't find: a message
// would land in the middle of a command line. Its words are safe on that line: a file whose names of devices, tags or
// jobs hold characters that are special to a shell is refused.

// completeAll tells the shell how to complete the arguments and flags of all commands.
// docs/design/output.md: Completion only reads and stays silent
func (a *app) completeAll(root *cobra.Command) {
	arguments := map[string]cobra.CompletionFunc{
		"acfix plan": orFiles(a.completeDevices), "acfix package": orFiles(a.completeDevices),
		"acfix apply": orFiles(a.completeDevices), "acfix backup": a.completeDevices,
		"acfix doctor": a.completeDevices, "acfix cert check": orFiles(a.completeDevices),
		"acfix show": orFiles(a.completeRuns("")), "acfix report": a.completeRuns(""),
		"acfix job approve": a.completeRuns(store.RunWaiting), "acfix job run": a.completeJobs,
		"acfix job reject": a.completeRuns(store.RunWaiting),
		"acfix explain":    once(explained),
	}
	flags := map[string]cobra.CompletionFunc{
		"limit": a.completeLimit, "resume": a.completeRuns(""), "output": completeFormats,
		"log-level": oneOf(logLevels...), "tls-min": oneOf("1.0", "1.1", "1.2", "1.3"),
		"profile": completeProfiles, "action": oneOf(runActions...),
		"state": oneOf(runStates...), "format": oneOf(inventory.Formats()...),
		"verdict": several(func() []string { return words(remediate.Verdicts()) }),
		"status":  several(func() []string { return words(remediate.Statuses()) }),
		"finding": several(codes),
	}
	each(root, func(command *cobra.Command) {
		if complete, known := arguments[command.CommandPath()]; known {
			command.ValidArgsFunction = complete
		} else if !strings.Contains(command.Use, " ") {
			command.ValidArgsFunction = cobra.NoFileCompletions
		}
		command.LocalFlags().VisitAll(func(flag *pflag.Flag) {
			if complete, known := flags[flag.Name]; known && flag.Value.Type() != "int" {
				_ = command.RegisterFlagCompletionFunc(flag.Name, complete) // registered once
			}
		})
	})
}

const noFiles = cobra.ShellCompDirectiveNoFileComp

func oneOf(words ...string) cobra.CompletionFunc { return cobra.FixedCompletions(words, noFiles) }

// completeProfiles completes --profile, whose values differ between the two commands that have it.
func completeProfiles(command *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	if command.CommandPath() == "acfix dns check" {
		return dns.ProfileNames(), noFiles
	}
	return profileNames(), noFiles
}

// once completes only the first argument.
func once(words func() []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, arguments []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(arguments) > 0 {
			return nil, noFiles
		}
		return words(), noFiles
	}
}

// orFiles offers files if no other word fits.
func orFiles(complete cobra.CompletionFunc) cobra.CompletionFunc {
	return func(command *cobra.Command, arguments []string, typed string) ([]string, cobra.ShellCompDirective) {
		words, _ := complete(command, arguments, typed)
		return words, cobra.ShellCompDirectiveDefault
	}
}

// several completes the last word of a comma-separated list. Only completion asks for the words: each start of the
// program would pay for them otherwise.
func several(words func() []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		return behindCommas(typed, words()), noFiles | cobra.ShellCompDirectiveNoSpace
	}
}

func behindCommas(typed string, words []string) []string {
	at := strings.LastIndex(typed, ",") + 1
	before, last := typed[:at], typed[at:]
	var completed []string
	for _, word := range words {
		if strings.HasPrefix(word, last) && !slices.Contains(strings.Split(before, ","), word) {
			completed = append(completed, before+word)
		}
	}
	return completed
}

func (a *app) completeDevices(
	command *cobra.Command, arguments []string, typed string,
) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, name := range a.inventoryWords(command, false) {
		if strings.HasPrefix(name, typed) && !slices.Contains(arguments, name) {
			names = append(names, name)
		}
	}
	return names, noFiles
}

func (a *app) completeLimit(command *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	return behindCommas(typed, a.inventoryWords(command, true)), noFiles | cobra.ShellCompDirectiveNoSpace
}

// inventoryWords returns the names of the devices in the inventory of -i, and its tags.
func (a *app) inventoryWords(command *cobra.Command, tags bool) []string {
	path, err := command.Flags().GetString("inventory")
	if err != nil || path == "" {
		return nil
	}
	if a.trustOwners() != nil {
		return nil
	}
	read, err := access.ReadInventory(path, a.guard)
	if err != nil {
		return nil
	}
	var names, tagged []string
	for _, device := range read.Devices {
		names = append(names, device.Name)
		for _, tag := range device.Tags {
			tagged = append(tagged, "tag:"+tag)
		}
	}
	if tags {
		slices.Sort(tagged)
		names = append(names, slices.Compact(tagged)...)
	}
	return names
}

func (a *app) completeJobs(command *cobra.Command, arguments []string, _ string) ([]string, cobra.ShellCompDirective) {
	path, err := command.Flags().GetString("jobs")
	if err != nil || path == "" || len(arguments) > 0 || a.trustOwners() != nil {
		return nil, noFiles
	}
	jobs, err := a.readJobs(path)
	if err != nil {
		return nil, noFiles
	}
	var names []string
	for _, job := range jobs.Jobs {
		names = append(names, job.Name)
	}
	return names, noFiles
}

func completeFormats(command *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	return formatsOf(command), noFiles
}

// described returns a word with the text that the shell shows beside it.
func described(word, text string) string {
	return cobra.CompletionWithDesc(word, strings.ReplaceAll(foreign.Clean(text), "\t", " "))
}
