package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/acfix/acfix/inventory"
	"github.com/acfix/acfix/misuse"
	"github.com/acfix/acfix/remediate"
	"github.com/spf13/pflag"
)

// registerInventory is for the commands that take many devices.
func (c *connection) registerInventory(flags *pflag.FlagSet) {
	flags.StringVarP(&c.inventory, "inventory", "i", "", "file with devices, YAML or CSV; without a target all of them")
	flags.StringVar(&c.limit, "limit", "", "of the inventory, only these devices: globs of names and tag:NAME, separated by commas")
}

// roster is an inventory that was read, and where.
type roster struct {
	inventory.Inventory
	folder      string
	names, urls map[string]*inventory.Device
}

func readInventory(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, misuse.New("check the path", "the inventory can't be read: %s", err)
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, inventory.MaxBytes+1))
	if err != nil {
		return nil, misuse.New("check the path", "the inventory can't be read: %s", err)
	}
	return content, nil
}

func parseInventory(path string) (*roster, error) {
	content, err := readInventory(path)
	if err != nil {
		return nil, err
	}
	format := inventory.YAML
	if strings.EqualFold(filepath.Ext(path), ".csv") {
		format = inventory.CSV
	}
	parsed, err := inventory.Parse(content, format, inventoryRules())
	if err != nil {
		return nil, err
	}
	r := &roster{Inventory: parsed, folder: filepath.Dir(path), names: map[string]*inventory.Device{}, urls: map[string]*inventory.Device{}}
	for i := range parsed.Devices {
		device := &parsed.Devices[i]
		r.names[device.Name], r.urls[device.URL] = device, device
	}
	return r, nil
}

func inventoryRules() inventory.Rules {
	return inventory.Rules{
		Address: func(text string) (string, error) {
			parsed, err := parseTarget(text)
			return parsed.url, err
		},
		Finding: remediate.Waivable,
	}
}

// roster reads the inventory of -i; nil where none is given.
func (a *app) roster(c connection) (*roster, error) {
	if c.inventory == "" {
		if c.limit != "" {
			return nil, misuse.New("give the inventory with -i FILE", "--limit selects from an inventory, and none is given")
		}
		return nil, nil
	}
	read, err := a.frugally(func() (*roster, error) { return parseInventory(c.inventory) })
	var wrong inventory.Errors
	if errors.As(err, &wrong) {
		return nil, misuse.New("\"acfix inventory check "+c.inventory+"\" lists all that is wrong", "%s:%s", c.inventory, wrong)
	}
	return read, err
}

// frugally collects garbage more often than elsewhere: the tree of a large inventory takes
// more memory than the run that follows, and would set how far the heap grows.
func (a *app) frugally(read func() (*roster, error)) (*roster, error) {
	if a.getenv("GOGC") == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(25))
	}
	return read()
}

// targets are the devices of one run: those that are named, or the inventory's.
func (r *roster) targets(arguments []string, limit string) ([]target, error) {
	switch {
	case r == nil:
		return parseTargets(arguments, parseTarget)
	case len(arguments) > 0 && limit != "":
		return nil, misuse.New("leave out the targets or --limit", "--limit selects from the whole inventory, but devices are named too")
	case len(arguments) > 0:
		return parseTargets(arguments, r.target)
	}
	devices := r.Devices
	if limit != "" {
		var err error
		if devices, err = r.Select(limit); err != nil {
			return nil, misuse.New("a pattern is a name such as ams-*, or tag:NAME; several are separated by commas", "--limit: %s", err)
		}
	}
	targets := make([]target, 0, len(devices))
	for _, device := range devices {
		targets = append(targets, listed(&device))
	}
	return targets, nil
}

// target takes a name of the inventory or an address; a device of the inventory is one by
// its address too.
func (r *roster) target(argument string) (target, error) {
	if device, ok := r.names[argument]; ok {
		return listed(device), nil
	}
	parsed, err := parseTarget(argument)
	if device, ok := r.urls[parsed.url]; ok && err == nil {
		return listed(device), nil
	}
	return parsed, err
}

func listed(device *inventory.Device) target {
	return target{name: device.Name, url: device.URL, tags: device.Tags}
}

func (r *roster) lists(argument string) bool {
	if r == nil {
		return false
	}
	_, ok := r.names[argument]
	return ok
}

// dialAll finds the credentials and the trust of every target. What can be wrong on this
// machine ends the run here; nothing is sent yet.
func (a *app) dialAll(c connection, r *roster, targets []target) (*dialer, error) {
	if r == nil {
		return a.dial(c)
	}
	d := &dialer{app: a, devices: map[string]access{}}
	secrets, authorities := &secrets{app: a}, authorities{}
	for _, t := range targets {
		device, known := r.urls[t.url]
		var err error
		if known {
			d.devices[t.url], err = c.accessTo(*device, r.folder, secrets, authorities)
		} else if d.common.username == "" {
			d.common, err = c.access(secrets, authorities)
		}
		if err != nil {
			return nil, err
		}
	}
	a.warnInsecure(c)
	return d, nil
}

// accessTo puts what stands on the command line over what the inventory says.
func (c connection) accessTo(device inventory.Device, folder string, secrets *secrets, authorities authorities) (access, error) {
	merged := c.over(device, folder)
	trust, err := merged.trust(authorities)
	if err != nil {
		return access{}, err
	}
	own := access{
		trust: trust, oldTLS: merged.oldTLS(), proxy: device.Proxy,
		choice: c.choice(remediate.Choice(device.Choice)), noCertCheck: c.skipsCertificate(device.NoCertCheck),
	}
	for _, waiver := range device.Waivers {
		own.waivers = append(own.waivers, remediate.Waiver{
			Finding: waiver.Finding, Reason: waiver.Reason, Owner: waiver.Owner, Until: waiver.Until.Format(time.DateOnly),
		})
	}
	from := source{Password: device.Password, folder: folder}
	from.File = beside(folder, from.File)
	own.username, own.password, own.failure, err = secrets.login(c.credentials, device.Username, from)
	return own, err
}

// over is whom to trust: --pin, --ca-file and --insecure are one decision and replace the
// inventory's as a whole.
func (c connection) over(device inventory.Device, folder string) connection {
	if !c.given.Changed("pin") && !c.given.Changed("ca-file") && !c.given.Changed("insecure") {
		c.pins, c.caFile = device.Pins, beside(folder, device.CAFile)
	}
	if device.TLSMin != "" && !c.given.Changed("tls-min") {
		c.tlsMin = device.TLSMin
	}
	return c
}

// choice puts the planning flags that stand on the command line over a choice.
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

// skipsCertificate puts --no-cert-check, where it stands on the command line, over the inventory.
func (c connection) skipsCertificate(under bool) bool {
	if given, err := c.given.GetBool(noCertCheck); err == nil && c.given.Changed(noCertCheck) {
		return given
	}
	return under
}

// beside resolves a path of the inventory.
func beside(folder, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(folder, path)
}

// dialPlan finds the credentials for a saved plan.
func (a *app) dialPlan(plan remediate.Plan, c connection, r *roster) ([]target, *dialer, error) {
	if c.limit != "" {
		return nil, nil, misuse.New("leave --limit out, or plan again with it", "--limit was decided when the plan was made")
	}
	var targets []target
	for _, device := range plan.Devices {
		targets = append(targets, target{name: device.Target, url: device.URL})
	}
	return a.dialKnown(targets, c, r, "the plan")
}

// dialKnown finds the credentials of devices that were decided on earlier, by a plan or a
// run. With an inventory they must be its devices, at its addresses: a password is never
// sent where only a file or a store says.
func (a *app) dialKnown(targets []target, c connection, r *roster, origin string) ([]target, *dialer, error) {
	for i, t := range targets {
		if r == nil {
			continue
		}
		known, ok := r.urls[t.url]
		if !ok || known.Name != t.name {
			return nil, nil, misuse.New("plan again with this inventory, or give the one that "+origin+" was made with",
				"%s has %q at %s, the inventory %s has not", origin, t.name, t.url, c.inventory)
		}
		targets[i].tags = known.Tags
	}
	dialer, err := a.dialAll(c, r, targets)
	return targets, dialer, err
}
