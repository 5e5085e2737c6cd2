package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
	"github.com/spf13/cobra"
)

// pinFlags are the flags of "acfix inventory pin".
type pinFlags struct {
	connection
	parallel   int
	write, yes bool
}

func (a *app) inventoryPinCommand() *cobra.Command {
	var flags pinFlags
	command := &cobra.Command{
		Use:   "pin FILE",
		Short: "Collect the fingerprints of the devices' certificates; sends no password",
		Long: `pin makes one TLS handshake with each device of an inventory and shows the certificate that
it presents: name, fingerprint, subject, validity, and whether it is the pinned one. It sends no
request, no user name and no password.

With --write it puts the fingerprints into the inventory, which must be YAML, after a yes. A device
without a pin gets one, and one that presents another certificate than the pinned one gets that in
its place. Nothing else of the file changes. Whoever answers is taken at its word: compare each
fingerprint with the device itself before you trust it.`,
		Example: `  acfix inventory pin fleet.yaml
  acfix inventory pin fleet.yaml --limit tag:canary --write`,
		Args: oneInventory,
		RunE: func(_ *cobra.Command, arguments []string) error { return a.pinInventory(arguments[0], flags) },
	}
	set := command.Flags()
	flags.given = set.Changed
	flags.registerHandshake(set)
	set.StringVar(&flags.limit, "limit", "", "only these devices: globs of names and tag:NAME, separated by commas")
	set.IntVar(&flags.parallel, "parallel", defaultParallel, "devices at a time")
	set.BoolVar(&flags.write, "write", false, "write new and changed pins into FILE")
	set.BoolVar(&flags.yes, "yes", false, "do not ask")
	return command
}

func (a *app) pinInventory(file string, flags pinFlags) error {
	switch {
	case flags.parallel < 1:
		return usage.Errorf("--parallel must be at least 1").Hint("give --parallel 1 for one device after the other")
	case flags.write && access.IsTable(file):
		return usage.Errorf("pins are written into YAML alone, and %s is a table", file).
			Hint("acfix inventory import " + file + " > fleet.yaml, then pin that")
	case flags.write && !flags.yes && !a.stdinIsTerminal:
		return usage.Errorf("there is no terminal to ask at").
			Hint("add --yes, or leave --write out to see what would be written")
	}
	flags.inventory = file
	before, err := access.ReadInventoryBytes(file)
	if err != nil {
		return err
	}
	collected, err := a.collectPins(flags.connection, flags.parallel)
	if err != nil {
		return err
	}
	document := report.NewPins(file, collected)
	a.warnOfChanges(document)
	if err := a.showCollected(document, flags); err != nil {
		return err
	}
	if flags.write {
		if err := a.writePins(document, before, flags.yes); err != nil {
			return err
		}
	}
	if err := a.showPins(document, flags.write); err != nil {
		return err
	}
	return pinExit(document, flags.write)
}

// showCollected shows what the devices presented, on stderr too where an operator is asked about it while a program
// reads stdout.
func (a *app) showCollected(document *report.Pins, flags pinFlags) error {
	switch {
	case !a.flags.json():
		return document.Text(a.stdout, a.now())
	case flags.write && !flags.yes:
		return document.Text(a.stderr, a.now())
	default:
		return nil
	}
}

// collectPins asks the devices for their certificates, without credentials.
func (a *app) collectPins(c connection, parallel int) ([]access.PresentedCertificate, error) {
	inventoryFile, err := a.readInventory(c)
	if err != nil {
		return nil, err
	}
	devices, err := inventoryFile.ChooseDevices(nil, c.limit)
	if err != nil {
		return nil, err
	}
	ctx, cancel := a.reading()
	defer cancel()
	flags := c.flags()
	flags.Anonymous, flags.ReadKey = true, a.readKey
	err = access.Resolve(ctx, devices, flags, a.secrets(inventoryFile), a.clientSettings(len(devices)))
	if err != nil {
		return nil, err
	}
	a.say("asking for certificates, devices: %d; no password is sent", len(devices))
	collected := access.CollectPresented(ctx, devices, parallel)
	if a.stopped() {
		return nil, fmt.Errorf("not all devices were asked, and nothing was written: %w", remediate.ErrInterrupted)
	}
	return collected, nil
}

// warnOfChanges warns about changed certificates: they may come from an attacker in between.
func (a *app) warnOfChanges(document *report.Pins) {
	for _, device := range document.Devices {
		if device.Status == access.PinChanged {
			const text = "%s presents ANOTHER certificate than the pinned one: pinned %s, presented %s; " +
				"compare it with the device itself before you replace the pin"
			pinned := strings.Join(device.Pins, " or ")
			a.warn(foreign.Clean(fmt.Sprintf(text, device.Name, pinned, device.SHA256)))
		}
	}
}

// writePins asks and writes, and records both in the document.
func (a *app) writePins(document *report.Pins, before []byte, yes bool) error {
	fresh, replaced := document.Wanted()
	if len(fresh)+len(replaced) == 0 {
		return nil
	}
	if !yes && !a.askYes(pinQuestion(document.File, fresh, replaced)) {
		if a.stopped() {
			return fmt.Errorf("nothing was written: %w", remediate.ErrInterrupted)
		}
		document.Declined = true
		return nil
	}
	edited, byHand, err := inventory.WritePins(before, document.ByName(), access.InventoryRules())
	if err != nil {
		return fmt.Errorf("write %s: %w", document.File, err)
	}
	now, err := access.ReadInventoryBytes(document.File)
	if err != nil {
		return err
	}
	if !bytes.Equal(now, before) {
		return fmt.Errorf("%s was changed while the devices were asked; nothing was written: run pin again",
			document.File)
	}
	if !bytes.Equal(edited, before) {
		if err := replaceFile(document.File, edited); err != nil {
			return err
		}
	}
	document.Wrote(byHand)
	return nil
}

// pinQuestion names each pin that would be replaced.
func pinQuestion(file string, fresh, replaced []string) string {
	var what []string
	if len(fresh) > 0 {
		what = append(what, fmt.Sprintf("write new pins (%d)", len(fresh)))
	}
	if len(replaced) > 0 {
		what = append(what, "REPLACE the pins of "+strings.Join(replaced, ", "))
	}
	return foreign.Clean(fmt.Sprintf("\n%s: %s?", file, strings.Join(what, ", and ")))
}

// pinExit returns exit code 1 if a device could not be reached or a pin was not written as requested.
func pinExit(document *report.Pins, write bool) error {
	if document.Summary[access.Unreachable] > 0 {
		return exitCode(exitFailed)
	}
	for _, device := range document.Devices {
		if write && device.ToWrite() && !device.Written {
			return exitCode(exitFailed)
		}
	}
	return nil
}

// showPins shows the document, or only the outcome if the devices were shown already.
func (a *app) showPins(document *report.Pins, write bool) error {
	if a.flags.json() {
		return writeJSON(a.stdout, document)
	}
	return document.Outcome(a.stdout, write)
}
