package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// backup holds what was read from a device before the first write. It is written once, as safely as acfix's: with a
// manifest of digests, each file synced, the folder synced, then renamed.
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
	manifest := map[string]string{}
	for path, content := range b.files {
		name := plainNames.Replace(path)
		sum := sha256.Sum256(content.Bytes())
		manifest[name] = hex.EncodeToString(sum[:])
		if err := writeSynced(filepath.Join(temporary, name), content.Bytes()); err != nil {
			return err
		}
	}
	text, err := json.Marshal(manifest)
	if err != nil {
		return err
	}
	if err := writeSynced(filepath.Join(temporary, "manifest.json"), text); err != nil {
		return err
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
