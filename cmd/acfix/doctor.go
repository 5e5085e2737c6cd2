package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/checks/bugreport"
	"github.com/acfix/acfix/internal/checks/doctor"
	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
	"github.com/spf13/cobra"
)

// doctorDocument is the document of "acfix doctor -o json".
type doctorDocument struct {
	doctor.Examination
	Bundle string             `json:"bundle"` // file; "" if none was requested
	Error  *remediate.Failure `json:"error"`
}

type doctorFlags struct {
	connection
	bundle string
}

func (a *app) doctorCommand() *cobra.Command {
	var flags doctorFlags
	command := &cobra.Command{
		Use:   "doctor TARGET [-i FILE]",
		Short: "Examine a device by reading: which assumptions about it hold, and which do not",
		Long: `doctor makes every read that acfix knows, one after another and with GET alone, and says of
each numbered assumption (mockdevice/ASSUMPTIONS.md) whether it holds on this device. What
only a write would show stays unknown.

With --bundle it writes a ZIP file for a bug report, in which every address, name and
secret is replaced. Look through it before you pass it on.`,
		Args: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) > 1 {
				return usage.Errorf("doctor takes one device, not %d", len(arguments)).
					Hint("examine one device at a time")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, arguments []string) error {
			device, err := a.prepareOne(arguments, flags.connection)
			if err != nil {
				return err
			}
			document := a.examine(device, flags.bundle)
			if err := a.showExamination(document); err != nil {
				return err
			}
			if document.Error != nil {
				return exitCode(failureExit(document.Error))
			}
			return nil
		},
	}
	flags.register(command.Flags())
	flags.registerInventoryFile(command.Flags(),
		"file with devices, YAML or CSV, of which TARGET is one by name or address")
	command.Flags().StringVar(&flags.bundle, "bundle", "",
		"write a ZIP file for a bug report, with every address, name and secret replaced")
	return command
}

// prepareOne asks for a password only once exactly one device is chosen.
func (a *app) prepareOne(arguments []string, c connection) (*access.Device, error) {
	inventoryFile, err := a.readInventory(c)
	if err != nil {
		return nil, err
	}
	devices, err := inventoryFile.ChooseDevices(arguments, "")
	if err != nil {
		return nil, err
	}
	if len(devices) != 1 {
		return nil, usage.Errorf("doctor takes one device, and the inventory has %d", len(devices)).
			Hint("name one of them")
	}
	return devices[0], a.resolve(c, inventoryFile, devices)
}

// examine reads the device with a client that is unable to write.
func (a *app) examine(device *access.Device, bundle string) doctorDocument {
	if failure := device.NoPassword; failure != nil {
		return a.notExamined(device, failure)
	}
	ctx, cancel := a.reading()
	defer cancel()
	client := device.Reader()
	defer client.Close()
	a.say("examining %s", device.Name)
	seen, err := doctor.Collect(ctx, client, device.URL, a.now)
	if err != nil {
		return a.notExamined(device, remediate.Fail(err))
	}
	document := doctorDocument{Examination: doctor.Examine(seen)}
	document.Acfix, document.Target = version, device.Name
	if bundle == "" {
		return document
	}
	if err := writeReport(bundle, seen, document.Examination); err != nil {
		document.Error = &remediate.Failure{
			Code: remediate.CodeBackupFailed, Message: "the bug report could not be written: " + err.Error(),
			Hint: "Check space and rights of the folder given with --bundle; the device was only read.",
		}
		return document
	}
	document.Bundle = bundle
	return document
}

func writeReport(path string, seen doctor.Observations, found doctor.Examination) error {
	archive, err := bugreport.Archive(seen, found)
	if err != nil {
		return err
	}
	return writePrivate(path, archive)
}

func (a *app) notExamined(device *access.Device, failure *remediate.Failure) doctorDocument {
	return doctorDocument{Error: failure, Examination: doctor.Examination{
		Schema: doctor.Schema, Examined: a.now().UTC().Format(time.RFC3339), Acfix: version,
		Target: device.Name, URL: device.URL,
		Connection: doctor.Connection{Offered: []string{}}, Checks: []doctor.AssumptionCheck{},
		Problems: []string{}, Requests: []doctor.RequestTrace{},
		Summary: map[doctor.AssumptionResult]int{doctor.Holds: 0, doctor.DoesNotHold: 0, doctor.Unknown: 0},
	}}
}

func (a *app) showExamination(document doctorDocument) error {
	if a.flags.json() {
		return writeJSON(a.stdout, document)
	}
	if len(document.Checks) > 0 {
		if err := report.Doctor(a.stdout, document.Examination, a.style(a.stdoutIsTerminal)); err != nil {
			return fmt.Errorf("write the result: %w", err)
		}
	}
	var text strings.Builder
	if document.Bundle != "" {
		fmt.Fprintf(&text, "  Bug report: %s. Look through it before you pass it on.\n", foreign.Clean(document.Bundle))
	}
	if failure := document.Error; failure != nil {
		fmt.Fprintf(&text, "%s: error: %s [%s]\n  hint: %s\n", foreign.Clean(document.Target),
			foreign.Clean(failure.Message), failure.Code, foreign.Clean(failure.Hint))
	}
	_, err := fmt.Fprint(a.stdout, text.String())
	return err
}
