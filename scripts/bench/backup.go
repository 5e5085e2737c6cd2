package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// backup holds what was read from a device before the first write, the last reading of each resource. It is written
// once, as acfix writes it: each file synced, the folder synced, then renamed.
type backup struct {
	files   map[string]*bytes.Buffer
	written bool
}

// file returns where an answer goes; nowhere once the backup is written.
func (b *backup) file(path string) io.Writer {
	if b.written {
		return io.Discard
	}
	if b.files == nil {
		b.files = map[string]*bytes.Buffer{}
	}
	b.files[path] = &bytes.Buffer{}
	return b.files[path]
}

var plainNames = strings.NewReplacer("/", "_", ":", "_", "?", "_")

func (b *backup) write(folder, url string) error {
	if b.written {
		return nil
	}
	target := filepath.Join(folder, plainNames.Replace(url))
	temporary := target + ".tmp"
	if err := os.MkdirAll(temporary, 0o700); err != nil {
		return err
	}
	for path, content := range b.files {
		if err := writeSynced(filepath.Join(temporary, plainNames.Replace(path)), content.Bytes()); err != nil {
			return err
		}
	}
	b.files, b.written = nil, true
	return errors.Join(syncFolder(temporary), os.Rename(temporary, target), syncFolder(folder))
}

func writeSynced(path string, content []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Sync(), file.Close())
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
