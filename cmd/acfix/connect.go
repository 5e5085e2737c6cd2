package main

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/retry"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
	"github.com/spf13/pflag"
)

// connection holds the flags that say how to reach a device and whom to trust, and the settings of a run.
type connection struct {
	access.Flags

	settings         run.Settings
	inventory, limit string
	// given reports whether a flag stands on the command line: only then it wins over an inventory.
	given func(flag string) bool
}

func (c *connection) register(flags *pflag.FlagSet) {
	c.given, c.settings = flags.Changed, run.DefaultSettings()
	// No flag takes a password: it would stand in the list of processes and in the shell's history.
	flags.StringVar(&c.Username, "username", "", "user name on the device (or ACFIX_USERNAME)")
	flags.StringVar(&c.PasswordFile, "password-file", "", "file that holds the password (or ACFIX_PASSWORD, or a prompt)")
	flags.StringVar(&c.CAFile, "ca-file", "",
		"file of the CAs that sign the devices' management certificates: PEM, DER or P7B")
	flags.StringArrayVar(&c.Pins, "pin", nil, "SHA-256 fingerprint of the device's management certificate; may repeat")
	c.registerHandshake(flags)
	flags.BoolVar(&c.Insecure, "insecure", false, "accept any management certificate; said loudly and put on record")
}

// lowestTLS is the lowest TLS version that is spoken to a device without being told to.
const lowestTLS = "1.2"

// registerHandshake is what it takes to get through to a device, up to the end of the TLS handshake.
func (c *connection) registerHandshake(flags *pflag.FlagSet) {
	flags.StringVar(&c.TLSMin, "tls-min", lowestTLS, "lowest TLS version to the device: 1.0 to 1.3; below 1.2 is for old firmware and put on record")
	flags.BoolVar(&c.LegacyCiphers, "legacy-ciphers", false, "allow the cipher suites of old firmware; said loudly and put on record")
	flags.StringVar(&c.ClientCert, "client-cert", "", "PEM file of the client certificate for devices that demand one")
	flags.StringVar(&c.ClientKey, "client-key", "", "PEM file of its private key, without a passphrase and unreadable for others")
	bind(flags, &c.settings, proxyUsage)
}

// registerInventory is for the commands that take many devices.
func (c *connection) registerInventory(flags *pflag.FlagSet) {
	c.registerInventoryFile(flags, "file with devices, YAML or CSV; without a target all of them")
	flags.StringVar(&c.limit, "limit", "", "of the inventory, only these devices: globs of names and tag:NAME, separated by commas")
}

// registerInventoryFile is for the commands that take one device.
func (c *connection) registerInventoryFile(flags *pflag.FlagSet, used string) {
	flags.StringVarP(&c.inventory, "inventory", "i", "", used)
}

// flags are what the devices are dialled with.
func (c connection) flags() access.Flags {
	flags, proxy := c.Flags, c.settings.Proxy
	flags.Proxy, flags.Decide = proxy.Value, c.settings.Decide
	flags.Given = func(flag string) bool { return c.given != nil && c.given(flag) || flag == "proxy" && proxy.Given }
	return flags
}

// unattendedConnection reaches devices as an order and the inventory say, without a command line.
func unattendedConnection(order run.Order) connection {
	return connection{Flags: access.Flags{TLSMin: lowestTLS}, inventory: order.Inventory, settings: order.Settings}
}

// order is what a run is asked for by these flags.
func (c connection) order() run.Order { return run.Order{Inventory: c.inventory, Settings: c.settings} }

// roster reads the inventory of -i; nil where none is given.
func (a *app) roster(c connection) (*access.InventoryFile, error) {
	if c.inventory == "" {
		if c.limit != "" {
			return nil, usage.Errorf("--limit selects from an inventory, and none is given").
				Hint("give the inventory with -i FILE")
		}
		return nil, nil
	}
	read, err := a.frugally(func() (*access.InventoryFile, error) { return access.ReadInventory(c.inventory, a.guard) })
	var wrong inventory.Errors
	if errors.As(err, &wrong) {
		return nil, usage.Errorf("%s:%s", c.inventory, wrong).
			Hint("\"acfix inventory check " + c.inventory + "\" lists all that is wrong")
	}
	return read, err
}

// frugally collects garbage more often than elsewhere: the tree of a large inventory takes
// more memory than the run that follows, and would set how far the heap grows.
func (a *app) frugally(read func() (*access.InventoryFile, error)) (*access.InventoryFile, error) {
	if a.getenv("GOGC") == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(25))
	}
	return read()
}

func (a *app) prepare(arguments []string, c connection) ([]*access.Device, error) {
	roster, err := a.roster(c)
	if err != nil {
		return nil, err
	}
	return a.prepareFrom(roster, arguments, c)
}

func (a *app) prepareFrom(roster *access.InventoryFile, arguments []string, c connection) ([]*access.Device, error) {
	devices, err := roster.ChooseDevices(arguments, c.limit)
	if err != nil {
		return nil, err
	}
	return devices, a.resolve(c, roster, devices)
}

// resolve finds the credentials and the trust of every device. What can be wrong on this
// machine ends the run here; nothing is sent yet.
func (a *app) resolve(c connection, roster *access.InventoryFile, devices []*access.Device) error {
	ctx, cancel := a.reading()
	defer cancel()
	flags := c.flags()
	flags.ReadKey = a.readKey
	if err := access.Resolve(ctx, devices, flags, a.secrets(roster), a.clientSettings(len(devices))); err != nil {
		return err
	}
	if c.Insecure {
		a.warn("--insecure: the devices' certificates are NOT checked; anybody on the way can read the password")
	}
	a.warnOfCiphers(c, devices)
	return nil
}

// warnOfCiphers names the devices to which old cipher suites are allowed, or how many there are.
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
	const text = "%s: old cipher suites are allowed to %s; whoever records the connection may read the password"
	a.warn(foreign.Clean(fmt.Sprintf(text, asked, devices)))
}

// mostNamed is how many devices a warning names.
const mostNamed = 5

func (a *app) secrets(roster *access.InventoryFile) *access.Secrets {
	secrets := &access.Secrets{
		Getenv: a.getenv, ReadFile: a.readPrivate, Say: func(line string) { a.say("%s", line) },
		Environment: access.WithoutSecrets(a.environ(), slices.Concat(a.withheld, roster.PasswordVariables())),
	}
	if a.stdinIsTerminal {
		secrets.Ask = a.askSecret
	}
	return secrets
}

// clientSettings: a client says nothing above the debug level. Of several devices on a terminal the bars
// show how far each is.
func (a *app) clientSettings(devices int) access.ClientSettings {
	settings := access.ClientSettings{Timeout: a.flags.timeout, LongTimeout: a.flags.longTimeout(), Retry: a.patience()}
	if a.level <= slog.LevelDebug {
		settings.Log = a.log()
	}
	if bars := a.stderrIsTerminal && devices > 1; !bars && !a.flags.quiet {
		settings.Waiting = func(device string, how audiocodes.Waiting) { a.hanging.Note(a.now(), device, how) }
	}
	return settings
}

// resolvePlan finds the credentials for a saved plan.
func (a *app) resolvePlan(plan remediate.Plan, c connection, r *access.InventoryFile) ([]*access.Device, error) {
	if c.limit != "" {
		return nil, usage.Errorf("--limit was decided when the plan was made").Hint("leave --limit out, or plan again with it")
	}
	var devices []*access.Device
	for _, device := range plan.Devices {
		devices = append(devices, &access.Device{Name: device.Target, URL: device.URL})
	}
	err := a.resolveKnown(devices, c, r, "the plan")
	var wrong *usage.Error
	if r == nil && errors.As(err, &wrong) && slices.ContainsFunc(devices, namedByInventory) {
		err = &usage.Error{Problem: wrong.Problem, Cause: err,
			Hint: "the devices of the plan are named by an inventory: give it with -i FILE, as it was given to \"acfix plan\"; or " + wrong.Hint}
	}
	return devices, err
}

// inventoryHint is what to say where -i is not given and devices of a saved plan are not trusted. Only names
// show that an inventory was there: a plan does not say so itself.
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

// resolveKnown finds the credentials of devices that were decided on earlier, by a plan or a
// run. With an inventory they must be its devices, at its addresses, and these take their places: a password
// is never sent where only a file or a store says.
func (a *app) resolveKnown(devices []*access.Device, c connection, r *access.InventoryFile, origin string) error {
	for i, device := range devices {
		if r == nil {
			continue
		}
		known, ok := r.FindSame(device)
		if !ok {
			return usage.Errorf("%s has %q at %s, the inventory %s has not", origin, device.Name, device.URL, c.inventory).Hint("plan again with this inventory, or give the one that " + origin + " was made with")
		}
		devices[i] = known
	}
	return a.resolve(c, r, devices)
}

// patience is for devices that are busy and connections that break.
func (a *app) patience() retry.Policy {
	return a.clock().Policy(a.flags.retryFor, time.Second, 15*time.Second)
}

// settling is how long a change may take to show: devices take up to a minute for an
// answer, so an answer that got lost may have been that late.
func (a *app) settling() retry.Policy {
	return a.clock().Policy(30*time.Second, time.Second, 8*time.Second)
}
