package main

import (
	"cmp"
	"time"

	"github.com/acfix/acfix/internal/usage"
	"github.com/spf13/cobra"
)

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "acfix",
		Short: "Give AudioCodes SBCs the trusted roots that Teams Direct Routing asks for",
		Long: `acfix finds the Teams leg of an AudioCodes SBC, reports which of the root
certificates that Microsoft requires its TLS Context lacks, adds them over REST, and
verifies the result by reading the device again.

Start with "acfix plan": it only reads.`,
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(command *cobra.Command, _ []string) error {
			a.flags.onRecord = flagsOnRecord(command.Flags())
			a.flags.timeoutGiven = command.Flags().Changed("timeout")
			if err := a.level.UnmarshalText([]byte(a.flags.logLevel)); err != nil {
				return usage.Errorf("there is no log level %q", a.flags.logLevel).
					Hint(usage.DidYouMean(a.flags.logLevel, logLevels, "give debug, info, warn or error"))
			}
			return cmp.Or(filled(command.Flags()), a.flags.check(command), a.trustOwners())
		},
		Args: noSuchCommand,
		RunE: func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	flags := root.PersistentFlags()
	flags.StringVarP(&a.flags.output, "output", "o", "text",
		"text or json; plan and apply also jsonl, an event per line as it happens")
	flags.DurationVar(&a.flags.timeout, "timeout", 60*time.Second,
		"time limit of one request; 120s for configuration, imports and save unless this is given")
	flags.DurationVar(&a.flags.retryFor, "retry-for", 2*time.Minute,
		"how long to try again when a device is busy or a read fails")
	flags.StringVar(&a.flags.backupDir, "backup-dir", "", "where backups go (default below the user's state directory)")
	flags.StringVar(&a.flags.store, "store", "",
		"where runs are kept: sqlite:PATH or postgres://... (default a file below the user's state directory)")
	flags.StringVar(&a.flags.logLevel, "log-level", "warn", "debug, info, warn or error; logs go to stderr")
	flags.StringVar(&a.flags.trustOwner, "trust-owner", "",
		"number of another user whose jobs files, policies, keys, passwords, "+
			"tokens and inventories with a password_command are trusted (or ACFIX_TRUST_OWNER)")
	flags.BoolVar(&a.flags.noColor, "no-color", false, "no colour, as with NO_COLOR set")
	flags.BoolVarP(&a.flags.quiet, "quiet", "q", false, "no progress on stderr")
	root.AddCommand(
		a.planCommand(), a.applyCommand(), a.showCommand(), a.backupCommand(), a.restoreCommand(),
		a.doctorCommand(), a.historyCommand(), a.reportCommand(), a.deviceCommand(), a.jobCommand(), a.serveCommand(),
		a.workerCommand(), a.inventoryCommand(), a.policyCommand(), a.rootsCommand(), a.certCommand(), a.probeCommand(),
		a.dnsCommand(), a.tokenCommand(), a.versionCommand(),
	)
	root.AddCommand(a.packageCommand(), a.explainCommand(), a.manCommand())
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetUsageFunc(a.usageOf)
	root.InitDefaultCompletionCmd() // keeps the output that is set now
	refuseOthers(root, "completion")
	root.InitDefaultHelpCmd()
	childOf(root, "help").Args = noSuchTopic
	a.completeAll(root)
	return root
}

// refuseOthers makes one of the library's own commands refuse unknown subcommands.
func refuseOthers(root *cobra.Command, name string) {
	for _, command := range root.Commands() {
		if command.Name() == name {
			command.Args = noSuchCommand
			command.RunE = func(command *cobra.Command, _ []string) error { return command.Help() }
		}
	}
}

// noSuchTopic refuses help for a command that does not exist.
func noSuchTopic(help *cobra.Command, arguments []string) error {
	command, rest, err := help.Root().Find(arguments)
	if err != nil || !command.HasSubCommands() {
		return err
	}
	return noSuchCommand(command, rest)
}
