package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/acfix/acfix/internal/output/manpage"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagGroups are the groups in which --help and the manual pages show the flags of a command that has many, by the
// question that a flag answers. A flag means the same in every command, so its name says its group.
var flagGroups = []struct {
	title string
	flags []string
}{
	{"Which devices", []string{
		"inventory", "limit", "resume", "run", "url", "jobs", "roots-file", "cloud", "node", "domain", "pool", "federation",
		"fqdn", "server-name", "ipv4", "ipv6", "resolver", "source",
	}},
	{"Login and trust", []string{
		"username", "password-file", "pin", "ca-file", "insecure", "tls-min", "legacy-ciphers", "client-cert", "client-key",
		"proxy", "trust-owner", "plan-key", "identity", "backup-recipient", "package-password-file", "cert", "key", "roots",
		"trust", "trust-policy", "tls-cert", "tls-key", "token-file", "view-without-login",
	}},
	{"How fast and when", []string{
		"parallel", "batch", "soak", "pause", "window", "max-failures", "max-unreachable", "timeout", "retry-for",
		"lock-timeout", "lease", "workers", "tries", "interval",
	}},
	{"What to decide", []string{
		"yes", "dry-run", "proxy-set", "sip-interface", "tls-context", "policy", "all-roots", "include-non-mtls",
		"save-unsaved", "allow-shared-context", "allow-default-context", "no-cert-check", "max-age", "confirm-serial",
		"profile", "firmware", "online", "require-ok", "warn-days", "write",
	}},
	{"Output", []string{
		"output", "verbose", "quiet", "detailed-exitcode", "out", "dir", "bundle", "backup-dir", "store", "log-level",
		"no-color", "listen", "health-listen", "textfile", "help",
	}},
}

// manyFlags is the number of own flags from which a command shows them in groups.
const manyFlags = 10

// groupsOf returns the flags of a command in groups, in the order of the table; nil for a command with few. Flags
// without a group come last.
func groupsOf(command *cobra.Command) []manpage.Group {
	command.InitDefaultHelpFlag()
	own, groups := 0, map[string]*pflag.FlagSet{}
	command.LocalFlags().VisitAll(func(flag *pflag.Flag) {
		if !flag.Hidden {
			own++
		}
	})
	if own < manyFlags || !command.HasParent() {
		return nil
	}
	add := func(flag *pflag.Flag) {
		title := groupOfFlag(flag.Name)
		if groups[title] == nil {
			groups[title] = pflag.NewFlagSet(title, pflag.ContinueOnError)
		}
		groups[title].AddFlag(flag)
	}
	command.LocalFlags().VisitAll(add)
	command.InheritedFlags().VisitAll(add)
	var all []manpage.Group
	for _, group := range flagGroups {
		if flags := groups[group.title]; flags != nil && flags.HasAvailableFlags() {
			all = append(all, manpage.Group{Title: group.title, Flags: inOrder(flags, group.flags)})
		}
	}
	if flags := groups[otherFlags]; flags != nil {
		all = append(all, manpage.Group{Title: otherFlags, Flags: flags})
	}
	return all
}

const otherFlags = "Other"

func groupOfFlag(name string) string {
	for _, group := range flagGroups {
		if slices.Contains(group.flags, name) {
			return group.title
		}
	}
	return otherFlags
}

// inOrder returns the flags in the order of their table, the most used first.
func inOrder(flags *pflag.FlagSet, names []string) *pflag.FlagSet {
	sorted := pflag.NewFlagSet("", pflag.ContinueOnError)
	sorted.SortFlags = false
	for _, name := range names {
		if flag := flags.Lookup(name); flag != nil {
			sorted.AddFlag(flag)
		}
	}
	return sorted
}

// usageOf writes what follows the description in the help of a command: as the library does, but with flags in groups,
// and folded to the width of a terminal.
func (a *app) usageOf(command *cobra.Command) error {
	var text strings.Builder
	text.WriteString("Usage:")
	if command.Runnable() {
		text.WriteString("\n  " + command.UseLine())
	}
	if command.HasAvailableSubCommands() {
		text.WriteString("\n  " + command.CommandPath() + " [command]")
	}
	if command.HasExample() {
		text.WriteString("\n\nExamples:\n" + command.Example)
	}
	if command.HasAvailableSubCommands() {
		text.WriteString("\n\nAvailable Commands:")
		for _, child := range command.Commands() {
			if child.IsAvailableCommand() || child.Name() == "help" {
				fmt.Fprintf(&text, "\n  %-*s %s", child.NamePadding(), child.Name(), child.Short)
			}
		}
	}
	groups := groupsOf(command)
	if groups == nil {
		groups = []manpage.Group{{Title: "Flags", Flags: command.LocalFlags()}, {Title: "Global Flags", Flags: command.InheritedFlags()}}
	}
	for _, group := range groups {
		if group.Flags.HasAvailableFlags() {
			usages := strings.TrimRight(group.Flags.FlagUsagesWrapped(a.style(a.stdoutIsTerminal).Width), " \n")
			text.WriteString("\n\n" + group.Title + ":\n" + usages)
		}
	}
	if command.HasAvailableSubCommands() {
		fmt.Fprintf(&text, "\n\nUse \"%s [command] --help\" for more information about a command.", command.CommandPath())
	}
	_, err := fmt.Fprintln(command.OutOrStderr(), text.String())
	return err
}
