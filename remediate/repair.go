package remediate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/audiocodes/ini"
)

// damageError: after acfix sent the switch, the configuration differs in more than the planned cell.
type damageError struct {
	what    string // what differs
	shown   bool   // a reading shows the switch itself; else it may still come
	putBack bool   // a reading shows the tables as they were
	failure error  // why they are not
}

func (e *damageError) Error() string {
	text := "when \"Use default CA Bundle\" was set, the device changed more than that one cell (" + e.what + ")"
	switch {
	case e.putBack && !e.shown:
		return text + "; that was put back as it was, and nothing was saved; the switch itself did not show: " +
			errNotShown.Error()
	case e.putBack:
		return text + "; it was put back as it was, and nothing was saved"
	case e.failure != nil:
		return text + "; IT COULD NOT BE PUT BACK: " + e.failure.Error() + "; nothing was saved"
	default:
		return text
	}
}

// Unwrap keeps the reason of a failed repair out of the chain: what to do next depends only on whether the damage was
// repaired, and whether the switch may still come.
func (e *damageError) Unwrap() []error {
	causes := []error{ErrNotVerified}
	if !e.shown {
		causes = append(causes, errNotShown)
	}
	switch {
	case !e.putBack:
		causes = append(causes, ErrDamaged)
	case e.shown:
		causes = append(causes, ErrPutBack)
	}
	return causes
}

// repair puts a damaged configuration back at once and returns the error that says so. It returns any other error
// unchanged.
// docs/design/remediate.md: Around a load the whole configuration is compared
func (r *run) repair(ctx context.Context, before audiocodes.Configuration, err error) error {
	var damage *damageError
	if !errors.As(err, &damage) {
		return err
	}
	damage.failure = r.putBack(ctx, before, damage)
	damage.putBack = damage.failure == nil
	return damage // and not err: its text was made before the repair
}

// putBack loads the TLSContexts table as it was, and every table that lost all its rows, in one file: a device that
// drops what a load does not mention would lose one table when acfix loads the other. It succeeds only if a reading
// shows the whole configuration and all files as they were. It does not write single rows and cells of other tables:
// they may be an administrator's work.
//
// A switch that no reading has shown is not undone by that: the device may still be about to carry it out.
// docs/design/remediate.md: Damage to other rows ends as rolled_back
func (r *run) putBack(ctx context.Context, before audiocodes.Configuration, damage *damageError) error {
	after, err := r.Device.Configuration(ctx)
	if err != nil {
		return err
	}
	undone := EventAbsent
	if damage.shown = damage.shown || (Snapshot{Configuration: after}).shows(*r.current); damage.shown {
		undone = EventUndone
	}
	load := backLoad(before, after)
	err = r.putItBack(ctx, write{
		what:  "put the configuration back",
		send:  func(ctx context.Context) error { return r.Device.LoadIncremental(ctx, load) },
		seen:  func(ctx context.Context) (bool, error) { return r.tablesAreBack(ctx, before) },
		event: undone,
	})
	if err != nil {
		return err
	}
	if damage.shown {
		r.forget([]Step{*r.current}) // the switch went back with the table
	}
	return r.compareWhole(ctx, before)
}

// backLoad is the partial INI file that puts tables back.
func backLoad(before, after audiocodes.Configuration) []byte {
	var load []byte
	for _, name := range tablesToPutBack(before.File, after.File) {
		table := before.Table(name)
		rows, err := table.Rows()
		if err != nil || !isWritable(table) {
			continue // the last comparison names it
		}
		load = append(load, table.Load(rows...)...)
	}
	return load
}

func tablesToPutBack(before, after *ini.File) []string {
	names := []string{tableTLSContexts}
	for _, name := range lostTables(before, after) {
		if !strings.EqualFold(name, tableTLSContexts) {
			names = append(names, name)
		}
	}
	return names
}

// tablesAreBack reports whether every row that acfix can write back is there again.
func (r *run) tablesAreBack(ctx context.Context, before audiocodes.Configuration) (bool, error) {
	now, err := r.Device.Configuration(ctx)
	if err != nil {
		return false, err
	}
	for _, difference := range compareConfigurations(before.File, now.File).cells {
		if strings.EqualFold(difference.Table, tableTLSContexts) {
			return false, nil
		}
	}
	return !slices.ContainsFunc(lostTables(before.File, now.File), func(name string) bool {
		return isWritable(before.Table(name))
	}), nil
}

func isWritable(table *ini.Table) bool {
	rows, err := table.Rows()
	return err == nil && !slices.ContainsFunc(rows, ini.Row.HasSecret)
}

// compareWhole compares the whole device with the backup, and fails with what an operator has to restore by hand.
func (r *run) compareWhole(ctx context.Context, before audiocodes.Configuration) error {
	now, err := r.before.readAgain(ctx, r.Device, r.Now, nil, nil)
	if err != nil {
		return err
	}
	lost := r.lostFiles(now)
	if others := compareConfigurations(before.File, now.Configuration.File).withoutChurn(r.churn); !others.none() {
		lost = append(lost, others.String())
	}
	if len(lost) > 0 {
		return fmt.Errorf("what acfix can't write back has to be restored from the backup by hand: %s",
			strings.Join(lost, "; "))
	}
	return nil
}

// lostFiles compares the files of all TLS Contexts with the backup: with a row, a device may have dropped its roots
// and its certificate, which no table brings back.
func (r *run) lostFiles(now Snapshot) []string {
	var lost []string
	for _, file := range compareSnapshots(r.before, now).withoutSteps(r.plan.Steps).files {
		if file.gone || file.root == "" {
			lost = append(lost, file.String())
		}
	}
	return lost
}
