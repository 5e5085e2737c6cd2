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
	"github.com/acfix/acfix/internal/fleet/policyfile"
	"github.com/acfix/acfix/internal/ownership"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

// InventoryFile is an inventory that was read, and where. A nil InventoryFile is that of a command without
// an inventory: it has no device.
type InventoryFile struct {
	inventory.Inventory
	folder      string
	refused     error
	names, urls map[string]*inventory.Device
}

// ReadInventoryBytes reads the bytes of an inventory, and one more than it may have at most.
func ReadInventoryBytes(path string) ([]byte, error) {
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

// ReadInventory reads an inventory. One with a password_command runs what it says, so the guard must
// let it pass. Errors: inventory.Errors, *usage.Error.
func ReadInventory(path string, guard ownership.Guard) (*InventoryFile, error) {
	content, refused, err := readGuarded(path, guard)
	if err != nil {
		return nil, err
	}
	format := inventory.YAML
	if IsTable(path) {
		format = inventory.CSV
	}
	parsed, err := inventory.Parse(content, format, InventoryRules())
	if err != nil {
		return nil, err
	}
	r := &InventoryFile{
		Inventory: parsed, folder: filepath.Dir(path), refused: refused,
		names: map[string]*inventory.Device{}, urls: map[string]*inventory.Device{},
	}
	for i := range parsed.Devices {
		device := &parsed.Devices[i]
		if len(device.Password.Command) > 0 && refused != nil {
			return nil, refusedInventory(path, refused)
		}
		r.names[device.Name] = device
		if device.URL != "" {
			r.urls[device.URL] = device
		}
	}
	return r, nil
}

// Refused returns why other users can change the file (*ownership.Refusal); nil if they can't.
func (r *InventoryFile) Refused() error { return r.refused }

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
	problem := fmt.Sprintf("%s has a password_command, which is not run: %s", path, err)
	return &usage.Error{Problem: problem, Hint: hint, Cause: err}
}

// PasswordVariables are the environment variables that hold passwords of devices.
func (r *InventoryFile) PasswordVariables() []string {
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

// InventoryRules are what inventories have to keep to.
func InventoryRules() inventory.Rules {
	return inventory.Rules{
		Address: func(text string) (string, error) {
			parsed, err := ParseDevice(text)
			if err != nil {
				return "", err
			}
			return parsed.URL, nil
		},
		Finding: remediate.Waivable,
	}
}

// CheckTrust reads the CA files and the client certificates, but no private key.
func (r *InventoryFile) CheckTrust() error {
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

// PolicyNamed returns the policy that the inventory names: a built-in one by its name, or the path of a file; "" for
// none. It refuses an inventory that others can change: a policy decides what devices trust.
func (r *InventoryFile) PolicyNamed() (string, error) {
	if r == nil || r.Policy == "" {
		return "", nil
	}
	if r.refused != nil {
		hint := "check the path"
		var refusal *ownership.Refusal
		if errors.As(r.refused, &refusal) {
			hint = refusal.Fix
		}
		return "", &usage.Error{
			Problem: fmt.Sprintf("the inventory names a policy, which is not used: %s", r.refused), Hint: hint, Cause: r.refused,
		}
	}
	return policyfile.Beside(r.folder, r.Policy), nil
}
