package main

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/foreign"
)

func (a *app) prepare(arguments []string, c connection) ([]*access.Device, error) {
	inventoryFile, err := a.readInventory(c)
	if err != nil {
		return nil, err
	}
	return a.prepareFrom(inventoryFile, arguments, c)
}

func (a *app) prepareFrom(
	inventoryFile *access.InventoryFile, arguments []string, c connection,
) ([]*access.Device, error) {
	devices, err := inventoryFile.ChooseDevices(arguments, c.limit)
	if err != nil {
		return nil, err
	}
	return devices, a.resolve(c, inventoryFile, devices)
}

// resolve finds the credentials and the trust of every device, before anything is sent to one.
// docs/design/fleet.md: Mistakes on this machine end a run before it starts
func (a *app) resolve(c connection, inventoryFile *access.InventoryFile, devices []*access.Device) error {
	ctx, cancel := a.reading()
	defer cancel()
	flags := c.flags()
	flags.ReadKey = a.readKey
	err := access.Resolve(ctx, devices, flags, a.secrets(inventoryFile), a.clientSettings(len(devices)))
	if err != nil {
		return err
	}
	if c.Insecure {
		a.warn("--insecure: the devices' certificates are NOT checked; anyone in between can read the password")
	}
	a.warnOfCiphers(c, devices)
	return nil
}

// warnOfCiphers names the devices for which old cipher suites are allowed, or says how many there are.
func (a *app) warnOfCiphers(c connection, all []*access.Device) {
	var names []string
	for _, device := range all {
		if device.Trust.LegacyCiphers {
			names = append(names, device.Name)
		}
	}
	if len(names) == 0 {
		return
	}
	asked, devices := "legacy_ciphers", strings.Join(names, ", ")
	if c.LegacyCiphers {
		asked = "--legacy-ciphers"
	}
	if len(names) > mostNamed {
		devices = fmt.Sprintf("%d devices", len(names))
	}
	const text = "%s: old cipher suites are allowed to %s; a recording of the connection may reveal the password"
	a.warn(foreign.Clean(fmt.Sprintf(text, asked, devices)))
}

// mostNamed is how many devices a warning names at most.
const mostNamed = 5

func (a *app) secrets(inventoryFile *access.InventoryFile) *access.Secrets {
	secrets := &access.Secrets{
		Getenv: a.getenv, ReadFile: a.readPrivate, Say: func(line string) { a.say("%s", line) },
		Environment: access.WithoutSecrets(a.environ(), slices.Concat(a.withheld, inventoryFile.PasswordVariables())),
	}
	if a.stdinIsTerminal {
		secrets.Ask = a.askSecret
	}
	return secrets
}

// clientSettings makes a client log at debug level only, and report waiting unless progress bars show it.
func (a *app) clientSettings(devices int) access.ClientSettings {
	settings := access.ClientSettings{Timeout: a.flags.timeout, LongTimeout: a.flags.longTimeout(), Retry: a.patience()}
	if a.level <= slog.LevelDebug {
		settings.Log = a.log()
	}
	if !a.drawsBars(devices) && !a.flags.quiet {
		settings.Waiting = func(device string, how audiocodes.Waiting) { a.hanging.Note(a.now(), device, how) }
	}
	return settings
}
