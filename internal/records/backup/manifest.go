package backup

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"
)

// manifestLimit far exceeds what a device with a hundred TLS Contexts needs.
const manifestLimit = 1 << 20

// fileLimit limits one file: twice the largest configuration that acfix reads from a device.
const fileLimit = 64 << 20

// ErrDamaged is in the error chain if a backup differs from what was written.
var ErrDamaged = errors.New("the backup is damaged")

var sha256Form = regexp.MustCompile(`^[0-9a-f]{64}$`)

// ParseManifest reads a manifest and checks its form: one document, the schema, names below the
// directory, and references to listed files. It ignores unknown keys.
func ParseManifest(text []byte) (Manifest, error) {
	if len(text) > manifestLimit {
		return Manifest{}, fmt.Errorf("the manifest is larger than %d bytes", manifestLimit)
	}
	var manifest Manifest
	decoder := json.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&manifest); err != nil {
		return Manifest{}, errors.New("the manifest is not JSON of the right form")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Manifest{}, errors.New("something follows the manifest's document")
	}
	if manifest.Schema != ManifestSchema {
		return Manifest{}, fmt.Errorf("the manifest's schema is %q, this acfix reads %q", manifest.Schema,
			ManifestSchema)
	}
	return manifest, manifest.check()
}

// docs/design/records.md: A backup has digests and no MAC
func (m Manifest) check() error {
	if m.Encryption != "" && m.Encryption != Age {
		return fmt.Errorf("the manifest names an encryption %q that this acfix does not know", m.Encryption)
	}
	listed := map[string]bool{}
	for _, entry := range m.Files {
		switch {
		case !inside(entry.Name):
			return fmt.Errorf("the manifest lists %q, which is not a name below its directory", entry.Name)
		case listed[entry.Name] || entry.Name == ManifestName || entry.Name == DigestName:
			return fmt.Errorf("the manifest must not list %q, or not twice", entry.Name)
		case m.Encryption == Age && !strings.HasSuffix(entry.Name, ageSuffix):
			return fmt.Errorf("the manifest says that the files are encrypted, and lists %q", entry.Name)
		case entry.Size < 0 || entry.Size > fileLimit || !sha256Form.MatchString(entry.SHA256):
			return fmt.Errorf("the manifest's size or SHA-256 of %q is out of range", entry.Name)
		}
		listed[entry.Name] = true
	}
	if err := m.checkContexts(listed); err != nil {
		return err
	}
	for i, step := range m.Steps {
		if step.Context != nil && *step.Context < 0 || step.SHA256 != "" && !sha256Form.MatchString(step.SHA256) {
			return fmt.Errorf("the manifest's step %d is out of range", i+1)
		}
	}
	return nil
}

func (m Manifest) checkContexts(listed map[string]bool) error {
	seen := map[int]bool{}
	for _, context := range m.Contexts {
		switch {
		case context.ID < 0 || seen[context.ID]:
			return fmt.Errorf("the manifest has TLS Context %d twice, or it can't be", context.ID)
		case !listed[context.TrustedRoots] || context.Certificate != "" && !listed[context.Certificate]:
			return fmt.Errorf("the manifest does not list the files of TLS Context %d", context.ID)
		}
		seen[context.ID] = true
	}
	return nil
}

// inside reports whether Write could have given this name: forward slashes, no "..", at most one folder.
func inside(name string) bool {
	local, err := filepath.Localize(name)
	return err == nil && name != "." && filepath.ToSlash(filepath.Clean(local)) == name &&
		strings.Count(name, "/") <= 1 && !strings.Contains(name, `\`)
}
