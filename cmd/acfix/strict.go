package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/internal/ownership"
)

// strict refuses, from now on, every file that other users can change and that decides what a process without a person
// in front of it does; and at once such a state directory, and such a store.
func (a *app) strict() error {
	a.strictFiles = true
	state, err := a.stateDirectory()
	if err != nil {
		return err
	}
	own := []string{string(state)}
	entries, err := os.ReadDir(string(state))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return orRefused(string(state), err, err)
	}
	for _, entry := range entries {
		own = append(own, filepath.Join(string(state), entry.Name()))
	}
	for _, path := range own {
		if err := refused(path, a.guard.CheckOwn(path)); err != nil {
			return err
		}
	}
	if path, isFile := strings.CutPrefix(a.flags.store, "sqlite:"); isFile {
		return a.refuseFile(path)
	}
	return nil
}

// refuseFile refuses a file that other users can change or replace. Whatever else is wrong with it shows when it is
// used.
func (a *app) refuseFile(path string) error {
	opened, err := a.guard.Open(path)
	if err == nil {
		return opened.Close()
	}
	var refusal *ownership.Refusal
	if errors.As(err, &refusal) {
		return refused(path, err)
	}
	return nil
}

// refuseInventories refuses inventories, and the certificates they name, that other users can change. An inventory that
// can't be read is no reason to leave the other jobs undone.
func (a *app) refuseInventories(file jobFile) error {
	for _, path := range file.InventoryPaths() {
		if err := a.refuseInventory(path); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) refuseInventory(path string) error {
	if err := a.refuseFile(path); err != nil {
		return err
	}
	read, err := a.readInventory(connection{inventory: path})
	if err != nil {
		return nil
	}
	seen := map[string]bool{"": true}
	for _, device := range read.Devices {
		for _, name := range []string{device.CAFile, device.ClientCert} {
			if seen[name] {
				continue
			}
			seen[name] = true
			if err := a.refuseFile(inventory.Beside(filepath.Dir(path), name)); err != nil {
				return err
			}
		}
	}
	return nil
}
