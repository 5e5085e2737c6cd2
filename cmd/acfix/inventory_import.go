package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/usage"
	"github.com/spf13/cobra"
)

type importFlags struct {
	format        string
	columns       []string
	ignoreUnknown bool
}

func (a *app) inventoryImportCommand() *cobra.Command {
	var flags importFlags
	command := &cobra.Command{
		Use:   "import FILE",
		Short: "Write a list of devices from elsewhere as a YAML inventory on stdout",
		Long: `import reads a list of devices and writes the inventory of the same devices to stdout.
With - for FILE it reads stdin. It touches no device and never copies a password.

  csv      a table as spreadsheets save it, with the columns' names in the first line: the keys
           of an inventory, or what --map says; separated by comma, semicolon or tab
  netbox   JSON of NetBox: an answer of /api/dcim/devices/, or an array of devices. Takes name,
           primary IP and tags; --map takes further fields, such as site=tags
  ansible  JSON of "ansible-inventory --list". Takes host name, ansible_host, ansible_port,
           ansible_user and, as tags, groups; --map takes further variables
  ovoc     a table exported from OVOC; says what it assumes of the columns`,
		Example: `  acfix inventory import sites.csv > fleet.yaml
  acfix inventory import sites.csv --map "IP Address=url,Region=tags" --ignore-unknown > fleet.yaml
  ansible-inventory --list | acfix inventory import - --format ansible > fleet.yaml`,
		Args: oneInventory,
		RunE: func(_ *cobra.Command, arguments []string) error {
			return a.importInventory(arguments[0], flags)
		},
	}
	command.Flags().StringVar(&flags.format, "format", "csv", "what FILE is: "+strings.Join(inventory.Formats(), ", "))
	command.Flags().StringArrayVar(&flags.columns, "map", nil,
		"what columns or fields stand for: \"IP Address=url,Region=tags\"; may repeat")
	command.Flags().BoolVar(&flags.ignoreUnknown, "ignore-unknown", false,
		"leave out the columns that stand for no key")
	return command
}

func (a *app) importInventory(file string, flags importFlags) error {
	source, err := flags.source()
	if err != nil {
		return err
	}
	content, err := a.readForeign(file)
	if err != nil {
		return err
	}
	if file == "-" {
		file = "stdin"
	}
	imported, err := inventory.Import(content, source, access.InventoryRules())
	var wrong inventory.Errors
	if errors.As(err, &wrong) {
		return usage.Errorf("%s:%s", file, wrong).Hint(importHint(wrong))
	}
	if err != nil {
		return err
	}
	for _, warning := range imported.Warnings {
		a.warn(foreign.Clean(warning))
	}
	for _, note := range imported.Notes {
		a.say("%s", note)
	}
	if _, err := a.stdout.Write(imported.YAML); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

func (f importFlags) source() (inventory.Source, error) {
	source := inventory.Source{Format: f.format, Map: map[string]string{}, IgnoreUnknown: f.ignoreUnknown}
	if !slices.Contains(inventory.Formats(), f.format) {
		return source, usage.Errorf("there is no format %q", f.format).
			Hint("give one of: " + strings.Join(inventory.Formats(), ", "))
	}
	for _, text := range f.columns {
		mapped, err := inventory.ParseMap(text)
		if err != nil {
			return source, usage.Errorf("--map: %s", err).Hint("write it as in --map \"IP Address=url,Region=tags\"")
		}
		for column := range mapped {
			if _, twice := source.Map[column]; twice {
				return source, usage.Errorf("--map: the column %q is given twice", column).Hint("map each column once")
			}
		}
		maps.Copy(source.Map, mapped)
	}
	return source, nil
}

// mostImportErrors bounds the mistakes of a file in one hint: no other command lists mistakes in JSON.
const mostImportErrors = 5

// importHint says what to do about mistakes, and lists those after the first.
func importHint(wrong inventory.Errors) string {
	const hint = "\"acfix inventory import --help\" says what each --format reads"
	var more []string
	for _, another := range wrong[1:min(len(wrong), mostImportErrors)] {
		more = append(more, foreign.Clean(another.Error()))
	}
	if len(more) == 0 {
		return hint
	}
	return "also " + strings.Join(more, ", ") + "; " + hint
}

// readForeign reads a file, or stdin by the name "-".
func (a *app) readForeign(path string) ([]byte, error) {
	if path != "-" {
		return access.ReadInventoryBytes(path)
	}
	content, err := interruptible(a, func() ([]byte, error) {
		return io.ReadAll(io.LimitReader(a.stdin, inventory.MaxBytes+1))
	})
	if err != nil {
		return nil, fmt.Errorf("read stdin: %w", err)
	}
	return content, nil
}
