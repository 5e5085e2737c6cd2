package main

import (
	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/usage"
)

// planSources are what a command plans from: devices, or files that stand for devices.
type planSources struct {
	devices []*access.Device
	files   bool
	policy  certs.Policy
	another bool // the policy is not the fleet's own
}

// prepareSources returns what a command plans from, and by which policy. The secrets of devices that are reached are
// looked for; of files, none is needed.
func (a *app) prepareSources(arguments []string, c connection, f fileFlags) (found planSources, err error) {
	inventoryFile, err := a.readInventory(c)
	if err != nil {
		return found, err
	}
	found.devices, found.files, err = inventoryFile.ChooseSources(arguments, c.limit)
	switch {
	case err != nil:
		return found, err
	case !found.files && f.given() != "":
		return found, usage.Errorf("%s is for configurations that are read from files", f.given()).
			Hint("leave it out, or name an exported configuration instead of a device")
	}
	if found.policy, err = a.policyOf(c.settings, inventoryFile); err != nil {
		return found, err
	}
	found.another = a.byAnother(found.policy, inventoryFile)
	if found.files {
		return found, a.prepareFiles(found.devices, c, f)
	}
	return found, a.resolve(c, inventoryFile, found.devices)
}
