package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/usage"
	"github.com/spf13/cobra"
)

func (a *app) rootsExportCommand() *cobra.Command {
	var file, folder string
	command := &cobra.Command{
		Use:   "export [NAME...]",
		Short: "Write the roots as PEM: all, or those named; to stdout, one file, or one file each",
		Long: `export writes PEM blocks with LF line ends, ready for the device's import. A root is
named by its name or its SHA-256. A device imports one certificate at a time: --dir writes
one file for each root. Files that are there already are not overwritten.`,
		RunE: func(_ *cobra.Command, names []string) error {
			roots, err := rootsNamed(names)
			switch {
			case err != nil:
				return err
			case file != "" && folder != "":
				return usage.Errorf("--file and --dir exclude each other").Hint("give one of the two")
			case folder != "":
				return a.exportEach(folder, roots)
			case file != "":
				return a.exportFile(file, bundle(roots))
			}
			if _, err := a.stdout.Write(bundle(roots)); err != nil {
				return fmt.Errorf("write the roots: %w", err)
			}
			return nil
		},
	}
	command.Flags().StringVar(&file, "file", "", "write all into this new file")
	command.Flags().StringVar(&folder, "dir", "", "write one file for each root into this folder")
	return command
}

func bundle(roots []certs.Root) []byte {
	var text bytes.Buffer
	for _, root := range roots {
		text.Write(root.PEM())
	}
	return text.Bytes()
}

// exportEach checks all names before it writes the first file.
func (a *app) exportEach(folder string, roots []certs.Root) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("make the folder: %w", err)
	}
	for _, root := range roots {
		if err := mustBeNew(filepath.Join(folder, root.FileName())); err != nil {
			return err
		}
	}
	for _, root := range roots {
		if err := a.exportFile(filepath.Join(folder, root.FileName()), root.PEM()); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) exportFile(path string, text []byte) error {
	if err := mustBeNew(path); err != nil {
		return err
	}
	if err := writePrivate(path, text); err != nil {
		return err
	}
	a.say("wrote %s", path)
	return nil
}

func mustBeNew(path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return usage.Errorf("%s is there already", path).Hint("give another name, or remove it")
	}
	return nil
}

func rootsNamed(names []string) ([]certs.Root, error) {
	if len(names) == 0 {
		return certs.Required(), nil
	}
	var roots []certs.Root
	for _, name := range names {
		root, ok := rootNamed(name)
		if !ok {
			return nil, usage.Errorf("%q is none of the required roots", name).
				Hint("\"acfix roots list\" shows the names")
		}
		roots = append(roots, root)
	}
	return roots, nil
}

func rootNamed(name string) (certs.Root, bool) {
	for _, root := range certs.Required() {
		if strings.EqualFold(root.Name, name) || strings.EqualFold(root.SHA256, strings.ReplaceAll(name, ":", "")) {
			return root, true
		}
	}
	return certs.Root{}, false
}
