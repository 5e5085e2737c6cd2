package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// described matches git describe: a tag, the commits after it, the commit, whether the tree is dirty.
var described = regexp.MustCompile(`^v?(\d[0-9A-Za-z.+~]*?)(?:-(\d+)-g([0-9a-f]+))?(-dirty)?$`)

// packageVersion returns a version that Debian and RPM order: untagged commits, then a tag, then commits after it.
func packageVersion(version string, date time.Time) string {
	parts := described.FindStringSubmatch(version)
	if parts == nil || !strings.Contains(parts[1], ".") {
		commit := strings.ReplaceAll(version, "-", ".")
		return fmt.Sprintf("0.0.0~%s.%s", date.UTC().Format("20060102"), commit)
	}
	text := parts[1]
	if parts[2] != "" {
		text += "+" + parts[2] + "." + parts[3]
	}
	if parts[4] != "" {
		text += "+dirty"
	}
	return text
}

// packages makes a platform's deb and rpm. deploy/package/nfpm.yaml says what they contain.
// docs/design/server.md: A package reaches for no device
func (r release) packages(p platform, files []file) error {
	root := filepath.Join(r.stage, "root")
	if err := os.RemoveAll(root); err != nil {
		return err
	}
	for _, f := range files {
		staged, err := packaged(f)
		if err == nil {
			err = write(root, staged)
		}
		if err != nil {
			return err
		}
	}
	for _, kind := range []string{"deb", "rpm"} {
		command := exec.CommandContext(r.ctx, "go", "tool", "-modfile=deploy/package/tools.mod", "nfpm", "package",
			"--config", "deploy/package/nfpm.yaml", "--packager", kind, "--target", r.out)
		command.Env = append(os.Environ(), "GOFLAGS=", "STAGE="+root, "ARCH="+p.arch,
			"VERSION="+packageVersion(r.version, r.date),
			fmt.Sprintf("SOURCE_DATE_EPOCH=%d", r.date.Unix()))
		if output, err := command.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", kind, err, output)
		}
	}
	return nil
}

// packaged returns a file as packages contain it: manual pages compressed, units with the installed path.
func packaged(f file) (file, error) {
	switch {
	case strings.HasPrefix(f.name, "man/"):
		content, err := zipped(f.content)
		return file{f.name + ".gz", f.mode, content}, err
	case strings.HasPrefix(f.name, "deploy/systemd/"):
		f.content = bytes.ReplaceAll(f.content, []byte("/usr/local/bin/acfix"), []byte("/usr/bin/acfix"))
	}
	return f, nil
}

func write(root string, f file) error {
	path := filepath.Join(root, filepath.FromSlash(f.name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, f.content, fs.FileMode(f.mode))
}
