// Package changepackage writes down a plan for a person who carries it out in the web interface: what to click, the
// files to import, and a list of them with checksums. It is pure: the same plan makes the same bytes.
package changepackage

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/remediate"
)

// ManifestSchema is the value of the first key of a package's manifest.
const ManifestSchema = "acfix.package_manifest/v1"

// The files of a package that have a fixed name.
const (
	TextName     = "steps.txt"
	PageName     = "steps.html"
	SwitchName   = "1-switch.ini"
	ManifestName = "manifest.json"
)

// File is one file of a package.
type File struct {
	Name string
	Data []byte
}

// manifest lists the files of a package, but for itself.
type manifest struct {
	Schema string                    `json:"schema"`
	Target string                    `json:"target"`
	Device remediate.Identity        `json:"device"`
	Source remediate.Source          `json:"source"`
	Policy remediate.PolicyReference `json:"policy"`
	Digest string                    `json:"digest"` // the plan's
	Files  []listed                  `json:"files"`
}

type listed struct {
	Name   string `json:"name"`
	Size   int    `json:"size"`
	SHA256 string `json:"sha256"`
}

// Files returns the change package of a device whose verdict is change, planned by the policy. caution, if not empty,
// comes before everything else that a person is to do.
func Files(plan remediate.DevicePlan, policy certs.Policy, caution string) ([]File, error) {
	if plan.Source.IsFile() { // where it lay on the operator's machine is nothing to the device
		plan.Target = filepath.Base(plan.Target)
	}
	imports, err := importsOf(plan, policy)
	if err != nil {
		return nil, err
	}
	guide := write(plan, remediate.ReferenceTo(policy), imports)
	guide.caution = caution
	page, err := guide.page()
	if err != nil {
		return nil, err
	}
	files := []File{{TextName, []byte(guide.text())}, {PageName, page}}
	if plan.SwitchLoad.Text != "" {
		files = append(files, File{SwitchName, []byte(plan.SwitchLoad.Text)})
	}
	for _, each := range imports.files {
		files = append(files, File{each.name, each.root.PEM()})
	}
	last, err := list(plan, remediate.ReferenceTo(policy), files)
	return append(files, last), err
}

func list(plan remediate.DevicePlan, policy remediate.PolicyReference, files []File) (File, error) {
	source := plan.Source
	source.Taken, source.TakenBy = "", "" // a copy of a file is younger than the file
	if source.File != "" {
		source.File = foreign.Clean(filepath.Base(source.File))
	}
	device := plan.Device
	for _, text := range []*string{&device.Product, &device.Serial, &device.Firmware, &device.MAC} {
		*text = foreign.Clean(*text)
	}
	target := foreign.Clean(plan.Target)
	content := manifest{ManifestSchema, target, device, source, policy, plan.Digest, []listed{}}
	for _, file := range files {
		sum := sha256.Sum256(file.Data)
		content.Files = append(content.Files, listed{file.Name, len(file.Data), hex.EncodeToString(sum[:])})
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(content)
	return File{ManifestName, text.Bytes()}, err
}

// imports are the files of roots, and which of them go into which TLS Context.
type imports struct {
	files []rootFile
	into  map[int][]rootFile
}

type rootFile struct {
	name    string
	root    certs.Root
	unknown bool // whether the store has it already
}

func importsOf(plan remediate.DevicePlan, policy certs.Policy) (imports, error) {
	all := imports{into: map[int][]rootFile{}}
	named := map[string]string{}
	for _, step := range plan.Steps {
		if step.Kind != remediate.StepImportRoot || step.Context == nil {
			continue
		}
		root, known := policy.Find(step.SHA256)
		if !known {
			return all, fmt.Errorf("the plan imports %q, which is none of the roots that the policy requires", step.Root)
		}
		file := rootFile{named[root.SHA256], root, isUnknown(plan, *step.Context, root)}
		if file.name == "" {
			file.name = fmt.Sprintf("2-%02d-%s.pem", len(all.files)+1, unsafe.ReplaceAllString(root.Name, "-"))
			named[root.SHA256] = file.name
			all.files = append(all.files, file)
		}
		all.into[*step.Context] = append(all.into[*step.Context], file)
	}
	return all, nil
}

// unsafe is what the name of a root has and that of a file must not.
var unsafe = regexp.MustCompile(`[^A-Za-z0-9.]+`)

func isUnknown(plan remediate.DevicePlan, id int, root certs.Root) bool {
	for _, context := range plan.Contexts {
		for _, status := range context.Roots {
			if context.ID == id && status.SHA256 == root.SHA256 {
				return status.State == remediate.RootUnknown
			}
		}
	}
	return false
}
