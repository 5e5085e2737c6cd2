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

// Marks record on which devices saved plans were carried out, on this machine and in a store. A mark in either counts:
// a plan may have been carried out here before there was a store, or by a run with another store.
type Marks struct {
	State func() (statedir.Directory, error) // has the marks of this machine
	// Store has the marks that other machines use too; nil if there is no shared store.
	Store    *store.Store
	Patience store.Patience  // with that store
	Abort    context.Context // ends every wait for it
	Holder   string          // identifies this process and no other, ever
}

// find returns remediate.ErrUsed if a plan was carried out on a device.
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

// Claim marks a plan as used on a device. If several runs try at once, on any machines, one succeeds. A failed Claim
// leaves no mark of its own. mine, which may be nil, returns an error once the run no longer holds the device.
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

// claimHere returns the marks that it made, even with an error.
func (m Marks) claimHere(plan string, device remediate.DevicePlan) (made []string, err error) {
	paths, err := m.paths(plan, device)
	if err != nil {
		return nil, unmarked(err)
	}
	if err := os.MkdirAll(filepath.Dir(paths[0]), 0o700); err != nil {
		return nil, unmarked(err)
	}
	for _, path := range paths {
		file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		switch {
		case errors.Is(err, fs.ErrExist):
			return made, remediate.ErrUsed
		case err != nil:
			return made, unmarked(err)
		}
		made = append(made, path)
		if err := errors.Join(file.Sync(), file.Close()); err != nil {
			return made, unmarked(err)
		}
	}
	return made, nil
}

// claimThere waits for a store that is down no longer than a lease lasts without renewal.
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

// marksOf returns the names that mark a device of a plan: its address, which is all that earlier versions knew of a
// device without a serial number, and its serial number. Only without one does the MAC address count: two units of
// one plan may report the same MAC address.
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
