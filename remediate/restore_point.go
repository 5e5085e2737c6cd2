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
	for _, step := range p.Steps {
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

// ReadRestore reads what a restore is planned from: the status, the configuration, and the
// stores into which that run imported.
func ReadRestore(ctx context.Context, device Reader, point RestorePoint, now func() time.Time) (State, error) {
	status, err := device.Status(ctx)
	if err != nil {
		return State{}, err
	}
	configuration, err := device.Configuration(ctx)
	if err != nil {
		return State{}, err
	}
	state, err := survey(status, configuration, Choice{}, now())
	if err != nil {
		return State{}, err
	}
	state.ManagementCertificate = device.PinnedCertificate()
	for _, id := range point.touched() {
		if _, exists := state.tables.context(id); !exists {
			continue
		}
		roots, err := device.TrustedRoots(ctx, id)
		if err != nil {
			return State{}, err
		}
		state.addStore(id, roots)
	}
	return state, nil
}

// restoreState is what a restore would be planned from if this snapshot were its reading.
func (s Snapshot) restoreState(point RestorePoint) (State, error) {
	state, err := survey(s.Status, s.Configuration, Choice{}, s.Taken)
	if err != nil {
		return State{}, err
	}
	state.ManagementCertificate = s.Pinned
	for _, id := range point.touched() {
		if files, exists := s.context(id); exists {
			state.addStore(id, files.Roots)
		}
	}
	return state, nil
}
