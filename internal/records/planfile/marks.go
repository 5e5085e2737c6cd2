package planfile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/acfix/acfix/internal/records/statedir"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// Marks say on which devices saved plans were carried out. What either place says counts: a plan may have
// been carried out here before there was a store, or by a run with another one.
type Marks struct {
	State func() (statedir.Directory, error) // has the marks of this machine
	// Store has those that other machines go by too; nil where this machine's are all there are.
	Store    *store.Store
	Patience store.Patience  // with that store
	Abort    context.Context // ends every wait for it
	Holder   string          // names this process, and no other that ever ran
}

// find returns remediate.ErrUsed where a plan was carried out on a device.
func (m Marks) find(plan string, device remediate.DevicePlan) error {
	paths, err := m.paths(plan, device)
	if err != nil {
		return unmarked(err)
	}
	for _, path := range paths {
		if _, err := os.Lstat(path); err == nil {
			return remediate.ErrUsed
		}
	}
	if m.Store == nil {
		return nil
	}
	var used bool
	err = m.Patience.Do(m.Abort, func(ctx context.Context) (err error) {
		used, err = m.Store.PlanUsed(ctx, plan, marksOf(device)...)
		return err
	})
	switch {
	case err != nil:
		return unmarked(err)
	case used:
		return remediate.ErrUsed
	default:
		return nil
	}
}

// Claim marks a plan as used on a device, for a run that has the device as long as mine, which may be nil, returns nil. Of several
// that try at once, on whatever machine, one succeeds. Where it fails, no mark of its own is left.
func (m Marks) Claim(run, plan string, device remediate.DevicePlan, mine func() error) error {
	made, err := m.claimHere(plan, device)
	if err == nil && m.Store != nil {
		err = m.claimThere(run, plan, device, mine)
	}
	if err != nil {
		for _, path := range made {
			err = errors.Join(err, os.Remove(path))
		}
	}
	return err
}

// claimHere returns the marks that it made, also with an error.
func (m Marks) claimHere(plan string, device remediate.DevicePlan) (made []string, err error) {
	paths, err := m.paths(plan, device)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(paths[0]), 0o700)
	}
	if err != nil {
		return nil, unmarked(err)
	}
	for _, path := range paths {
		file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			return made, remediate.ErrUsed
		}
		if err == nil {
			made = append(made, path)
			err = errors.Join(file.Sync(), file.Close())
		}
		if err != nil {
			return made, unmarked(err)
		}
	}
	return made, nil
}

// claimThere waits no longer for a store that is away than a lease lasts without a word.
func (m Marks) claimThere(run, plan string, device remediate.DevicePlan, mine func() error) error {
	use := store.Use{Plan: plan, Devices: marksOf(device), Run: run, Process: m.Holder, Time: m.Patience.Clock.Now()}
	again := m.Patience.Clock.Policy(store.DefaultTerm, 100*time.Millisecond, time.Second)
	err := again.Do(m.Abort, store.IsDown, func(ctx context.Context) error {
		if mine != nil && mine() != nil {
			return remediate.ErrFenced
		}
		return m.Store.UsePlan(ctx, use)
	})
	switch {
	case err == nil, errors.Is(err, remediate.ErrFenced):
		return err
	case errors.Is(err, store.ErrUsed):
		return remediate.ErrUsed
	default:
		return unmarked(err)
	}
}

func (m Marks) paths(plan string, device remediate.DevicePlan) ([]string, error) {
	state, err := m.State()
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, name := range marksOf(device) {
		paths = append(paths, filepath.Join(state.UsedPlans(), statedir.PlanName(plan), name))
	}
	return paths, nil
}

// marksOf are the names that a device of a plan is marked by: the unit's, and the address's, which is all
// that earlier versions knew of a device without a serial number. The MAC address counts where there is no
// serial number: two units of one plan may tell the same one.
func marksOf(plan remediate.DevicePlan) []string {
	names := []string{statedir.AddressName(plan.URL)}
	switch unit := plan.Device; {
	case unit.Serial != "":
		names = append(names, statedir.SerialName(unit.Serial))
	case unit.MAC != "":
		names = append(names, statedir.MACName(unit.MAC))
	}
	return names
}

func unmarked(err error) error {
	return fmt.Errorf("%w: mark the plan as used: %w", remediate.ErrJournal, err)
}
