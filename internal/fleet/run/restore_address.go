package run

import (
	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/usage"
)

// Whereabouts is what an operator says about where the device of a backup is.
type Whereabouts struct {
	URL           string                // of --url; with an inventory the device's name will do
	InventoryFile *access.InventoryFile // nil without an inventory
	Inventory     string                // its file
	// Bound: a pin or a CA proves the identity of the device.
	Bound bool
	// Agree asks whether the password may be sent to the address that the backup alone names; nil where no operator
	// can be asked.
	Agree func(url string) bool
}

// Device returns the device of a backup. With an inventory it must be one of its devices, so that no password goes to
// an address that only a file or a typing error names.
func (w Whereabouts) Device(manifest backup.Manifest) (*access.Device, error) {
	named := w.URL
	if named == "" {
		said, err := access.ParseDevice(manifest.URL)
		if err != nil {
			return nil, usage.Errorf("the backup names no address that can be used: %s", err).
				Hint("give the device's address with --url")
		}
		named = said.URL
	}
	device, known, err := w.InventoryFile.Find(named)
	switch {
	case err != nil || known:
		return device, err
	case w.InventoryFile != nil:
		hint := "give the device's name in the inventory with --url, " +
			"or leave -i out and give user name, password and trust"
		if near := w.InventoryFile.Nearest(w.URL); len(near) > 0 {
			hint = "did you mean --url " + usage.OneOf(near) + "? Else " + hint
		}
		return nil, usage.Errorf("the inventory %s has no device at %s", w.Inventory, device.URL).Hint(hint)
	}
	if device.Name = manifest.Target; device.Name == "" {
		device.Name = device.URL
	}
	if w.URL != "" {
		return device, nil
	}
	return device, w.mayBelieve(device)
}

// mayBelieve refuses an address that the backup alone names, unless something else proves who answers there.
func (w Whereabouts) mayBelieve(device *access.Device) error {
	switch {
	case w.Bound || device.OnLoopback():
		return nil
	case w.Agree == nil:
		return usage.Errorf("the backup names the address %s, and nothing but the backup says so", device.URL).
			Hint("give the address with --url, or the device's certificate with --pin")
	case !w.Agree(device.URL):
		return usage.Errorf("the backup's address %s was declined; nothing was sent", device.URL).
			Hint("give the right address with --url")
	default:
		return nil
	}
}
