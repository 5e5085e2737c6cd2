package main

import (
	"errors"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/acfix/acfix/internal/usage"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// misspelt returns the error for a command line that the library could not parse, with what was most likely meant;
// command is the one that the library found. It quotes no value of an unknown flag: that may be a password.
func misspelt(command *cobra.Command, typed []string, err error) error {
	var unknown *pflag.NotExistError
	var valueless *pflag.ValueRequiredError
	var unfit *pflag.InvalidValueError
	var malformed *pflag.InvalidSyntaxError
	switch {
	case errors.As(err, &unknown):
		return unknownFlag(command, typed, unknown)
	case errors.As(err, &valueless):
		flag := valueless.GetFlag()
		return usage.Errorf("--%s needs a value", flag.Name).Hint("--" + flag.Name + " is: " + flag.Usage)
	case errors.As(err, &unfit):
		flag := unfit.GetFlag()
		return usage.Errorf("--%s: %q is %s", flag.Name, unfit.GetValue(), notA[flag.Value.Type()]).
			Hint(valueHint(flag, unfit.GetValue()))
	case errors.As(err, &malformed):
		return usage.Errorf("%s", err).Hint(flagsHint(command))
	default:
		return err
	}
}

// notA says what a value is not, by the type of its flag. Flags of other types accept any text.
var notA = map[string]string{
	"duration": "no time", "int": "no whole number", "bool": "neither true nor false", "stringSlice": "no list",
}

var (
	unitless = regexp.MustCompile(`^[-+]?(\d+(?:\.\d+)?)$`)
	inDays   = regexp.MustCompile(`^(\d{1,5}) ?d(?:ays?)?$`)
)

// valueHint says what a flag accepts instead of a value that it refused.
func valueHint(flag *pflag.Flag, value string) string {
	switch flag.Value.Type() {
	case "duration":
		if number := unitless.FindStringSubmatch(value); number != nil {
			return fmt.Sprintf("give it a unit: %[1]ss, %[1]sm or %[1]sh", number[1])
		}
		if days := inDays.FindStringSubmatch(value); days != nil {
			n, _ := strconv.Atoi(days[1]) // five digits at most
			return fmt.Sprintf("give it in hours: %dh", 24*n)
		}
		return "give a time with its unit, such as 90s, 10m or 2h"
	case "int":
		return "give a number such as 5"
	case "bool":
		return "give --" + flag.Name + " alone, or leave it out"
	default:
		return "--" + flag.Name + " is: " + flag.Usage
	}
}

func flagsHint(command *cobra.Command) string {
	return `"` + command.CommandPath() + ` --help" lists the flags`
}

// unknownFlag returns the error for an unknown flag. If the command itself is misspelt, it blames that: no flag of an
// unknown command is known.
func unknownFlag(command *cobra.Command, typed []string, unknown *pflag.NotExistError) error {
	if word := firstWord(command, typed); word != "" && isGroup(command) && childOf(command, word) == nil {
		return noSuchCommand(command, []string{word})
	}
	name, written := unknown.GetSpecifiedName(), "--"+unknown.GetSpecifiedName()
	if letters := unknown.GetSpecifiedShortnames(); letters != "" {
		written = "-" + name // what follows it may be its value
		if long, _, _ := strings.Cut(letters, "="); command.Flags().Lookup(long) != nil {
			name = long
		}
	}
	if asksForPassword(command, name) {
		return usage.Errorf("no flag takes a password: other users of this machine could read it").Hint(passwordHint)
	}
	return usage.Errorf("unknown flag: %s", written).Hint(meantFlag(command, name))
}

// isGroup reports whether a command does nothing itself, so that a subcommand must follow.
func isGroup(command *cobra.Command) bool {
	own := 0
	command.LocalNonPersistentFlags().VisitAll(func(flag *pflag.Flag) {
		if flag.Name != "help" {
			own++
		}
	})
	return command.HasSubCommands() && own == 0
}

// flagWords returns the words of a command line, up to "--", that are not values of flags.
func flagWords(command *cobra.Command, typed []string) iter.Seq[string] {
	known := allFlags(command)
	return func(yield func(string) bool) {
		for i := 0; i < len(typed) && typed[i] != "--"; i++ {
			word := typed[i]
			if !yield(word) {
				return
			}
			isFlag := strings.HasPrefix(word, "-") && !strings.Contains(word, "=")
			if isFlag && takesValue(known, strings.TrimLeft(word, "-")) {
				i++
			}
		}
	}
}

func takesValue(known []*pflag.Flag, name string) bool {
	return slices.ContainsFunc(known, func(flag *pflag.Flag) bool {
		return (flag.Name == name || flag.Shorthand != "" && flag.Shorthand == name) && flag.NoOptDefVal == ""
	})
}

// firstWord returns the first word after a command that is neither a flag nor a flag's value.
func firstWord(command *cobra.Command, typed []string) string {
	_, rest, _ := command.Root().Find(typed)
	for word := range flagWords(command, rest) {
		if !strings.HasPrefix(word, "-") {
			return word
		}
	}
	return ""
}

// wrongDashes refuses a flag of several letters after one hyphen, which the library takes for a one-letter flag with a
// value, and one after a dash, into which text editors turn two hyphens.
func wrongDashes(root *cobra.Command, typed []string) error {
	if len(typed) > 0 && strings.HasPrefix(typed[0], cobra.ShellCompRequestCmd) {
		return nil
	}
	command, rest, err := root.Find(typed)
	if err != nil {
		return nil
	}
	for word := range flagWords(command, rest) {
		name, _, _ := strings.Cut(strings.TrimLeft(word, "-\u2010\u2011\u2012\u2013\u2014\u2212"), "=")
		written := strings.TrimSuffix(word[:strings.Index(word, name)], "--")
		if flag := command.Flags().Lookup(name); flag != nil && written != "" && len(name) > 1 {
			return usage.Errorf("unknown flag: %s", written+name).Hint("did you mean --" + name + "?")
		}
	}
	return nil
}

// allFlags returns the flags of a command, its subcommands and its parents.
func allFlags(command *cobra.Command) (all []*pflag.Flag) {
	each(command, func(below *cobra.Command) {
		below.InheritedFlags().VisitAll(func(flag *pflag.Flag) { all = append(all, flag) })
		below.LocalFlags().VisitAll(func(flag *pflag.Flag) { all = append(all, flag) })
	})
	return all
}

// passwordHint names the ways to give a password.
const passwordHint = "give --password-file FILE, set ACFIX_PASSWORD, or name its source in the inventory " +
	"(password_file, password_env, password_command); without any of them acfix asks for it"

// passwordWords are names that people try for a password flag, which does not exist.
var passwordWords = []string{"password", "passwd", "passphrase", "pass", "pwd", "pw", "secret", "p"}

// asksForPassword reports whether an unknown flag was meant to hold a password, for a command that needs one.
func asksForPassword(command *cobra.Command, name string) bool {
	if command.Flags().Lookup("password-file") == nil {
		return false
	}
	if slices.Contains(passwordWords, name) {
		return true
	}
	own := usage.Nearest(name, slices.Concat(flagNames(command), passwordWords[:3]))
	if len(own) > 0 {
		return slices.Contains(passwordWords, own[0])
	}
	return strings.HasPrefix(name, passwordWords[0]) // with the password right after it
}

func flagNames(command *cobra.Command) (names []string) {
	command.Flags().VisitAll(func(flag *pflag.Flag) { names = append(names, flag.Name) })
	return names
}

// calledElsewhere maps names that other programs use to our flags.
var calledElsewhere = map[string]string{
	"user": "username", "u": "username", "login": "username", "cacert": "ca-file", "ca": "ca-file", "k": "insecure",
	"n": "dry-run", "check": "dry-run", "y": "yes", "assume-yes": "yes", "hosts": "inventory", "debug": "log-level",
	"format": "output", "json": "output", "forks": "parallel",
}

// meantFlag returns the hint for a flag that a command does not have.
func meantFlag(command *cobra.Command, name string) string {
	hint, own := flagsHint(command), flagNames(command)
	if slices.Contains(own, name) {
		return "did you mean --" + name + "?"
	}
	near := usage.Nearest(name, own)
	if owners := ownersOf(command.Root(), name); owners != "" {
		belongs := dashed(name) + " belongs to " + owners
		if len(near) > 0 {
			return fmt.Sprintf("did you mean --%s? %s", near[0], belongs)
		}
		return belongs
	}
	if near := usage.Nearest(name, childNames(command)); len(near) > 0 {
		return fmt.Sprintf("did you mean %q?", command.CommandPath()+" "+near[0])
	}
	if meant := calledElsewhere[name]; slices.Contains(own, meant) {
		return fmt.Sprintf("did you mean --%s? %s", meant, hint)
	}
	if len(near) > 0 {
		return fmt.Sprintf("did you mean --%s? %s", strings.Join(near, " or --"), hint)
	}
	var others []string
	for _, flag := range allFlags(command.Root()) {
		others = append(others, flag.Name)
	}
	if near := usage.Nearest(name, others); len(near) > 0 {
		return fmt.Sprintf("did you mean --%s? It belongs to %s", near[0], ownersOf(command.Root(), near[0]))
	}
	return hint
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// mostOwners is how many commands are named as the owners of a flag.
const mostOwners = 4

// ownersOf names the commands that have a flag of that name or letter.
func ownersOf(root *cobra.Command, name string) string {
	var owners []string
	each(root, func(command *cobra.Command) {
		flags := command.LocalFlags()
		if flags.Lookup(name) != nil || len(name) == 1 && flags.ShorthandLookup(name) != nil {
			owners = append(owners, strconv.Quote(command.CommandPath()))
		}
	})
	if more := len(owners) - mostOwners; more > 0 {
		owners = append(owners[:mostOwners], fmt.Sprintf("%d more", more))
	}
	return listed(owners)
}

// listed joins words as in a sentence.
func listed(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
