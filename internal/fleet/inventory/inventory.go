// Package inventory reads lists of devices: YAML, or CSV with a header line. Bytes go in;
// devices, or every mistake with its line and column, come out. It opens no file, looks
// nothing up and knows no device.
//
// Both formats become the same tree of YAML nodes, which one table of keys (keys.go)
// decodes. So a key can't mean one thing in YAML and another in CSV.
package inventory

import (
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	"github.com/acfix/acfix/internal/strictyaml"
	"github.com/acfix/acfix/remediate"
	"go.yaml.in/yaml/v3"
)

// MaxBytes bounds an inventory; ten thousand devices take some 5 MB.
const MaxBytes = 32 << 20

// Inventory is the devices in the order of the file; no two share a name or an address.
type Inventory struct {
	Devices []Device
	// Policy is the name or the file of the policy for all devices, as written; "" for none.
	Policy string
}

// Device is one device with the inventory's defaults merged in.
type Device struct {
	Name     string
	URL      string // canonical: scheme, host and port; "" for a device that is read from a file
	File     string // an exported configuration, as written: relative to the inventory's folder, or absolute
	Username string
	Password Password
	CAFile   string // as written: relative to the inventory's folder, or absolute
	Pins     []string
	TLSMin   string // "1.0" to "1.3"; "" leaves it to the command line
	// LegacyCiphers allows the cipher suites of old firmware.
	LegacyCiphers bool
	// ClientCert and ClientKey are files, as written: relative to the inventory's folder, or
	// absolute. Either both are set or none.
	ClientCert, ClientKey string
	Proxy                 *url.URL
	// ProxyLogin is for Proxy, or for the one of the command line in its place.
	ProxyLogin ProxyLogin
	Tags       []string
	Choice     remediate.Choice
	Waivers    []Waiver
	// NoCertCheck: plans do without the SBC's own certificate.
	NoCertCheck bool
}

// Password says where a device's password is found; at most one field is set, and none
// leaves it to the environment and the prompt.
type Password struct {
	Env     string   // name of an environment variable
	File    string   // as written: relative to the inventory's folder, or absolute
	Command []string // program and arguments, for no shell
}

// Waiver silences one finding in reports, up to and including its date.
type Waiver struct {
	Finding, Reason, Owner string
	Until                  time.Time // midnight UTC of the last day
}

// Format is how an inventory is written.
type Format int

// The formats.
const (
	YAML Format = iota
	CSV
)

// Rules are what an inventory can't know by itself.
type Rules struct {
	// Address makes the canonical form of a device's address, or says what is wrong with it.
	Address func(text string) (string, error)
	// Finding reports whether a finding with that code exists.
	Finding func(code string) bool
}

// Error is one mistake.
type Error = strictyaml.Error

// Errors are the mistakes of an inventory, in the order of the file. They quote names and
// keys, never what stands at a key that leads to a password.
type Errors = strictyaml.Errors

// Parse reads an inventory. An error is of type Errors.
func Parse(data []byte, format Format, rules Rules) (Inventory, error) {
	root, err := tree(data, format)
	if err != nil {
		return Inventory{}, Errors{*err}
	}
	d := decoder{Reader: strictyaml.Reader{Instead: "; use defaults"}, rules: rules}
	inventory := d.inventory(root)
	if err := d.Err(); err != nil {
		return Inventory{}, err
	}
	return inventory, nil
}

// Beside resolves a path that is written in a file: relative ones begin at the
// file's own folder. "" stays "".
func Beside(folder, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(folder, path)
}

func tree(data []byte, format Format) (*yaml.Node, *Error) {
	if problem := checkSize(data); problem != nil {
		return nil, problem
	}
	if format == YAML {
		return strictyaml.Tree(data, "inventory")
	}
	root, _, problem := csvTree(data, layout{})
	return root, problem
}

// checkSize refuses what is not parsed at all.
func checkSize(data []byte) *Error {
	if len(data) > MaxBytes {
		return mistake(1, 1, fmt.Sprintf("the inventory is larger than %d bytes", MaxBytes))
	}
	return checkContainer(data)
}
