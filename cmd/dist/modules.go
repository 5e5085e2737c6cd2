package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// builtModule is a module with at least one package in a program of this repository.
type builtModule struct {
	Path, Version string
	Dir           string // its place in the module cache
}

// standardLibrary stands for Go's own packages. Its licence is the one that the Go project puts
// into every golang.org/x module; toolchains packaged by distributions come without the file.
const standardLibrary, goProject = "std", "golang.org/x/sys"

// builtModules lists what is compiled into acfix and mockdevice on any platform, by path. root is the repository.
func builtModules(ctx context.Context, root string) ([]builtModule, error) {
	found := map[string]builtModule{}
	for _, p := range platforms {
		list := exec.CommandContext(ctx, "go", "list", "-deps",
			"-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}{{end}}",
			"./cmd/acfix", "./cmd/mockdevice")
		list.Dir, list.Stderr = root, os.Stderr
		list.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOOS="+p.os, "GOARCH="+p.arch)
		output, err := list.Output()
		if err != nil {
			return nil, fmt.Errorf("go list for %s/%s: %w", p.os, p.arch, err)
		}
		for line := range strings.Lines(string(output)) {
			path, rest, _ := strings.Cut(strings.TrimSpace(line), "\t")
			version, dir, _ := strings.Cut(rest, "\t")
			found[path] = builtModule{path, version, dir}
		}
	}
	goVersion := strings.TrimPrefix(runtime.Version(), "go")
	found[standardLibrary] = builtModule{standardLibrary, goVersion, found[goProject].Dir}
	modules := make([]builtModule, 0, len(found))
	for _, m := range found {
		modules = append(modules, m)
	}
	slices.SortFunc(modules, func(a, b builtModule) int { return strings.Compare(a.Path, b.Path) })
	return modules, nil
}

// notice is one file in which a module states its terms.
type notice struct{ name, text string }

var noticeName = regexp.MustCompile(`(?i)` +
	`^(un)?licen[cs]e(\.(txt|md)|-[a-z0-9_-]+(\.md)?)?$|^copying|^(notice|patents)$`)

// notices reads the files at the top of the module that state its terms.
func (m builtModule) notices() ([]notice, error) {
	entries, err := os.ReadDir(m.Dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; \"go mod download\" fetches it", m.Path, err)
	}
	var found []notice
	for _, entry := range entries {
		if entry.IsDir() || !noticeName.MatchString(entry.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(m.Dir, entry.Name()))
		if err != nil {
			return nil, err
		}
		found = append(found, notice{entry.Name(), strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n"))})
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s states no licence", m.Path)
	}
	return found, nil
}

// licencePhrases tell licences by a phrase that no other licence has. The names are SPDX's.
var licencePhrases = []struct{ id, phrase string }{
	{"Apache-2.0", `(?i)apache license,?\s+version 2\.0`},
	{"BSD-3-Clause", `(?i)neither the names? of|may not be used to endorse or\s+promote`},
	{"BSD-2-Clause", `(?s)^(?:BSD 2-Clause License|[^,]*Simplified BSD License)`},
	{"MIT", `(?i)permission is hereby granted, free of charge`},
	{"MPL-2.0", `(?i)mozilla public license,? version 2\.0`},
	{"Unlicense", `(?i)free and unencumbered software`},
}

// licences returns the SPDX names of the module's licences. A module whose licence is not known
// is an error: a person has to read it before it is given away.
func (m builtModule) licences() ([]string, error) {
	notices, err := m.notices()
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, row := range licencePhrases {
		phrase := regexp.MustCompile(row.phrase)
		if slices.ContainsFunc(notices, func(n notice) bool {
			return !strings.Contains(n.name, "3RD-PARTY") && phrase.MatchString(n.text)
		}) {
			ids = append(ids, row.id)
		}
	}
	if len(ids) == 0 {
		return nil, fmt.Errorf("%s: no known licence; read it, and add a row to licencePhrases", m.Path)
	}
	return ids, nil
}
