package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/strictyaml"
	"github.com/acfix/acfix/internal/usage"
	"github.com/spf13/cobra"
)

func (a *app) policyCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "policy",
		Short: "The rules that say which roots are required, built in or in files of your own",
		Args:  noSuchCommand,
		RunE:  func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(a.policyListCommand(), a.policyShowCommand(), a.policyCheckCommand())
	return command
}

func (a *app) policyListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the built-in policies",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			var text strings.Builder
			views := []report.ShownPolicy{}
			for _, policy := range certs.BuiltIn() {
				views = append(views, report.ShowPolicy(policy))
				fmt.Fprintf(&text, "%s\n%s", policy.ID, report.PolicyHead(policy))
			}
			document := map[string]any{"schema": "acfix.policies/v1", "default": certs.DefaultPolicy, "policies": views}
			return a.show(document, text.String())
		},
	}
}

// formatYAML is the format of policy files.
const formatYAML = "yaml"

func (a *app) policyShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show [NAME|FILE]",
		Short: "Show a policy; -o yaml prints its file, to begin one of your own with",
		Example: `  acfix policy show
  acfix policy show teams-direct-routing-2023 -o yaml > policy.yaml`,
		Annotations: map[string]string{moreFormats: formatYAML},
		RunE: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) > 1 {
				return usage.Errorf("give one policy").Hint("acfix policy show NAME, or acfix policy show FILE")
			}
			return a.showPolicy(strings.Join(append(arguments, certs.DefaultPolicy)[:1], ""))
		},
	}
}

func (a *app) showPolicy(name string) error {
	policy, text, err := a.policies().FindText(name)
	if err != nil {
		return err
	}
	if a.flags.output != formatYAML {
		return a.show(report.ShowPolicy(policy), report.PolicyText(policy))
	}
	if _, err := a.stdout.Write(text); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// checkedPolicy is the document of "acfix policy check -o json".
type checkedPolicy struct {
	Schema string              `json:"schema"`
	File   string              `json:"file"`
	Status string              `json:"status"` // valid or invalid
	Policy *report.ShownPolicy `json:"policy"` // null for an invalid one
	Errors strictyaml.Errors   `json:"errors"`
	// Foreign are the names of the roots that no built-in policy has: they must be confirmed.
	Foreign  []string `json:"foreign_roots"`
	Warnings []string `json:"warnings"` // about foreign roots; never null
}

func (a *app) policyCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Validate a policy file: every mistake with line and column",
		Long: `check reads a policy file and the files of roots that it names, and says all that is wrong.
It refuses files that others can change. It touches no device.`,
		RunE: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) != 1 {
				return usage.Errorf("give one policy file").Hint("acfix policy check FILE")
			}
			return a.checkPolicy(arguments[0])
		},
	}
}

func (a *app) checkPolicy(path string) error {
	checked := checkedPolicy{
		Schema: "acfix.policy-check/v1", File: path, Status: "valid", Errors: strictyaml.Errors{}, Foreign: []string{},
		Warnings: []string{},
	}
	policy, err := a.policies().Read(path)
	switch {
	case errors.As(err, &checked.Errors):
		checked.Status = "invalid"
	case err != nil:
		return err
	default:
		view := report.ShowPolicy(policy)
		checked.Policy = &view
		for _, root := range policy.Foreign() {
			checked.Foreign = append(checked.Foreign, root.Name)
			if hasNamesake(root) {
				checked.Warnings = append(checked.Warnings, root.Name+": "+ofThatName)
			}
		}
	}
	if err := a.show(checked, checked.text()); err != nil {
		return err
	}
	if checked.Status != "valid" {
		return exitCode(exitUsage)
	}
	return nil
}

func (c checkedPolicy) text() string {
	var text strings.Builder
	for _, wrong := range c.Errors {
		fmt.Fprintf(&text, "%s:%s\n", foreign.Clean(c.File), foreign.Clean(wrong.Error()))
	}
	if c.Policy != nil {
		fmt.Fprintf(&text, "%s is valid; SHA-256: %s\n", foreign.Clean(c.File), c.Policy.SHA256)
	}
	for _, name := range c.Foreign {
		fmt.Fprintf(&text, "  no built-in policy has the root %s; it must be confirmed, or accepted with --trust-policy\n",
			foreign.Clean(name))
	}
	for _, warning := range c.Warnings {
		fmt.Fprintf(&text, "  WARNING: %s\n", foreign.Clean(warning))
	}
	return text.String()
}
