package main

import (
	"errors"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/export"
	"github.com/acfix/acfix/internal/usage"
)

// checkFirmwareFlag refuses a firmware that is not the one which the file tells. Where there are several files, the
// flag is for those that tell none.
func checkFirmwareFlag(device *access.Device, given string) error {
	read, _ := device.Export()
	told, err := audiocodes.ParseFirmware(read.Status.Firmware)
	wanted, _ := audiocodes.ParseFirmware(given)
	if err != nil || !contradicts(wanted, told) {
		return nil
	}
	return usage.Errorf("--firmware %s: %s is of a device with firmware %s", given, device.File, told).
		Hint("leave --firmware out: it is for files that do not tell the firmware")
}

// checkStoresFlag refuses a --roots-file that the configuration has no place for: that is a fault of the command, not of
// the device.
func checkStoresFlag(device *access.Device) error {
	if _, err := device.Export(); errors.Is(err, export.ErrNoPlace) {
		return err
	}
	return nil
}

// contradicts reports whether a version that the operator gave is another one than the file's. The short form, 7.4.500,
// leaves letters and build open.
func contradicts(given, told audiocodes.Firmware) bool {
	if given.Release() != told.Release() {
		return true
	}
	return given.Letters != "" && (given.Letters != told.Letters || given.Build != told.Build)
}
