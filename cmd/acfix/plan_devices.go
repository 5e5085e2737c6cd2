package main

import (
	"errors"
	"slices"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

// resolveKnown finds the credentials of devices that a plan or a run decided on earlier. With an inventory, its
// devices with the same names and addresses replace them: a password is never sent to an address that only a file or
// a store names.
func (a *app) resolveKnown(devices []*access.Device, c connection, r *access.InventoryFile, origin string) error {
	for i, device := range devices {
		if r == nil {
			continue
		}
		known, ok := r.FindSame(device)
		if !ok {
			return usage.Errorf("%s has %q at %s, but the inventory %s does not",
				origin, device.Name, device.URL, c.inventory).
				Hint("plan again with this inventory, or give the one that " + origin + " was made with")
		}
		devices[i] = known
	}
	return a.resolve(c, r, devices)
}

// resolveListed does the same for the run of a job, which works while no operator can mend the inventory: what that no
// longer has is skipped, and the other devices go on.
func (a *app) resolveListed(devices []*access.Device, c connection, r *access.InventoryFile) error {
	if r != nil {
		run.ReplaceListed(r, devices)
	}
	return a.resolve(c, r, devices)
}

// resolvePlan finds the credentials for a saved plan.
func (a *app) resolvePlan(plan remediate.Plan, c connection, r *access.InventoryFile) ([]*access.Device, error) {
	if c.limit != "" {
		return nil, usage.Errorf("--limit selects devices for a new plan, not from a saved one").
			Hint("leave --limit out, or plan again with it")
	}
	var devices []*access.Device
	for _, device := range plan.Devices {
		devices = append(devices, &access.Device{Name: device.Target, URL: device.URL})
	}
	err := a.resolveKnown(devices, c, r, "the plan")
	var wrong *usage.Error
	if r == nil && errors.As(err, &wrong) && slices.ContainsFunc(devices, namedByInventory) {
		err = &usage.Error{Problem: wrong.Problem, Cause: err,
			Hint: "the devices of the plan are named by an inventory: " +
				"give it with -i FILE, as it was given to \"acfix plan\"; or " + wrong.Hint}
	}
	return devices, err
}

// inventoryHint returns the hint for devices of a saved plan that are not trusted, without -i. Only the names show that
// there was an inventory: a plan does not record that.
func inventoryHint(devices []*access.Device) string {
	if slices.ContainsFunc(devices, namedByInventory) {
		return "the plan was made with an inventory, and pins or CAs may stand in it; give it with -i FILE"
	}
	return "if the plan was made with an inventory, pins or CAs may stand in that; give it with -i FILE"
}

// namedByInventory reports whether a device has a name that does not lead to its address.
func namedByInventory(device *access.Device) bool {
	typed, err := access.ParseDevice(device.Name)
	return err != nil || typed.URL != device.URL
}
