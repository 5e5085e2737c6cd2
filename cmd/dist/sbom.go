package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// bill is an SBOM in CycloneDX 1.6 (ECMA-424, first edition), without a serial number, which would differ each time.
type bill struct {
	Schema       string           `json:"$schema"`
	Format       string           `json:"bomFormat"`
	SpecVersion  string           `json:"specVersion"`
	Version      int              `json:"version"`
	Metadata     billMetadata     `json:"metadata"`
	Components   []billComponent  `json:"components"`
	Dependencies []billDependency `json:"dependencies"`
}

type billMetadata struct {
	Timestamp string        `json:"timestamp"`
	Component billComponent `json:"component"`
}

type billComponent struct {
	Type     string        `json:"type"`
	Ref      string        `json:"bom-ref"`
	Name     string        `json:"name"`
	Version  string        `json:"version"`
	Purl     string        `json:"purl"`
	Licences []billLicence `json:"licenses,omitempty"`
}

type billLicence struct {
	Expression string `json:"expression"`
}

type billDependency struct {
	Ref  string   `json:"ref"`
	Uses []string `json:"dependsOn"`
}

// materials lists the modules that are built into acfix of a version.
func materials(version string, date time.Time, modules []builtModule) (bill, error) {
	acfix := component("application", "github.com/acfix/acfix", version)
	all := bill{
		Schema: "http://cyclonedx.org/schema/bom-1.6.schema.json", Format: "CycloneDX", SpecVersion: "1.6", Version: 1,
		Metadata: billMetadata{date.UTC().Format(time.RFC3339), acfix},
	}
	uses := billDependency{Ref: acfix.Ref}
	for _, m := range modules {
		ids, err := m.licences()
		if err != nil {
			return bill{}, err
		}
		c := component("library", m.Path, m.Version)
		c.Licences = []billLicence{{strings.Join(ids, " AND ")}}
		all.Components = append(all.Components, c)
		uses.Uses = append(uses.Uses, c.Ref)
	}
	all.Dependencies = []billDependency{uses}
	return all, nil
}

func component(kind, path, version string) billComponent {
	purl := "pkg:golang/" + path + "@" + strings.ReplaceAll(version, "+", "%2B")
	return billComponent{Type: kind, Ref: purl, Name: path, Version: version, Purl: purl}
}

// materials writes the bill of materials of the release, beside its archives.
func (r release) materials() error {
	modules, err := builtModules(r.ctx, ".")
	if err != nil {
		return err
	}
	version := packageVersion(r.version, r.date)
	all, err := materials(version, r.date, modules)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(r.out, "acfix_"+version+"_sbom.cdx.json"), append(text, '\n'), 0o644)
}
