package remediate

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/acfix/acfix/audiocodes/ini"
	"github.com/acfix/acfix/certs"
)

// RestorePoint is what a restore knows from a backup: the device before a run, and the steps of that run.
type RestorePoint struct {
	Before Snapshot
	Steps  []Step
	// Doubtful are steps that the device accepted and no reading of the run showed. A restore does not undo them:
	// what the device shows now may be an administrator's work.
	Doubtful []Step

	tables tables
}

// NewRestorePoint parses the raw configuration of the backup.
func NewRestorePoint(before Snapshot, steps []Step) (RestorePoint, error) {
	file, err := ini.Parse(before.Configuration.Raw)
	if err != nil {
		return RestorePoint{}, fmt.Errorf("the configuration of the backup: %w", err)
	}
	before.Configuration.File = file
	tables, err := readTables(file)
	if err != nil {
		return RestorePoint{}, fmt.Errorf("the configuration of the backup: %w", err)
	}
	return RestorePoint{Before: before, Steps: steps, tables: tables}, nil
}

// touched returns each TLS Context once into whose store the run imported.
func (p RestorePoint) touched() []int {
	var ids []int
	for _, step := range slices.Concat(p.Steps, p.Doubtful) {
		if step.Kind == StepImportRoot && step.Context != nil && !slices.Contains(ids, *step.Context) {
			ids = append(ids, *step.Context)
		}
	}
	slices.Sort(ids)
	return ids
}

// store returns a context's store from the backup; known is false if the backup holds none.
func (p RestorePoint) store(id int) (store Store, known bool) {
	files, known := p.Before.context(id)
	return Store{Store: certs.ParseStore(files.Roots.PEM), Absent: files.Roots.Absent}, known
}

// stores are the stores into which the run imported, where the TLS Context still exists.
func (p RestorePoint) stores(state State) []int {
	return slices.DeleteFunc(p.touched(), func(id int) bool {
		_, exists := state.tables.context(id)
		return !exists
	})
}

// ReadRestore reads what a restore is planned from: the status, the configuration, and the stores into which the run
// imported.
func ReadRestore(ctx context.Context, device Reader, point RestorePoint, now func() time.Time) (State, error) {
	return readState(ctx, device, Choice{}, point.stores, now)
}
