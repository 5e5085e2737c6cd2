package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// file is one file of an archive.
type file struct {
	name    string // with slashes, below the archive's folder
	mode    fs.FileMode
	content []byte
}

// sources are the files of the repository that are released, by path.
var sources = []struct{ from, to string }{
	{"README.md", "README.md"},
	{"LICENSE", "LICENSE"},
	{"THIRD_PARTY_NOTICES", "THIRD_PARTY_NOTICES"},
	{"ARCHITECTURE.md", "ARCHITECTURE.md"}, // README and docs link to this and the next three
	{"CHANGELOG.md", "CHANGELOG.md"},
	{"CONTRIBUTING.md", "CONTRIBUTING.md"},
	{"SECURITY.md", "SECURITY.md"},
	{"docs", "docs"},
	{"mockdevice/ASSUMPTIONS.md", "mockdevice/ASSUMPTIONS.md"}, // doctor refers to this one
	{"deploy/README.md", "deploy/README.md"},
	{"deploy/inventory.yaml", "deploy/inventory.yaml"},
	{"deploy/jobs.yaml", "deploy/jobs.yaml"},
	{"deploy/systemd", "deploy/systemd"},
	{"deploy/prometheus", "deploy/prometheus"},
}

// shells maps the shells with word completion to the names of their scripts.
var shells = map[string]string{
	"bash": "completions/acfix.bash", "zsh": "completions/_acfix",
	"fish": "completions/acfix.fish", "powershell": "completions/acfix.ps1",
}

// common returns the files that every platform gets, by name.
func (r release) common() ([]file, error) {
	var files []file
	for _, source := range sources {
		found, err := read(source.from, source.to)
		if errors.Is(err, fs.ErrNotExist) && source.from == "LICENSE" {
			continue
		}
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	made, err := r.made()
	files = append(files, made...)
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) })
	return files, err
}

// made returns the files that acfix generates itself: manual pages and completions.
func (r release) made() ([]file, error) {
	acfix, err := r.native()
	if err != nil {
		return nil, err
	}
	pages := filepath.Join(r.stage, "pages")
	if _, err := acfix("man", "--dir", pages, "--date", r.date.Format(time.DateOnly)); err != nil {
		return nil, err
	}
	files, err := read(pages, "man")
	if err != nil {
		return nil, err
	}
	for shell, name := range shells {
		script, err := acfix("completion", shell)
		if err != nil {
			return nil, err
		}
		files = append(files, file{name, 0o644, script})
	}
	return files, nil
}

// read returns a file, or all files of a folder.
func read(from, to string) ([]file, error) {
	info, err := os.Stat(from)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(from, ".go") {
		return nil, nil // the documents' tests
	}
	if !info.IsDir() {
		content, err := os.ReadFile(from)
		return []file{{to, 0o644, content}}, err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return nil, err
	}
	var files []file
	for _, entry := range entries {
		found, err := read(filepath.Join(from, entry.Name()), path.Join(to, entry.Name()))
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	return files, nil
}

// zipped compresses content as gzip -n does: without name and time.
func zipped(content []byte) ([]byte, error) {
	var packed bytes.Buffer
	writer, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := writer.Write(content); err != nil {
		return nil, err
	}
	err = writer.Close()
	return packed.Bytes(), err
}
