package main

import (
	"slices"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/runs"
	"github.com/acfix/acfix/internal/usage"
)

// devices returns the devices of the run that have a backup, as --limit selects them, with credentials and trust.
func (j *restoreRunJob) devices() ([]*access.Device, error) {
	if j.given.inventory == "" && !j.opened.Shared() {
		j.given.inventory = j.recordedInventory()
	}
	c := j.given.connection
	c.limit = ""
	inventoryFile, err := j.app.readInventory(c)
	if err != nil {
		return nil, err
	}
	devices, err := j.backedUp()
	if err != nil {
		return nil, err
	}
	if devices, err = j.limited(devices, inventoryFile); err != nil {
		return nil, err
	}
	if inventoryFile == nil && !j.believable(devices) {
		return nil, usage.Errorf("only the store says where the devices of run %s are", j.kept.ID).
			Hint("give the inventory with -i, or --ca-file or --pin, which prove who answers")
	}
	return devices, j.app.resolveKnown(devices, c, inventoryFile, "the run")
}

// recordedInventory is the inventory that the run was started with; "" for none.
func (j *restoreRunJob) recordedInventory() string {
	var asked struct {
		Inventory string `json:"inventory"`
	}
	if j.kept.Order == nil || runs.Decode(j.kept.Order, &asked) != nil {
		return ""
	}
	return asked.Inventory
}

// backedUp returns the devices of the run that it made a backup of.
func (j *restoreRunJob) backedUp() ([]*access.Device, error) {
	var devices []*access.Device
	for row, err := range j.opened.Devices(j.app.abort, j.kept.ID) {
		if err != nil {
			return nil, err
		}
		device, err := report.DeviceOf(row)
		if err != nil {
			return nil, err
		}
		if device.Result == nil || device.Result.Backup == "" {
			continue
		}
		devices = append(devices, &access.Device{Name: row.Target, URL: row.URL})
		j.backups = append(j.backups, device.Result.Backup)
	}
	if len(devices) == 0 {
		return nil, usage.Errorf("run %s changed no device: it made no backup", j.kept.ID).
			Hint("\"acfix report " + j.kept.ID + "\" shows what it did")
	}
	return devices, nil
}

// limited selects devices by --limit. Tags are those of the inventory.
func (j *restoreRunJob) limited(all []*access.Device, from *access.InventoryFile) ([]*access.Device, error) {
	if j.given.limit == "" {
		return all, nil
	}
	var listed inventory.Inventory
	for _, device := range all {
		one := inventory.Device{Name: device.Name, URL: device.URL}
		if from != nil {
			if known, found := from.FindSame(device); found {
				one.Tags = known.Tags
			}
		}
		listed.Devices = append(listed.Devices, one)
	}
	chosen, err := listed.Select(j.given.limit)
	if err != nil {
		return nil, usage.Errorf("--limit: no device of run %s that has a backup fits: %s", j.kept.ID, err).
			Hint("\"acfix report " + j.kept.ID + "\" shows its devices")
	}
	var devices []*access.Device
	var backups []string
	for place, device := range all {
		if slices.ContainsFunc(chosen, func(one inventory.Device) bool { return one.URL == device.URL }) {
			devices, backups = append(devices, device), append(backups, j.backups[place])
		}
	}
	j.backups = backups
	return devices, nil
}

// believable reports whether something beside the store proves who gets the password.
func (j *restoreRunJob) believable(devices []*access.Device) bool {
	return len(j.given.Pins) > 0 || j.given.CAFile != "" ||
		!slices.ContainsFunc(devices, func(device *access.Device) bool { return !device.OnLoopback() })
}
