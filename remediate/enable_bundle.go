package remediate

import (
	"context"
	"fmt"
	"strings"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/audiocodes/ini"
)

// enableBundle switches "Use default CA Bundle" on in one TLS Context: the whole row in
// the device's own columns, built from a configuration read right before, with one cell
// changed.
func (r *run) enableBundle(ctx context.Context, id int) error {
	before, err := r.Device.Configuration(ctx)
	if err != nil {
		return err
	}
	load, err := r.bundleLoad(before, id)
	if err != nil || load == nil {
		return err
	}
	err = r.settle(ctx, write{
		what: fmt.Sprintf("switch \"Use default CA Bundle\" on in TLS Context %d", id),
		send: func(ctx context.Context) error { return r.Device.LoadIncremental(ctx, load) },
		seen: func(ctx context.Context) (bool, error) { return r.bundleShows(ctx, before, id) },
	})
	return r.repair(ctx, before, err)
}

// bundleLoad is the partial INI file, or nil when the switch is on already.
func (r *run) bundleLoad(before audiocodes.Configuration, id int) ([]byte, error) {
	// The table must still be the one that was planned with and backed up.
	differences, err := ini.Compare(r.before.Configuration.Table(tableTLSContexts), before.Table(tableTLSContexts))
	if err != nil {
		return nil, err
	}
	if others := withoutSwitches(differences, r.plan); len(others) > 0 {
		return nil, fmt.Errorf("%w: %s", ErrDrift, describe(others))
	}
	tables, err := readTables(before.File)
	if err != nil {
		return nil, err
	}
	context, ok := tables.context(id)
	if !ok {
		return nil, fmt.Errorf("%w: TLS Context %d is gone", ErrDrift, id)
	}
	if context.row.Text(columnBundle) == "1" {
		return nil, nil
	}
	if context.row.HasSecret() {
		return nil, fmt.Errorf("TLS Context %d holds an obscured secret, which can't be written back", id)
	}
	row, err := context.row.With(columnBundle, "1")
	if err != nil {
		return nil, err
	}
	return before.Table(tableTLSContexts).Load(row), nil
}

// withoutSwitches leaves out what this plan itself changes.
func withoutSwitches(differences []ini.Difference, plan DevicePlan) []ini.Difference {
	var others []ini.Difference
	for _, difference := range differences {
		if !isPlannedSwitch(difference, plan) {
			others = append(others, difference)
		}
	}
	return others
}

func isPlannedSwitch(difference ini.Difference, plan DevicePlan) bool {
	if !strings.EqualFold(difference.Column, columnBundle) || difference.After != "1" {
		return false
	}
	for _, step := range plan.Steps {
		if step.Kind == StepEnableBundle && *step.Context == difference.Index {
			return true
		}
	}
	return false
}

// bundleShows reads the configuration back and compares the whole table: just the one cell
// may differ, and no other table may have lost its rows.
func (r *run) bundleShows(ctx context.Context, before audiocodes.Configuration, id int) (bool, error) {
	after, err := r.Device.Configuration(ctx)
	if err != nil {
		return false, err
	}
	differences, err := ini.Compare(before.Table(tableTLSContexts), after.Table(tableTLSContexts))
	if err != nil {
		return false, &damageError{what: err.Error()}
	}
	shows := false
	var others []ini.Difference
	for _, difference := range differences {
		if difference.Index == id && strings.EqualFold(difference.Column, columnBundle) && difference.After == "1" {
			shows = true
			continue
		}
		others = append(others, difference)
	}
	if len(others) > 0 || len(lostTables(before, after)) > 0 {
		return false, &damageError{what: describe(others, lostTables(before, after)...)}
	}
	return shows, nil
}

// lostTables are the tables beside TLSContexts that had rows and have none any more.
func lostTables(before, after audiocodes.Configuration) []string {
	var lost []string
	for _, table := range before.Tables() {
		if !strings.EqualFold(table.Name, tableTLSContexts) && table.Len() > 0 && after.Table(table.Name).Len() == 0 {
			lost = append(lost, table.Name)
		}
	}
	return lost
}

// describe says in words what changed; no value of a secret is in it.
func describe(differences []ini.Difference, lost ...string) string {
	var parts []string
	for _, difference := range differences {
		cell := difference.Column
		if cell == "" {
			cell = "row"
		}
		parts = append(parts, fmt.Sprintf("%s %d %s: %q before, %q now", difference.Table, difference.Index, cell, difference.Before, difference.After))
	}
	for _, table := range lost {
		parts = append(parts, "table "+table+" lost all its rows")
	}
	return strings.Join(parts, "; ")
}
