// Package statedir knows where acfix keeps its own files on a machine: the directory, its folders,
// the names of devices, runs and plans in them, and the locks between processes.
package statedir

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// Directory is where acfix keeps its plan key, journals, locks, used plans and, by default, backups and runs.
type Directory string

// ErrNoHome means that the environment names no home directory.
var ErrNoHome = errors.New("there is no home directory for journals and backups")

// errNoData is the standard library's wording.
var errNoData = errors.New("%LocalAppData% is not defined")

// Find returns the user's directory, which the environment determines. It follows the XDG Base
// Directory Specification; on Windows it is the user's local application data.
func Find(getenv func(string) string) (Directory, error) {
	if state := getenv("XDG_STATE_HOME"); filepath.IsAbs(state) {
		return below(state), nil
	}
	if runtime.GOOS == "windows" {
		data := getenv("LocalAppData")
		if data == "" {
			return "", errNoData
		}
		return below(data), nil
	}
	home := getenv("HOME")
	if home == "" {
		return "", ErrNoHome
	}
	return below(filepath.Join(home, ".local", "state")), nil
}

func below(parent string) Directory { return Directory(filepath.Join(parent, "acfix")) }

// Backups is the default folder of backups.
func (d Directory) Backups() string { return d.at("backups") }

// Journals is the folder of the devices' journals.
func (d Directory) Journals() string { return d.at("journal") }

// Locks is the folder of locks.
func (d Directory) Locks() Locks { return Locks(d.at("locks")) }

// UsedPlans is the folder of marks that record which saved plan was carried out on which device.
func (d Directory) UsedPlans() string { return d.at("used-plans") }

// PlanKey is the file with the key that seals plans.
func (d Directory) PlanKey() string { return d.at("plan.key") }

// Runs is the default file of the store.
func (d Directory) Runs() string { return d.at("runs.db") }

func (d Directory) at(name string) string { return filepath.Join(string(d), name) }

// TokenUses is the file with the times at which tokens were last used.
func (d Directory) TokenUses() string { return d.at("token-uses.json") }

// SerialName names the unit with a serial number.
func SerialName(serial string) string { return name("serial", serial) }

// MACName names the unit with a MAC address, in lower-case hex without separators.
func MACName(mac string) string { return name("mac", mac) }

// AddressName names whatever answers at an address, whichever device it is.
func AddressName(url string) string { return name("address", url) }

// CertificateName names by SHA-256 what presents a management certificate: a device, or a fleet that shares one.
func CertificateName(sha256 string) string { return name("certificate", sha256) }

// IsDevice reports whether a name is one of a device: by its serial number, MAC address or address.
func IsDevice(name string) bool {
	kind, _, _ := strings.Cut(name, "-")
	return slices.Contains([]string{"serial", "mac", "address"}, kind)
}

// RunName names a run.
func RunName(id string) string { return name("run", id) }

// PlanName names a saved plan.
func PlanName(id string) string { return name("plan", id) }

// TokensName names a token file.
func TokensName(path string) string { return name("tokens", path) }

var plain = regexp.MustCompile(`^[A-Za-z0-9]{1,40}$`)

// name makes a file name of foreign text: serial numbers stay readable, all else becomes a digest and stays inside.
func name(prefix, text string) string {
	if plain.MatchString(text) {
		return prefix + "-" + text
	}
	sum := sha256.Sum256([]byte(text))
	return prefix + "-" + hex.EncodeToString(sum[:12])
}
