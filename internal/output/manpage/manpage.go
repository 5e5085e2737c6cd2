// Package manpage writes the manual pages of a command line, from the texts of its commands and from given sections.
package manpage

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Manual is what all pages of a command line have in common.
type Manual struct {
	Date    time.Time
	Version string
	Title   string // of the manual
	// Sections stand at the end of the first page.
	Sections []Section
	// Groups returns the flags of a command in groups; nil for one that has too few. Without it none has groups.
	Groups func(*cobra.Command) []Group
}

// Group is the flags that belong together.
type Group struct {
	Title string
	Flags *pflag.FlagSet
}

// Section is a list of terms with their meanings.
type Section struct {
	Title, Intro string
	Terms        []Term
}

// Term is one line of a Section.
type Term struct{ Name, Text string }

// Pages returns the pages of a command and all its subcommands, by file name, such as
// "acfix-plan.1". Hidden commands have none.
func (b Manual) Pages(root *cobra.Command) map[string]string {
	pages := map[string]string{name(root) + ".1": b.page(root)}
	for _, command := range below(root) {
		for file, text := range b.Pages(command) {
			pages[file] = text
		}
	}
	return pages
}

func below(command *cobra.Command) []*cobra.Command {
	var shown []*cobra.Command
	for _, child := range command.Commands() {
		if child.IsAvailableCommand() {
			shown = append(shown, child)
		}
	}
	return shown
}

func name(command *cobra.Command) string {
	return strings.ReplaceAll(command.CommandPath(), " ", "-")
}

func (b Manual) page(command *cobra.Command) string {
	r := &roff{}
	r.raw(".TH %s 1 %s %s %s", argument(strings.ToUpper(name(command))), argument(b.Date.UTC().Format(time.DateOnly)),
		argument(command.Root().Name()+" "+b.Version), argument(b.Title))
	r.raw(`.\" Generated from the commands.`)
	r.section("Name")
	r.raw(`%s \- %s`, escaped(name(command)), escaped(command.Short))
	r.section("Synopsis")
	for i, line := range strings.Split(command.UseLine(), " | ") {
		if i > 0 {
			r.raw(".br")
			line = command.Parent().CommandPath() + " " + line
		}
		r.raw(".B %s", escaped(line))
	}
	r.section("Description")
	r.text(longest(command))
	r.terms("Commands", "", commands(command))
	b.options(r, command)
	r.example(command.Example)
	if !command.HasParent() {
		for _, section := range b.Sections {
			r.terms(section.Title, section.Intro, section.Terms)
		}
	}
	r.seeAlso(command)
	return r.written.String()
}

// options writes the flags of a command, in its groups if it has any.
func (b Manual) options(r *roff, command *cobra.Command) {
	var groups []Group
	if b.Groups != nil {
		groups = b.Groups(command)
	}
	if groups == nil {
		r.terms("Options", "", options(command.NonInheritedFlags()))
		r.terms("Common options", "", options(command.InheritedFlags()))
		return
	}
	r.section("Options")
	for _, group := range groups {
		r.raw(".SS %s", escaped(group.Title))
		r.list(options(group.Flags))
	}
}

func longest(command *cobra.Command) string {
	if command.Long != "" {
		return command.Long
	}
	return command.Short + "."
}

func commands(command *cobra.Command) []Term {
	var terms []Term
	for _, child := range below(command) {
		terms = append(terms, Term{name(child) + "(1)", child.Short})
	}
	return terms
}

func options(flags *pflag.FlagSet) []Term {
	var terms []Term
	flags.VisitAll(func(flag *pflag.Flag) {
		if !flag.Hidden {
			terms = append(terms, option(flag))
		}
	})
	return terms
}

func option(flag *pflag.Flag) Term {
	placeholder, usage := pflag.UnquoteUsage(flag)
	name := "--" + flag.Name
	if flag.Shorthand != "" {
		name = "-" + flag.Shorthand + ", " + name
	}
	if placeholder != "" {
		name += " " + strings.ToUpper(placeholder)
	}
	switch flag.DefValue {
	case "", "false", "0", "0s", "[]":
	default:
		usage += fmt.Sprintf(" (default %s)", flag.DefValue)
	}
	return Term{name, usage}
}
