package main

import (
	"fmt"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/usage"
)

// address is where the device is looked for. With an inventory it must be one of its devices:
// nobody else's password is sent where only a file or a slip of the hand says.
func (j *restoreJob) address(manifest backup.Manifest, roster *access.Roster) (access.Target, error) {
	named := j.given.url
	if named == "" {
		said, err := access.Parse(manifest.URL)
		if err != nil {
			return access.Target{}, usage.New("give the device's address with --url", "the backup names no address that can be used: %s", err)
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
		return access.Target{}, usage.New(hint, "the inventory %s has no device at %s", j.given.inventory, device.URL)
	}
	device.Name = nameOf(manifest, device)
	if j.given.url != "" {
		return device, nil
	}
	return device, j.mayBelieve(device)
}

// mayBelieve: the backup's own word is not enough to send a password somewhere, unless
// something else makes sure who answers there.
func (j *restoreJob) mayBelieve(device access.Target) error {
	bound := len(j.given.Pins) > 0 || j.given.CAFile != ""
	switch {
	case bound || device.OnLoopback():
		return nil
	case !j.stdinIsTerminal:
		return usage.New("give the address with --url, or the device's certificate with --pin",
			"the backup names the address %s, and nothing but the backup says so", device.URL)
	case !j.askYes(fmt.Sprintf("The backup says that the device is at %s. The password will be sent there. Is that right?", foreign.Clean(device.URL))):
		return usage.New("give the right address with --url", "the backup's address %s was declined; nothing was sent", device.URL)
	default:
		return nil
	}
}

func nameOf(manifest backup.Manifest, device access.Target) string {
	if manifest.Target != "" {
		return manifest.Target
	}
	return device.URL
}
