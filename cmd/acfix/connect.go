package main

import (
	"errors"
	"runtime/debug"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/usage"
	"github.com/spf13/pflag"
)

// connection holds the flags that say how to reach a device and whom to trust, and the settings of a run.
type connection struct {
	access.Flags

	settings         run.Settings
	inventory, limit string
	// given reports whether a flag is on the command line: only then does it override the inventory.
	given func(flag string) bool
}

func (c *connection) register(flags *pflag.FlagSet) {
	c.given, c.settings = flags.Changed, run.DefaultSettings()
	// No flag takes a password: the list of processes and the shell's history would show it.
	flags.StringVar(&c.Username, "username", "", "user name on the device (or ACFIX_USERNAME)")
	flags.StringVar(&c.PasswordFile, "password-file", "",
		"file that holds the password (or ACFIX_PASSWORD, or a prompt)")
	flags.StringVar(&c.CAFile, "ca-file", "",
		"file of the CAs that sign the devices' management certificates: PEM, DER or P7B")
	flags.StringArrayVar(&c.Pins, "pin", nil, "SHA-256 fingerprint of the device's management certificate; may repeat")
	c.registerHandshake(flags)
	flags.BoolVar(&c.Insecure, "insecure", false, "accept any management certificate; causes a warning and is recorded")
}

// lowestTLS is the default of --tls-min.
const lowestTLS = "1.2"

// registerHandshake registers the flags for a TLS handshake with a device.
func (c *connection) registerHandshake(flags *pflag.FlagSet) {
	flags.StringVar(&c.TLSMin, "tls-min", lowestTLS,
		"lowest TLS version to the device: 1.0 to 1.3; below 1.2 is for old firmware and is recorded")
	flags.BoolVar(&c.LegacyCiphers, "legacy-ciphers", false,
		"allow the cipher suites of old firmware; causes a warning and is recorded")
	flags.StringVar(&c.ClientCert, "client-cert", "", "PEM file of the client certificate for devices that demand one")
	flags.StringVar(&c.ClientKey, "client-key", "",
		"PEM file of its private key, without a passphrase and unreadable for others")
	bind(flags, &c.settings, proxyUsage)
}

// registerInventory registers the flags of commands that take many devices.
func (c *connection) registerInventory(flags *pflag.FlagSet) {
	c.registerInventoryFile(flags, "file with devices, YAML or CSV; without a target all of them")
	flags.StringVar(&c.limit, "limit", "",
		"of the inventory, only these devices: globs of names and tag:NAME, separated by commas")
}

// registerInventoryFile registers the flag of commands that take one device.
func (c *connection) registerInventoryFile(flags *pflag.FlagSet, used string) {
	flags.StringVarP(&c.inventory, "inventory", "i", "", used)
}

// flags returns the settings for connecting to the devices.
func (c connection) flags() access.Flags {
	flags, proxy := c.Flags, c.settings.Proxy
	flags.Proxy, flags.Decide = proxy.Value, c.settings.Decide
	flags.Given = func(flag string) bool { return c.given != nil && c.given(flag) || flag == "proxy" && proxy.Given }
	return flags
}

// unattendedConnection returns a connection by an order and its inventory, without a command line.
func unattendedConnection(order run.Order) connection {
	return connection{Flags: access.Flags{TLSMin: lowestTLS}, inventory: order.Inventory, settings: order.Settings}
}

// order returns the order of a run with these flags.
func (c connection) order() run.Order { return run.Order{Inventory: c.inventory, Settings: c.settings} }

// readInventory reads the inventory of -i; nil without the flag.
func (a *app) readInventory(c connection) (*access.InventoryFile, error) {
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
	if err == nil && a.strictFiles && read.Refused() != nil {
		return nil, orRefused(c.inventory, read.Refused(), read.Refused())
	}
	return read, err
}

// frugally collects garbage more often than usual: the tree of a large inventory takes more memory than the run that
// follows, and would otherwise decide how far the heap grows.
func (a *app) frugally(read func() (*access.InventoryFile, error)) (*access.InventoryFile, error) {
	if a.getenv("GOGC") == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(25))
	}
	return read()
}
