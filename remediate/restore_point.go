package remediate

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/acfix/acfix/audiocodes/ini"
	"github.com/acfix/acfix/certs"
)

// RestorePoint is a backup as a restore sees it: the device as it was before a run, and
// what the run was about to do.
type RestorePoint struct {
	Before Snapshot
	Steps  []Step
	// Doubtful are steps that the device accepted and that no reading of the run showed. They are
	// not taken back, for what stands there may be an administrator's.
	Doubtful []Step

	tables tables
}

// NewRestorePoint parses the configuration of the backup, which comes in as raw text.
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

// touched are the TLS Contexts into whose store the run imported, each once.
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

// store is a context's store in the backup; known is false when the backup holds none.
func (p RestorePoint) store(id int) (store Store, known bool) {
	files, known := p.Before.context(id)
	return Store{Store: certs.ParseStore(files.Roots.PEM), Absent: files.Roots.Absent}, known
}

// stores are those into which the run imported.
func (p RestorePoint) stores(state State) []int {
	return slices.DeleteFunc(p.touched(), func(id int) bool {
		_, exists := state.tables.context(id)
		return !exists
	})
}

// ReadRestore reads what a restore is planned from: the status, the configuration, and the
// stores into which that run imported.
func ReadRestore(ctx context.Context, device Reader, point RestorePoint, now func() time.Time) (State, error) {
	return readState(ctx, device, Choice{}, point.stores, now)
}
