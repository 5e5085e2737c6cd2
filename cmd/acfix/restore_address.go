package main

import (
	"fmt"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/usage"
)

// address is where the device is looked for. With an inventory it must be one of its devices:
// nobody else's password is sent where only a file or a slip of the hand says.
func (j *restoreJob) address(manifest backup.Manifest, roster *access.InventoryFile) (*access.Device, error) {
	named := j.given.url
	if named == "" {
		said, err := access.ParseDevice(manifest.URL)
		if err != nil {
			return nil, usage.Errorf("the backup names no address that can be used: %s", err).Hint("give the device's address with --url")
		}
		named = said.URL
	}
	device, known, err := roster.Find(named)
	switch {
	case err != nil || known:
		return device, err
	case roster != nil:
		hint := "give the device's name in the inventory with --url, or leave -i out and give user name, password and trust"
		if near := roster.Nearest(j.given.url); len(near) > 0 {
			hint = "did you mean --url " + usage.OneOf(near) + "? Else " + hint
		}
		return nil, usage.Errorf("the inventory %s has no device at %s", j.given.inventory, device.URL).Hint(hint)
	}
	device.Name = nameOf(manifest, device)
	if j.given.url != "" {
		return device, nil
	}
	return device, j.mayBelieve(device)
}

// mayBelieve: the backup's own word is not enough to send a password somewhere, unless
// something else makes sure who answers there.
func (j *restoreJob) mayBelieve(device *access.Device) error {
	bound := len(j.given.Pins) > 0 || j.given.CAFile != ""
	switch {
	case bound || device.OnLoopback():
		return nil
	case !j.stdinIsTerminal:
		return usage.Errorf("the backup names the address %s, and nothing but the backup says so", device.URL).
			Hint("give the address with --url, or the device's certificate with --pin")
	case !j.askYes(fmt.Sprintf("The backup says that the device is at %s. The password will be sent there. Is that right?", report.Clean(device.URL))):
		return usage.Errorf("the backup's address %s was declined; nothing was sent", device.URL).
			Hint("give the right address with --url")
	default:
		return nil
	}
}

func nameOf(manifest backup.Manifest, device *access.Device) string {
	if manifest.Target != "" {
		return manifest.Target
	}
	return device.URL
}
