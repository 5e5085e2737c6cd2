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
	doctor.Report
	Bundle string             `json:"bundle"` // file; "" when none was asked for
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
				return usage.New("examine one device at a time", "doctor takes one device, not %d", len(arguments))
			}
			return nil
		},
		RunE: func(_ *cobra.Command, arguments []string) error {
			device, dialer, err := a.prepareOne(arguments, flags.connection)
			if err != nil {
				return err
			}
			document := a.examine(device, dialer, flags.bundle)
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
	flags.registerInventoryFile(command.Flags(), "file with devices, YAML or CSV, of which TARGET is one by name or address")
	command.Flags().StringVar(&flags.bundle, "bundle", "", "write a ZIP file for a bug report, with every address, name and secret replaced")
	return command
}

// prepareOne asks for no password before it is one device alone.
func (a *app) prepareOne(arguments []string, c connection) (access.Target, *access.Dialer, error) {
	roster, err := a.roster(c)
	if err != nil {
		return access.Target{}, nil, err
	}
	if err := noFileAmong(arguments, roster); err != nil {
		return access.Target{}, nil, err
	}
	targets, err := roster.Targets(arguments, "")
	if err == nil && len(targets) != 1 {
		err = usage.New("name one of them", "doctor takes one device, and the inventory has %d", len(targets))
	}
	if err != nil {
		return access.Target{}, nil, err
	}
	dialer, err := a.dial(c, roster, targets)
	return targets[0], dialer, err
}

// examine reads the device by a client that is unable to write.
func (a *app) examine(t access.Target, dialer *access.Dialer, bundle string) doctorDocument {
	if failure := dialer.Access(t).Failure; failure != nil {
		return a.notExamined(t, failure)
	}
	ctx, cancel := a.reading()
	defer cancel()
	client := dialer.Reader(t)
	defer client.Close()
	a.say("examining %s", t.Name)
	seen, err := doctor.Collect(ctx, client, t.URL, a.now)
	if err != nil {
		return a.notExamined(t, remediate.Fail(err))
	}
	document := doctorDocument{Report: doctor.Examine(seen)}
	document.Acfix, document.Target = version, t.Name
	if bundle == "" {
		return document
	}
	archive, err := bugreport.Archive(seen, document.Report)
	if err == nil {
		err = writePrivate(bundle, archive)
	}
	if err != nil {
		document.Error = &remediate.Failure{Code: remediate.CodeBackupFailed, Message: "the bug report could not be written: " + err.Error(), Hint: "Check space and rights of the folder given with --bundle; the device was only read."}
		return document
	}
	document.Bundle = bundle
	return document
}

func (a *app) notExamined(t access.Target, failure *remediate.Failure) doctorDocument {
	return doctorDocument{Error: failure, Report: doctor.Report{
		Schema: doctor.Schema, Examined: a.now().UTC().Format(time.RFC3339), Acfix: version, Target: t.Name, URL: t.URL,
		Connection: doctor.Connection{Offered: []string{}}, Checks: []doctor.Check{}, Problems: []string{}, Requests: []doctor.Request{},
		Summary: map[doctor.Result]int{doctor.Holds: 0, doctor.DoesNotHold: 0, doctor.Unknown: 0},
	}}
}

func (a *app) showExamination(document doctorDocument) error {
	if a.flags.json() {
		return writeJSON(a.stdout, document)
	}
	if len(document.Checks) > 0 {
		if err := report.Doctor(a.stdout, document.Report, a.style(a.stdoutIsTerminal)); err != nil {
			return fmt.Errorf("write the result: %w", err)
		}
	}
	var text strings.Builder
	if document.Bundle != "" {
		fmt.Fprintf(&text, "  Bug report: %s. Look through it before you pass it on.\n", foreign.Clean(document.Bundle))
	}
	if failure := document.Error; failure != nil {
		fmt.Fprintf(&text, "%s: error: %s [%s]\n  hint: %s\n", foreign.Clean(document.Target), foreign.Clean(failure.Message), failure.Code, foreign.Clean(failure.Hint))
	}
	_, err := fmt.Fprint(a.stdout, text.String())
	return err
}
