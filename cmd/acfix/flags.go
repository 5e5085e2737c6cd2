package main

import (
	"slices"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/usage"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// commonFlags are the flags that every command takes.
type commonFlags struct {
	output     string
	timeout    time.Duration
	retryFor   time.Duration
	backupDir  string
	store      string
	lease      time.Duration // of commands that share a store with others
	recipients recipients    // who may open backups; all others can't
	logLevel   string
	trustOwner string
	noColor    bool
	quiet      bool
	verbose    bool // of plan and apply: every device in full

	timeoutGiven bool
	onRecord     []string // the flags that were given, as runs keep them
}

func (f commonFlags) check(command *cobra.Command) error {
	formats := formatsOf(command)
	switch {
	case !slices.Contains(formats, f.output):
		return usage.Errorf("there is no output format %q", f.output).
			Hint(usage.DidYouMean(f.output, formats, "give one of: "+strings.Join(formats, ", ")))
	case f.timeout <= 0:
		return usage.Errorf("--timeout must be positive").Hint("give a time such as 90s")
	case f.recipients.err != nil:
		return usage.Errorf("--backup-recipient: %s", f.recipients.err).
			Hint("give what age-keygen shows as the public key")
	case f.retryFor < 0:
		return usage.Errorf("--retry-for can't be negative").Hint("give a time such as 2m, or 0 to never try again")
	default:
		return nil
	}
}

// logLevels are what --log-level takes.
var logLevels = []string{"debug", "info", "warn", "error"}

// filled refuses a flag with an empty value: it comes from a variable that is not set, and an empty --limit or
// --window would mean no limit or no window.
func filled(flags *pflag.FlagSet) (err error) {
	flags.Visit(func(flag *pflag.Flag) {
		if flag.Value.Type() == "string" && flag.Value.String() == "" {
			err = usage.Errorf("--%s is empty", flag.Name).Hint("give it a value, or leave it out")
		}
	})
	return err
}

// formatsOf returns the output formats of a command.
func formatsOf(command *cobra.Command) []string {
	return append([]string{"text", formatJSON}, strings.Fields(command.Annotations[moreFormats])...)
}

func (f commonFlags) json() bool { return f.output == formatJSON }

// longTimeout returns the time limit of requests that take a device long.
func (f commonFlags) longTimeout() time.Duration {
	if f.timeoutGiven {
		return f.timeout
	}
	return 120 * time.Second
}

// moreFormats is the annotation of a command that has more formats than text and json.
const moreFormats = "formats"

func registerVerbose(flags *pflag.FlagSet, verbose *bool) {
	flags.BoolVarP(verbose, "verbose", "v", false, "every device in full, also of many")
}

// Output formats besides text.
const (
	formatJSON  = "json"
	formatLines = "jsonl"
)

func registerPlanKey(flags *pflag.FlagSet, keyFile *string) {
	flags.StringVar(keyFile, "plan-key", "",
		"file with the key that plans are sealed with, to share them between machines")
}
