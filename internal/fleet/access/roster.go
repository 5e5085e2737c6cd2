package access

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/internal/ownership"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

// Roster is an inventory that was read, and where. A nil Roster is that of a command without
// an inventory: it has no device.
type Roster struct {
	inventory.Inventory
	folder      string
	names, urls map[string]*inventory.Device
}

// ReadFile reads the bytes of an inventory, and one more than it may have at most.
func ReadFile(path string) ([]byte, error) {
	content, _, err := readGuarded(path, ownership.Guard{})
	return content, err
}

// readGuarded reads an inventory, and says by refused why nothing may be run that it names; it
// was looked at before it was read.
func readGuarded(path string, guard ownership.Guard) (content []byte, refused, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, usage.Errorf("the inventory can't be read: %s", err).Hint("check the path")
	}
	defer func() { _ = file.Close() }()
	refused = guard.Check(file, path)
	content, err = io.ReadAll(io.LimitReader(file, inventory.MaxBytes+1))
	if err != nil {
		return nil, nil, usage.Errorf("the inventory can't be read: %s", err).Hint("check the path")
	}
	return content, refused, nil
}

// ReadRoster reads an inventory. One with a password_command runs what it says, so the guard must
// let it pass. Errors: inventory.Errors, *misuse.Error.
func ReadRoster(path string, guard ownership.Guard) (*Roster, error) {
	content, refused, err := readGuarded(path, guard)
	if err != nil {
		return nil, err
	}
	format := inventory.YAML
	if IsTable(path) {
		format = inventory.CSV
	}
	parsed, err := inventory.Parse(content, format, Rules())
	if err != nil {
		return nil, err
	}
	r := &Roster{Inventory: parsed, folder: filepath.Dir(path), names: map[string]*inventory.Device{}, urls: map[string]*inventory.Device{}}
	for i := range parsed.Devices {
		device := &parsed.Devices[i]
		if len(device.Password.Command) > 0 && refused != nil {
			return nil, refusedInventory(path, refused)
		}
		r.names[device.Name], r.urls[device.URL] = device, device
	}
	return r, nil
}

// IsTable reports whether a file is CSV by its name; in any other an inventory is YAML.
func IsTable(path string) bool {
	return slices.Contains([]string{".csv", ".tsv", ".tab"}, strings.ToLower(filepath.Ext(path)))
}

func refusedInventory(path string, err error) error {
	hint := "check the path"
	var refusal *ownership.Refusal
	if errors.As(err, &refusal) {
		hint = refusal.Fix
	}
	return &usage.Error{Problem: fmt.Sprintf("%s has a password_command, which is not run: %s", path, err), Hint: hint, Cause: err}
}

// PasswordVariables are the environment variables that hold passwords of devices.
func (r *Roster) PasswordVariables() []string {
	if r == nil {
		return nil
	}
	var names []string
	for _, device := range r.Devices {
		for _, name := range []string{device.Password.Env, device.ProxyLogin.PasswordEnv} {
			if name != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// Rules are what inventories have to keep to.
func Rules() inventory.Rules {
	return inventory.Rules{
		Address: func(text string) (string, error) {
			parsed, err := Parse(text)
			return parsed.URL, err
		},
		Finding: remediate.Waivable,
	}
}

// Targets are the devices of one run: those that are named, or the inventory's that limit
// selects; with "" all.
func (r *Roster) Targets(arguments []string, limit string) ([]Target, error) {
	switch {
	case r == nil:
		return ParseAll(arguments, Parse)
	case len(arguments) > 0 && limit != "":
		return nil, usage.Errorf("--limit selects from the whole inventory, but devices are named too").
			Hint("leave out the targets or --limit")
	case len(arguments) > 0:
		return ParseAll(arguments, r.named)
	}
	devices := r.Devices
	if limit != "" {
		var err error
		if devices, err = r.Select(limit); err != nil {
			return nil, usage.Errorf("--limit: %s", err).Hint(limitHint + r.nearestOf(limit))
		}
	}
	targets := make([]Target, 0, len(devices))
	for _, device := range devices {
		targets = append(targets, listed(&device))
	}
	return targets, nil
}

// Find takes a name of the inventory or an address; a device of the inventory is one by its
// address too. known tells whether it is one.
func (r *Roster) Find(argument string) (found Target, known bool, err error) {
	if r.Lists(argument) {
		return listed(r.names[argument]), true, nil
	}
	parsed, err := Parse(argument)
	if err != nil || r == nil {
		return parsed, false, err
	}
	if device, ok := r.urls[parsed.URL]; ok {
		return listed(device), true, nil
	}
	return parsed, false, nil
}

func listed(device *inventory.Device) Target {
	return Target{Name: device.Name, URL: device.URL, Tags: device.Tags}
}

// Lists tells whether a device has that name.
func (r *Roster) Lists(name string) bool {
	if r == nil {
		return false
	}
	_, ok := r.names[name]
	return ok
}

// Same is the device that has the name and the address of a target that was decided on
// earlier, with today's tags. Where none has both, no password may be sent there.
func (r *Roster) Same(earlier Target) (Target, bool) {
	if r == nil {
		return Target{}, false
	}
	device, ok := r.urls[earlier.URL]
	if !ok || device.Name != earlier.Name {
		return Target{}, false
	}
	return listed(device), true
}

// CheckTrust reads the CA files and the client certificates, but no private key.
func (r *Roster) CheckTrust() error {
	read := authorities{}
	for _, device := range r.Devices {
		if device.CAFile != "" {
			if _, err := read.pool(inventory.Beside(r.folder, device.CAFile)); err != nil {
				return err
			}
		}
		if device.ClientCert != "" {
			if _, err := readChain(inventory.Beside(r.folder, device.ClientCert)); err != nil {
				return err
			}
		}
	}
	return nil
}
