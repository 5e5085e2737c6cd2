package main

import (
	"strings"

	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
	"github.com/spf13/cobra"
)

// showFilter says which devices are shown, as on the command line.
type showFilter struct {
	limit                     string
	verdicts, statuses, codes []string
}

func (f *showFilter) register(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&f.limit, "limit", "", "only these devices: globs of names, separated by commas")
	flags.StringSliceVar(&f.verdicts, "verdict", nil,
		"only devices with this verdict: "+strings.Join(words(remediate.Verdicts()), ", "))
	flags.StringSliceVar(&f.statuses, "status", nil,
		"only devices with this status: "+strings.Join(words(remediate.Statuses()), ", "))
	flags.StringSliceVar(&f.codes, "finding", nil,
		"only devices with this finding or error; \"acfix explain\" lists the codes")
}

// build checks the words and returns the filter.
func (f *showFilter) build(head report.RunHead, devices report.RunDevices) (report.DeviceFilter, error) {
	filter := report.DeviceFilter{Verdicts: f.verdicts, Statuses: f.statuses, Codes: f.codes}
	for _, check := range []struct {
		flag         string
		given, known []string
	}{
		{"verdict", f.verdicts, words(remediate.Verdicts())},
		{"status", f.statuses, words(remediate.Statuses())},
		{"finding", f.codes, codes()},
	} {
		if err := wellSpelt(check.flag, check.known, check.given...); err != nil {
			return filter, err
		}
	}
	if len(f.statuses) > 0 && head.Action == run.ActionPlan {
		return filter, usage.Errorf("--status is for runs that carry something out; %s is a plan", head.ID).
			Hint("give --verdict")
	}
	var err error
	filter.Target, err = f.target(devices)
	return filter, err
}

// target selects names as --limit does from an inventory. It selects no tags: neither plans nor runs hold them.
func (f *showFilter) target(devices report.RunDevices) (func(string) bool, error) {
	if f.limit == "" {
		return nil, nil
	}
	if strings.Contains(","+f.limit, ",tag:") {
		return nil, usage.Errorf("--limit: plans and runs hold no tags").Hint("give names, such as --limit 'ams-*'")
	}
	var named inventory.Inventory
	for device, err := range devices {
		if err != nil {
			return nil, err
		}
		named.Devices = append(named.Devices, inventory.Device{Name: device.Target})
	}
	selected, err := named.Select(f.limit)
	if err != nil {
		return nil, usage.Errorf("--limit: %s", err).
			Hint("a pattern is a name such as ams-*; several are separated by commas")
	}
	names := map[string]bool{}
	for _, device := range selected {
		names[device.Name] = true
	}
	return func(name string) bool { return names[name] }, nil
}
