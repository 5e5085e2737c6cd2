package main

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/retry"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
	"github.com/spf13/pflag"
)

// connection holds the flags that say how to reach a device and whom to trust.
type connection struct {
	access.Flags

	inventory, limit string
	// given tells the flags that stand on the command line from those that don't: only
	// they win over an inventory.
	given *pflag.FlagSet
}

func (c *connection) register(flags *pflag.FlagSet) {
	c.given = flags
	// No flag takes a password: it would stand in the list of processes and in the shell's history.
	flags.StringVar(&c.Username, "username", "", "user name on the device (or ACFIX_USERNAME)")
	flags.StringVar(&c.PasswordFile, "password-file", "", "file that holds the password (or ACFIX_PASSWORD, or a prompt)")
	flags.StringVar(&c.CAFile, "ca-file", "",
		"file of the CAs that sign the devices' management certificates: PEM, DER or P7B")
	flags.StringArrayVar(&c.Pins, "pin", nil, "SHA-256 fingerprint of the device's management certificate; may repeat")
	c.registerHandshake(flags)
	flags.BoolVar(&c.Insecure, "insecure", false, "accept any management certificate; said loudly and put on record")
}

// registerHandshake is what it takes to get through to a device, up to the end of the TLS handshake.
func (c *connection) registerHandshake(flags *pflag.FlagSet) {
	flags.StringVar(&c.TLSMin, "tls-min", "1.2", "lowest TLS version to the device: 1.0 to 1.3; below 1.2 is for old firmware and put on record")
	flags.BoolVar(&c.LegacyCiphers, "legacy-ciphers", false, "allow the cipher suites of old firmware; said loudly and put on record")
	flags.StringVar(&c.ClientCert, "client-cert", "", "PEM file of the client certificate for devices that demand one")
	flags.StringVar(&c.ClientKey, "client-key", "", "PEM file of its private key, without a passphrase and unreadable for others")
	c.registerProxy(flags)
}

const proxyFlag = "proxy"

func (c *connection) registerProxy(flags *pflag.FlagSet) {
	flags.StringVar(&c.Proxy, proxyFlag, "", "reach the devices through this proxy: socks5://HOST:PORT, socks5h://, http:// or https://; TLS is with the device all the same")
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
	flags := c.Flags
	flags.Given, flags.Decide = c.given.Changed, c.decide
	return flags
}

// decide puts the planning flags that stand on the command line over what the inventory says.
func (c connection) decide(own *access.Access) {
	own.Choice = c.choice(own.Choice)
	own.NoCertCheck = c.skipsCertificate(own.NoCertCheck)
}

func (c connection) choice(under remediate.Choice) remediate.Choice {
	var merged planFlags
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	merged.registerChoice(set)
	merged.choice = under
	c.given.Visit(func(flag *pflag.Flag) {
		if set.Lookup(flag.Name) != nil {
			_ = set.Set(flag.Name, flag.Value.String()) // was taken once already
		}
	})
	return merged.choice
}

func (c connection) skipsCertificate(under bool) bool {
	if given, err := c.given.GetBool(noCertCheck); err == nil && c.given.Changed(noCertCheck) {
		return given
	}
	return under
}

// roster reads the inventory of -i; nil where none is given.
func (a *app) roster(c connection) (*access.Roster, error) {
	if c.inventory == "" {
		if c.limit != "" {
			return nil, usage.New("give the inventory with -i FILE", "--limit selects from an inventory, and none is given")
		}
		return nil, nil
	}
	read, err := a.frugally(func() (*access.Roster, error) { return access.ReadRoster(c.inventory, a.guard) })
	var wrong inventory.Errors
	if errors.As(err, &wrong) {
		return nil, usage.New("\"acfix inventory check "+c.inventory+"\" lists all that is wrong", "%s:%s", c.inventory, wrong)
	}
	return read, err
}

// frugally collects garbage more often than elsewhere: the tree of a large inventory takes
// more memory than the run that follows, and would set how far the heap grows.
func (a *app) frugally(read func() (*access.Roster, error)) (*access.Roster, error) {
	if a.getenv("GOGC") == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(25))
	}
	return read()
}

func (a *app) prepare(arguments []string, c connection) ([]access.Target, *access.Dialer, error) {
	roster, err := a.roster(c)
	if err != nil {
		return nil, nil, err
	}
	return a.prepareFrom(roster, arguments, c)
}

func (a *app) prepareFrom(roster *access.Roster, arguments []string, c connection) ([]access.Target, *access.Dialer, error) {
	if err := noFileAmong(arguments, roster); err != nil {
		return nil, nil, err
	}
	targets, err := roster.Targets(arguments, c.limit)
	if err != nil {
		return nil, nil, err
	}
	dialer, err := a.dial(c, roster, targets)
	return targets, dialer, err
}

// noFileAmong refuses a file where a device is to be named.
func noFileAmong(arguments []string, roster *access.Roster) error {
	for _, argument := range arguments {
		if _, known, _ := roster.Find(argument); known {
			continue
		}
		switch {
		case isInventoryFile(argument):
			return inventoryInstead(argument)
		case !isFile(argument) || access.IsAddress(argument):
		case beginsAsPlan(argument):
			return usage.New("acfix show "+argument+", or acfix apply "+argument, "%s is a saved plan, not a device", argument)
		default:
			return usage.New("give an inventory with -i FILE; a device that is called like a file is named by its URL, https://…",
				"%s is a file, not a device", argument)
		}
	}
	return nil
}

func inventoryInstead(file string) error {
	return usage.New("give an inventory with -i "+file, "%s is a file, not a device", file)
}

// isInventoryFile tells an inventory whose -i was forgotten from a device: no host is called so,
// and taken for one it would stay on record as a device that nobody can reach.
func isInventoryFile(argument string) bool {
	extension := strings.ToLower(filepath.Ext(argument))
	files := []string{".yaml", ".yml", ".xlsx", ".xls", ".ods"}
	return !strings.Contains(argument, "://") && (access.IsTable(argument) || slices.Contains(files, extension))
}

// dial finds the credentials and the trust of every target. What can be wrong on this
// machine ends the run here; nothing is sent yet.
func (a *app) dial(c connection, roster *access.Roster, targets []access.Target) (*access.Dialer, error) {
	ctx, cancel := a.reading()
	defer cancel()
	flags := c.flags()
	flags.ReadKey = a.readKey
	dialer, err := access.Dial(ctx, targets, flags, roster, a.secrets(roster), a.terms(len(targets)))
	if err != nil {
		return nil, err
	}
	if c.Insecure {
		a.warn("--insecure: the devices' certificates are NOT checked; anybody on the way can read the password")
	}
	a.warnOfCiphers(c, dialer.LegacyCiphers(targets))
	return dialer, nil
}

// warnOfCiphers names the devices to which old cipher suites are allowed, or how many there are.
func (a *app) warnOfCiphers(c connection, names []string) {
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

func (a *app) secrets(roster *access.Roster) *access.Secrets {
	secrets := &access.Secrets{
		Getenv: a.getenv, ReadFile: a.readPrivate, Say: func(line string) { a.say("%s", line) },
		Environment: access.WithoutSecrets(a.environ(), slices.Concat(a.withheld, roster.PasswordVariables())),
	}
	if a.stdinIsTerminal {
		secrets.Ask = a.askSecret
	}
	return secrets
}

// terms: a client says nothing above the debug level. Of several devices on a terminal the bars
// show how far each is.
func (a *app) terms(devices int) access.Terms {
	terms := access.Terms{Timeout: a.flags.timeout, LongTimeout: a.flags.longTimeout(), Retry: a.patience()}
	if a.level <= slog.LevelDebug {
		terms.Log = a.log()
	}
	if bars := a.stderrIsTerminal && devices > 1; !bars && !a.flags.quiet {
		terms.Waiting = func(device string, how audiocodes.Waiting) { a.hanging.Note(a.now(), device, how) }
	}
	return terms
}

// dialPlan finds the credentials for a saved plan.
func (a *app) dialPlan(plan remediate.Plan, c connection, r *access.Roster) ([]access.Target, *access.Dialer, error) {
	if c.limit != "" {
		return nil, nil, usage.New("leave --limit out, or plan again with it", "--limit was decided when the plan was made")
	}
	var targets []access.Target
	for _, device := range plan.Devices {
		targets = append(targets, access.Target{Name: device.Target, URL: device.URL})
	}
	known, dialer, err := a.dialKnown(targets, c, r, "the plan")
	var wrong *usage.Error
	if r == nil && errors.As(err, &wrong) && slices.ContainsFunc(targets, namedByInventory) {
		err = &usage.Error{Problem: wrong.Problem, Cause: err,
			Hint: "the devices of the plan are named by an inventory: give it with -i FILE, as it was given to \"acfix plan\"; or " + wrong.Hint}
	}
	return known, dialer, err
}

// inventoryHint is what to say where -i is not given and devices of a saved plan are not trusted. Only names
// show that an inventory was there: a plan does not say so itself.
func inventoryHint(targets []access.Target) string {
	if slices.ContainsFunc(targets, namedByInventory) {
		return "the plan was made with an inventory, and pins or CAs may stand in it; give it with -i FILE"
	}
	return "if the plan was made with an inventory, pins or CAs may stand in that; give it with -i FILE"
}

// namedByInventory reports whether a device has a name that does not lead to its address.
func namedByInventory(device access.Target) bool {
	typed, err := access.Parse(device.Name)
	return err != nil || typed.URL != device.URL
}

// dialKnown finds the credentials of devices that were decided on earlier, by a plan or a
// run. With an inventory they must be its devices, at its addresses: a password is never
// sent where only a file or a store says.
func (a *app) dialKnown(targets []access.Target, c connection, r *access.Roster, origin string) ([]access.Target, *access.Dialer, error) {
	for i, t := range targets {
		if r == nil {
			continue
		}
		known, ok := r.Same(t)
		if !ok {
			return nil, nil, usage.New("plan again with this inventory, or give the one that "+origin+" was made with",
				"%s has %q at %s, the inventory %s has not", origin, t.Name, t.URL, c.inventory)
		}
		targets[i].Tags = known.Tags
	}
	dialer, err := a.dial(c, r, targets)
	return targets, dialer, err
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
