package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/known"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/internal/usage"
	"github.com/spf13/cobra"
)

func (a *app) deviceCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "device",
		Short: "List the devices that runs have met, and forget those that are gone",
		Args:  noSuchCommand,
		RunE:  func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(a.deviceListCommand(), a.deviceForgetCommand())
	return command
}

func (a *app) deviceListCommand() *cobra.Command {
	var jobs string
	command := &cobra.Command{
		Use:   "list [NAME...]",
		Short: "List the devices of the store: the verdict of the last reading, and the result of the last run",
		Long: `list shows each device that a run has met, once, also if it has moved: by its serial number,
or by its name in an inventory. The verdict is that of the last reading; a run that skipped
the device or could not reach it does not change it, and is shown beside it.

With --jobs the list says which devices no inventory of the jobs has.`,
		Annotations: map[string]string{moreFormats: "csv"},
		RunE: func(_ *cobra.Command, arguments []string) error {
			a.instead = listDocument(report.DevicesSchema, "devices")
			listed, err := a.listedBy(jobs)
			if err != nil {
				return err
			}
			devices, err := a.knownDevices(listed)
			if err != nil && !errors.Is(err, errNothingKept) {
				return err
			}
			if len(arguments) > 0 {
				if devices, err = namedDevices(devices, arguments); err != nil {
					return err
				}
			}
			switch a.flags.output {
			case formatJSON:
				return report.DevicesJSON(a.stdout, devices)
			case "csv":
				return report.DevicesCSV(a.stdout, devices)
			default:
				return report.Devices(a.stdout, devices, a.style(a.stdoutIsTerminal))
			}
		},
	}
	command.Flags().StringVar(&jobs, "jobs", "", "a jobs file, to tell the devices of its inventories from all others")
	return command
}

func (a *app) deviceForgetCommand() *cobra.Command {
	var yes bool
	command := &cobra.Command{
		Use:   "forget NAME...",
		Short: "Leave devices that are gone out of lists, pages and metrics; runs and backups stay",
		Long: `forget takes devices out of lists, pages and metrics. NAME is a device's name, address or
serial number. Reports of runs, journals and backups stay; "acfix history prune" then keeps
nothing of the device for the lists. A later run that works on the device brings it back.`,
		RunE: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) == 0 {
				return usage.Errorf("no device is named").Hint("\"acfix device list\" shows the devices")
			}
			if !yes && !a.stdinIsTerminal {
				return usage.Errorf("there is no terminal to ask at").Hint("add --yes")
			}
			devices, err := a.knownDevices(nil)
			if err != nil && !errors.Is(err, errNothingKept) {
				return err
			}
			if devices, err = namedDevices(devices, arguments); err != nil {
				return err
			}
			return a.forget(devices, yes)
		},
	}
	command.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return command
}

// knownDevices reads the devices of the store; a nil inventory lists all. Errors: errNothingKept.
func (a *app) knownDevices(listed *known.Listed) (devices []known.Device, err error) {
	opened, err := a.openKept()
	if err != nil {
		return nil, err
	}
	defer func() { _ = opened.Close() }()
	return known.Devices(a.abort, opened, listed)
}

// namedDevices returns the devices that the words name, each once. Errors: usage errors with the nearest names.
func namedDevices(devices []known.Device, words []string) ([]known.Device, error) {
	var all []string
	for _, d := range devices {
		all = append(all, d.Words()...)
	}
	var named []known.Device
	chosen := map[string]bool{}
	for _, word := range words {
		found := known.Find(devices, word)
		switch {
		case len(found) == 0:
			return nil, usage.Errorf("no run has met a device %q", word).
				Hint(usage.DidYouMean(word, all, "\"acfix device list\" shows the devices"))
		case len(found) > 1:
			var addresses []string
			for _, d := range found {
				addresses = append(addresses, d.URL)
			}
			return nil, usage.Errorf("%d devices are called %q", len(found), word).
				Hint("give the address: " + usage.OneOf(addresses))
		case !chosen[found[0].URL]:
			chosen[found[0].URL] = true
			named = append(named, found[0])
		}
	}
	return named, nil
}

func (a *app) forget(devices []known.Device, yes bool) error {
	var names, urls []string
	for _, d := range devices {
		names = append(names, d.Name)
		urls = append(urls, d.Addresses...)
	}
	const question = "Forget %s? Runs, journals and backups stay."
	if !yes && !a.askYes(foreign.Clean(fmt.Sprintf(question, strings.Join(names, ", ")))) {
		return exitCode(exitFailed)
	}
	opened, err := a.openKept()
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }()
	for _, d := range devices {
		err := a.deed(opened, web.AuditEntry{Kind: web.AuditForget, Subject: d.URL}, func() error {
			return a.forgetAt(opened, d.Addresses)
		})
		if err != nil {
			return err
		}
	}
	document := map[string]any{"schema": "acfix.forget/v1", "devices": names, "addresses": urls}
	return a.show(document, fmt.Sprintf("Forgotten: %s.\n", foreign.Clean(strings.Join(names, ", "))))
}

func (a *app) forgetAt(opened *store.Store, urls []string) error {
	_, err := opened.Forget(a.abort, a.now(), urls...)
	return err
}
