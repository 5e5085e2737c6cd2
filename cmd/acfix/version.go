package main

import (
	"fmt"
	"runtime"

	"github.com/acfix/acfix/certs"
	"github.com/spf13/cobra"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Version, commit, Go, and the dates of the root set and the rule",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			policy := certs.TeamsPolicy()
			if a.flags.json() {
				return writeJSON(a.stdout, map[string]string{
					"version": version, "commit": commit, "go": runtime.Version(),
					"root_set": certs.RootSetDate, "policy": policy.ID, "policy_date": policy.Date,
				})
			}
			_, err := fmt.Fprintf(a.stdout, "acfix %s (commit %s, %s)\nroot set of %s, rule %s of %s\n",
				version, commit, runtime.Version(), certs.RootSetDate, policy.ID, policy.Date)
			return err
		},
	}
}
