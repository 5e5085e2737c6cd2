package main

import (
	"sync"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/export"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
	"github.com/spf13/pflag"
)

// fileFlags say what an exported configuration does not.
type fileFlags struct {
	roots                            []string
	firmware, passwordFile, identity string
}

func (f *fileFlags) register(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.roots, "roots-file", nil,
		"CONTEXT=FILE: the trusted roots of a TLS Context, for a configuration that is read from a file; may repeat")
	flags.StringVar(&f.firmware, "firmware", "",
		"firmware of devices whose files do not tell it, such as 7.40A.500.357")
	flags.StringVar(&f.passwordFile, "package-password-file", "",
		"file with the password of a configuration package (or a prompt)")
	flags.StringVar(&f.identity, "identity", "", "file with the age identity that opens an encrypted backup")
}

// given is the first of the flags that was typed; "" for none.
func (f *fileFlags) given() string {
	switch {
	case len(f.roots) > 0:
		return "--roots-file"
	case f.firmware != "":
		return "--firmware"
	case f.passwordFile != "":
		return "--package-password-file"
	case f.identity != "":
		return "--identity"
	}
	return ""
}

// prepareFiles lets devices be read from their files.
func (a *app) prepareFiles(devices []*access.Device, c connection, f fileFlags) error {
	flags := c.flags()
	flags.Anonymous, flags.ReadKey = true, a.readKey
	if err := access.Resolve(a.abort, devices, flags, a.secrets(nil), a.clientSettings(len(devices))); err != nil {
		return err
	}
	reader, err := a.exportReader(f)
	if err != nil {
		return err
	}
	if len(f.roots) > 0 && len(devices) > 1 {
		return usage.Errorf("--roots-file belongs to one device, and there are %d", len(devices)).
			Hint("plan that device alone")
	}
	stores, err := export.ReadStores(f.roots)
	if err != nil {
		return err
	}
	for _, device := range devices {
		device.Export = exportOf(device.File, reader, stores)
	}
	if len(devices) == 1 { // the flags are checked against the file, which is read once for all
		devices[0].Export = sync.OnceValues(devices[0].Export)
	}
	if len(stores) > 0 {
		if err := checkStoresFlag(devices[0]); err != nil {
			return err
		}
	}
	if f.firmware != "" && len(devices) == 1 {
		return checkFirmwareFlag(devices[0], f.firmware)
	}
	return nil
}

// beginOffline begins a run that reads devices from files.
func (a *app) beginOffline(what run.Assignment, devices []*access.Device) *fleetRun {
	what.ID = what.Head.ID
	return &fleetRun{app: a, Session: a.registry().BeginOffline(what, devices)}
}

// notFromFile refuses a plan that was made from files: nothing shows that the devices are still as they were.
func notFromFile(plan remediate.Plan) error {
	for _, device := range plan.Devices {
		if device.Source.IsFile() {
			return usage.Errorf("the plan for %s was made from the file %s, not from the device",
				device.Target, device.Source.File).
				Hint("plan the device itself and apply that; acfix package writes down how to do it by hand")
		}
	}
	return nil
}
