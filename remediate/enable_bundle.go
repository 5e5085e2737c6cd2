package remediate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/audiocodes/ini"
)

// setBundle switches "Use default CA Bundle" on or off in one TLS Context: the whole row
// in the device's own columns, built from a configuration read right before, with one
// cell changed.
func (r *run) setBundle(ctx context.Context, id int, on bool) error {
	before, err := r.Device.Configuration(ctx)
	if err != nil {
		return err
	}
	load, err := r.bundleLoad(ctx, before, id, on)
	if err != nil || load == nil {
		return err
	}
	err = r.settle(ctx, write{
		what: fmt.Sprintf("switch \"Use default CA Bundle\" %s in TLS Context %d", onOff[on], id),
		send: func(ctx context.Context) error { return r.Device.LoadIncremental(ctx, load) },
		seen: func(ctx context.Context) (bool, error) { return r.bundleShows(ctx, before, id, on) }, event: EventSeen,
	})
	return r.repair(ctx, before, err)
}

var onOff = map[bool]string{true: "on", false: "off"}

// isSwitch tells whether a cell's text means that the switch is on, or off. Off is the
// column's default; a text that is neither means nothing.
func isSwitch(text string, on bool) bool {
	if on {
		return text == "1"
	}
	return text == "0" || ini.Cell(text).Unset()
}

// bundleLoad is the partial INI file, or nil when the switch is set already.
func (r *run) bundleLoad(ctx context.Context, before audiocodes.Configuration, id int, on bool) ([]byte, error) {
	if err := r.sameAsBackup(ctx, before.File); err != nil {
		return nil, err
	}
	tables, err := readTables(before.File)
	if err != nil {
		return nil, err
	}
	context, ok := tables.context(id)
	if !ok {
		return nil, fmt.Errorf("%w: TLS Context %d is gone", ErrDrift, id)
	}
	if cell, has := context.row.Cell(columnBundle); has && isSwitch(cell.Text(), on) {
		return nil, nil
	}
	if context.row.HasSecret() {
		return nil, fmt.Errorf("TLS Context %d holds an obscured secret, which can't be written back", id)
	}
	row, err := context.row.With(columnBundle, map[bool]string{true: "1", false: "0"}[on])
	if err != nil {
		return nil, err
	}
	return before.Table(tableTLSContexts).Load(row), nil
}

// sameAsBackup: the configuration must still be the one that was planned with and backed
// up. What moved although nothing waits unsaved more than before changes by itself, and is
// not looked at any further; the tables of the leg never do.
func (r *run) sameAsBackup(ctx context.Context, now *ini.File) error {
	others := r.unexpected(now)
	if others.none() {
		return nil
	}
	status, err := r.Device.Status(ctx)
	if err != nil {
		return err
	}
	moved := others.keys()
	ofLeg := slices.ContainsFunc(moved, isLegTable)
	if ofLeg || status.SaveNeeded != audiocodes.No {
		return fmt.Errorf("%w: %s", ErrDrift, others)
	}
	r.volatile = append(r.volatile, moved...)
	return nil
}

// unexpected is how a configuration differs from the backup in more than this plan changes.
func (r *run) unexpected(now *ini.File) changes {
	return compareConfigurations(r.before.Configuration.File, now).without(func(difference ini.Difference) bool {
		return isPlannedSwitch(difference, r.plan.Steps)
	}).except(r.volatile)
}

func isPlannedSwitch(difference ini.Difference, steps []Step) bool {
	return slices.ContainsFunc(steps, func(step Step) bool {
		on := step.Kind == StepEnableBundle
		return (on || step.Kind == StepDisableBundle) && setsSwitch(difference, *step.Context, on)
	})
}

// setsSwitch tells whether a difference is that the switch of the TLS Context went on, or off.
func setsSwitch(difference ini.Difference, id int, on bool) bool {
	return strings.EqualFold(difference.Table, tableTLSContexts) && strings.EqualFold(difference.Column, columnBundle) &&
		difference.Index == id && isSwitch(difference.After, on)
}

// bundleShows reads the configuration back and compares all of it: just the one cell may
// differ.
func (r *run) bundleShows(ctx context.Context, before audiocodes.Configuration, id int, on bool) (bool, error) {
	after, err := r.Device.Configuration(ctx)
	if err != nil {
		return false, err
	}
	shows := false
	others := compareConfigurations(before.File, after.File).without(func(difference ini.Difference) bool {
		ours := setsSwitch(difference, id, on)
		shows = shows || ours
		return ours
	}).except(r.volatile)
	if !others.none() {
		return false, &damageError{what: others.String()}
	}
	return shows, nil
}
