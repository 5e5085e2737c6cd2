package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/moment"
	"github.com/spf13/cobra"
)

func (a *app) rootsCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "roots",
		Short: "The root certificates that Microsoft requires",
		Args:  noSuchCommand,
		RunE:  func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(a.rootsListCommand(), a.rootsExportCommand(), a.rootsVerifyCommand(), a.rootsConvertCommand())
	return command
}

// rootEntry is one root in the document of "acfix roots list -o json".
type rootEntry struct {
	Name            string `json:"name"`
	Serial          string `json:"serial"`
	SHA1            string `json:"sha1"`
	SHA256          string `json:"sha256"`
	NotBefore       string `json:"not_before"`
	NotAfter        string `json:"not_after"`
	AddedByFirmware string `json:"added_by_firmware"`
	Why             string `json:"why"`
	Source          string `json:"source"`
}

func (a *app) rootsListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the required roots with serial numbers and fingerprints",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			entries := rootEntries()
			var text strings.Builder
			for _, entry := range entries {
				fmt.Fprintf(&text, "%s\n  serial    %s\n  SHA-1     %s\n  SHA-256   %s\n  valid     %s to %s\n"+
					"  bundle    from firmware %s on, as the vendor says\n  why       %s\n",
					entry.Name, entry.Serial, entry.SHA1, entry.SHA256,
					moment.Restated(entry.NotBefore), moment.Restated(entry.NotAfter), entry.AddedByFirmware, entry.Why)
			}
			fmt.Fprintf(&text, "Set of %s. Source: %s\n", certs.TeamsPolicy().Date, entries[0].Source)
			return a.show(map[string]any{"roots": entries}, text.String())
		},
	}
}

func rootEntries() []rootEntry {
	policy := certs.TeamsPolicy()
	entries := []rootEntry{}
	for _, root := range certs.Required() {
		entries = append(entries, rootEntry{
			Name: root.Name, Serial: root.Serial, SHA1: root.SHA1, SHA256: root.SHA256,
			NotBefore:       root.Certificate().NotBefore.UTC().Format(time.RFC3339),
			NotAfter:        root.Certificate().NotAfter.UTC().Format(time.RFC3339),
			AddedByFirmware: policy.AddedByFirmware(root), Why: root.Why, Source: root.Source,
		})
	}
	return entries
}
