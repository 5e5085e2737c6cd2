package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/output/changepackage"
	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

// packageDocument is the document of "acfix package -o json".
type packageDocument struct {
	Schema  string          `json:"schema"`
	Devices []packageResult `json:"devices"`
}

type packageResult struct {
	Target  string             `json:"target"`
	Verdict remediate.Verdict  `json:"verdict"`
	Dir     string             `json:"dir"` // "" without changes
	Files   []string           `json:"files"`
	Error   *remediate.Failure `json:"error"`
}

// writePackages writes a package for each device with changes. It looks at all folders before it writes the first: one
// that holds anything is never touched.
func writePackages(plan remediate.Plan, policy certs.Policy, below string) (packageDocument, error) {
	document := packageDocument{Schema: "acfix.package/v1", Devices: []packageResult{}}
	folders := changepackage.Folders(plan.Devices)
	for i, device := range plan.Devices {
		result := packageResult{Target: device.Target, Verdict: device.Verdict, Files: []string{}, Error: device.Error}
		if device.Verdict == remediate.Change {
			result.Dir = filepath.Join(below, folders[i])
			if err := mustBeEmpty(result.Dir); err != nil {
				return document, err
			}
		}
		document.Devices = append(document.Devices, result)
	}
	for i, device := range plan.Devices {
		if device.Verdict != remediate.Change {
			continue
		}
		files, err := changepackage.Files(device, policy, changepackage.Caution(plan.Devices, i))
		if err != nil {
			return document, fmt.Errorf("%s: %w", device.Target, err)
		}
		if err := writeFolder(document.Devices[i].Dir, files); err != nil {
			return document, fmt.Errorf("write the package of %s: %w", device.Target, err)
		}
		for _, file := range files {
			document.Devices[i].Files = append(document.Devices[i].Files, file.Name)
		}
	}
	return document, nil
}

func mustBeEmpty(folder string) error {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	return usage.Errorf("%s is there already", folder).
		Hint("give another --dir, or remove it: a package is never written over another")
}

// writeFolder writes a folder whole or not at all.
func writeFolder(folder string, files []changepackage.File) (err error) {
	disk := backup.OS{}
	below := filepath.Dir(folder)
	if err := os.MkdirAll(below, 0o700); err != nil {
		return err
	}
	partial := filepath.Join(below, ".partial-"+newID())
	defer func() {
		if err != nil {
			_ = disk.RemoveAll(partial)
		}
	}()
	if err := disk.Mkdir(partial); err != nil {
		return err
	}
	for _, file := range files {
		if err := disk.WriteFile(filepath.Join(partial, file.Name), file.Data); err != nil {
			return err
		}
	}
	if err := os.Remove(folder); err != nil && !errors.Is(err, fs.ErrNotExist) { // an empty one is in the way
		return err
	}
	if err := disk.Rename(partial, folder); err != nil {
		return err
	}
	return disk.SyncDirectory(below)
}

func (d packageDocument) text() string {
	var text strings.Builder
	for _, device := range d.Devices {
		name := foreign.Clean(device.Target)
		switch {
		case device.Error != nil:
			fmt.Fprintf(&text, "%s: error: %s [%s]\n  hint: %s\n", name, foreign.Clean(device.Error.Message),
				device.Error.Code, foreign.Clean(device.Error.Hint))
		case device.Dir == "":
			fmt.Fprintf(&text, "%s: %s: no package; acfix plan says why\n", name, strings.ReplaceAll(string(device.Verdict), "_", " "))
		default:
			fmt.Fprintf(&text, "%s: begin with %s\n", name, foreign.Clean(filepath.Join(device.Dir, changepackage.PageName)))
		}
	}
	return text.String()
}
