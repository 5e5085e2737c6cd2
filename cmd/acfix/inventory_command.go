package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/spf13/cobra"
)

func (a *app) inventoryCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "inventory",
		Short: "Check, import or pin a list of devices; never logs in to a device",
		Args:  noSuchCommand,
		RunE:  func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(a.inventoryCheckCommand(), a.inventoryImportCommand(), a.inventoryPinCommand())
	return command
}

// inventoryDocument is the document of "acfix inventory check -o json".
type inventoryDocument struct {
	Schema  string            `json:"schema"`
	File    string            `json:"file"`
	Status  string            `json:"status"` // valid or invalid
	Devices []inventoryDevice `json:"devices"`
	Errors  []inventory.Error `json:"errors"`
}

type inventoryDevice struct {
	Name string   `json:"name"`
	URL  string   `json:"url"`
	Tags []string `json:"tags"`
}

func (a *app) inventoryCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Validate an inventory: every mistake with line and column",
		Long: `check reads an inventory and the CA files and client certificates that it names, and says
all that is wrong. It touches no device, looks for no password or private key and runs no
password command.`,
		Args: oneInventory,
		RunE: func(_ *cobra.Command, arguments []string) error {
			document := inventoryDocument{
				Schema: "acfix.inventory/v1", File: arguments[0], Status: "valid",
				Devices: []inventoryDevice{}, Errors: []inventory.Error{},
			}
			read, err := access.ReadInventory(arguments[0], a.guard)
			var wrong inventory.Errors
			switch {
			case errors.As(err, &wrong):
				document.Status, document.Errors = "invalid", wrong
			case err != nil:
				return err
			default:
				if err := read.CheckTrust(); err != nil {
					return err
				}
				for _, device := range read.Devices {
					document.Devices = append(document.Devices, inventoryDevice{
						Name: device.Name, URL: device.URL, Tags: append([]string{}, device.Tags...),
					})
				}
			}
			if err := a.showInventory(document); err != nil {
				return err
			}
			if document.Status != "valid" {
				return exitCode(exitUsage)
			}
			return nil
		},
	}
}

func (a *app) showInventory(document inventoryDocument) error {
	var text strings.Builder
	for _, wrong := range document.Errors {
		fmt.Fprintf(&text, "%s:%s\n", foreign.Clean(document.File), foreign.Clean(wrong.Error()))
	}
	for _, device := range document.Devices {
		tags := foreign.Clean(strings.Join(device.Tags, " "))
		fmt.Fprintf(&text, "%s  %s  %s\n", foreign.Clean(device.Name), foreign.Clean(device.URL), tags)
	}
	if document.Status == "valid" {
		fmt.Fprintf(&text, "\n%s is valid; devices: %d\n", foreign.Clean(document.File), len(document.Devices))
	}
	return a.show(document, text.String())
}
