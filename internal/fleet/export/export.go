// Package export reads devices from files instead of over the network: a configuration that a person exported in the
// web interface, a configuration package, or a backup of acfix. It dials nothing and writes nothing. What a file does
// not show stays unknown.
package export

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"
	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

// Reader reads exports. The zero value reads whatever needs no password.
type Reader struct {
	// Firmware is the version by the operator's word, for files that tell none; "" if the operator gave none.
	Firmware string
	// Password returns the password of a configuration package; it may be nil.
	Password func(path string) (string, error)
	// Identities decrypt encrypted backups.
	Identities func() ([]age.Identity, error)
}

// ErrNoPackagePassword means that a package is encrypted and its password was not given, or is another one.
var ErrNoPackagePassword = errors.New("the package is encrypted, and the password is missing or wrong")

// Find returns the exports that a path stands for: the file itself, the directory itself if it is a backup, or else
// each export in the directory, by name. Errors: *usage.Error.
func Find(path string) ([]string, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, usage.Errorf("%s can't be read: %s", path, usage.Reason(err)).Hint("check the path")
	case !info.IsDir() || isBackup(path):
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, usage.Errorf("%s can't be read: %s", path, usage.Reason(err)).Hint("check the path")
	}
	var found []string
	for _, entry := range entries {
		inside := filepath.Join(path, entry.Name())
		if isExport(inside, entry) {
			found = append(found, inside)
		}
	}
	if len(found) == 0 {
		return nil, usage.Errorf("%s holds no export of a device", path).
			Hint("give a folder with INI files (.ini), configuration packages (.7z, .tar.gz) or backups of acfix; a device " +
				"that is called like a folder is named by its URL, https://…")
	}
	return found, nil
}

// isBackup reports whether a directory is a backup. One that can't be looked into counts as one, so that it is not
// left out in silence.
func isBackup(directory string) bool {
	info, err := os.Stat(filepath.Join(directory, backup.ManifestName))
	return err == nil && info.Mode().IsRegular() || err != nil && !errors.Is(err, fs.ErrNotExist)
}

// isExport reports whether an entry of a folder is an export by its name, so that notes beside them are no mistakes.
// Reading a pipe in it would wait without end. A link that leads nowhere is an export that can't be read.
func isExport(path string, entry fs.DirEntry) bool {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return isBackup(path)
	case err == nil && !info.Mode().IsRegular():
		return false
	}
	return !strings.HasPrefix(entry.Name(), ".") && (IsPackage(path) || strings.EqualFold(filepath.Ext(path), ".ini"))
}

// packageEnds are how the names of configuration packages end.
var packageEnds = []string{".7z", ".tar.gz", ".tgz"}

// IsPackage reports whether a file is a configuration package by its name.
func IsPackage(path string) bool {
	lower := strings.ToLower(path)
	return slices.ContainsFunc(packageEnds, func(end string) bool { return strings.HasSuffix(lower, end) })
}

// Read reads one export; its Source is set with an error too. Errors: *usage.Error where the operator can mend it,
// ErrNoPackagePassword, backup.ErrDamaged, backup.ErrSealed.
func (r Reader) Read(path string) (remediate.Export, error) {
	read, err := r.readKind(path)
	read.Source.File = path
	if !ToldFirmware(read) && r.Firmware != "" {
		read.Status.Firmware = r.Firmware
	}
	if err == nil && read.Source.Kind != remediate.SourceBackup { // a backup is verified by its manifest
		read.Part = partOf(read)
	}
	return read, err
}

func (r Reader) readKind(path string) (read remediate.Export, err error) {
	read.Source.Kind = kindOf(path)
	info, err := os.Stat(path)
	if err != nil {
		return read, unreadable(path, err)
	}
	kind := read.Source.Kind
	switch {
	case info.IsDir():
		kind = remediate.SourceBackup
		read, err = r.readBackup(path)
	case kind == remediate.SourcePackage:
		read, err = r.readPackage(path, info)
	default:
		read, err = r.readINI(path, info)
	}
	read.Source.Kind = kind
	return read, err
}

// kindOf is what a path that is no directory is by its name.
func kindOf(path string) remediate.SourceKind {
	if IsPackage(path) {
		return remediate.SourcePackage
	}
	return remediate.SourceINI
}

// ToldFirmware reports whether an export says by itself which firmware its device runs, in a form that can be read.
func ToldFirmware(read remediate.Export) bool {
	_, err := audiocodes.ParseFirmware(read.Status.Firmware)
	return err == nil
}

func (r Reader) readINI(path string, info fs.FileInfo) (remediate.Export, error) {
	data, err := readFile(path)
	if err != nil {
		return remediate.Export{}, err
	}
	configuration, err := parseConfiguration(path, data)
	if err != nil {
		return remediate.Export{}, err
	}
	return remediate.Export{
		Taken: info.ModTime(), TakenBy: remediate.TakenByFile,
		Configuration: configuration, Status: statusOf(configuration),
	}, nil
}

// The lines at the head of an INI file that describe the device (public INI files of 6.60A to 7.20A).
const (
	headerBoard    = "Board"
	headerSerial   = "Serial Number"
	headerSoftware = "Software Version"
)

// statusOf is what the head of a configuration says of the device.
func statusOf(configuration audiocodes.Configuration) audiocodes.Status {
	return audiocodes.Status{
		Product: configuration.Header(headerBoard), Serial: configuration.Header(headerSerial),
		Firmware: configuration.Header(headerSoftware),
	}
}

func tooLarge(path string, limit int64) error {
	return usage.Errorf("%s is larger than %d MiB, which no configuration is", path, limit>>20).
		Hint("give the INI file or the package that the web interface exports")
}

func unreadable(path string, err error) error {
	return usage.Errorf("%s can't be read: %s", path, usage.Reason(err)).Hint("check the path and its permissions")
}
