package main

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"runtime"
	"sync"

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
			text := fmt.Sprintf("acfix %s (commit %s, %s)\nroot set of %s, rule %s of %s\n",
				version, commit, runtime.Version(), policy.Date, policy.ID, policy.Date)
			return a.show(map[string]string{
				"version": version, "commit": commit, "go": runtime.Version(),
				"root_set": policy.Date, "policy": policy.ID, "policy_date": policy.Date,
			}, text)
		},
	}
}

// Set by the Makefile.
var (
	version = "dev"
	commit  = "unknown"
)

// newID returns a random ID for a plan or a run.
func newID() string {
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails (crypto/rand)
	return hex.EncodeToString(id[:])
}

// processName returns a name that no other process ever had.
var processName = sync.OnceValue(func() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s/%d/%s", host, os.Getpid(), newID())
})
