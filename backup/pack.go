package backup

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path/filepath"
)

// maxPacked bounds what a packed backup may become; the largest of ours has a few MB.
const maxPacked = 256 << 20

// Pack is a backup in one piece, for a place that is no disk: what Write would put into a
// directory, as a compressed tar archive. The name is what Write would call the directory.
func (s Store) Pack(manifest Manifest, files []File) (name string, data []byte, err error) {
	manifest, files, err = s.lay(manifest, files)
	if err != nil {
		return "", nil, err
	}
	data, err = packed(manifest, files)
	return baseName(manifest), data, err
}

// Pack is a backup that was read in one piece, byte for byte: encrypted files stay so.
func (b Backup) Pack() (name string, data []byte, err error) {
	text, err := readFile(filepath.Join(b.Directory, ManifestName), manifestLimit)
	if err != nil {
		return "", nil, fmt.Errorf("%w: %s: %w", ErrDamaged, ManifestName, err)
	}
	var files []File
	for _, entry := range b.Manifest.Files {
		files = append(files, File{Name: entry.Name, Data: b.stored[entry.Name]})
	}
	files = append(files, File{Name: ManifestName, Data: text}, File{Name: DigestName, Data: digestLine(text)})
	data, err = packed(b.Manifest, files)
	return baseName(b.Manifest), data, err
}

func packed(manifest Manifest, files []File) ([]byte, error) {
	var data bytes.Buffer
	compressed := gzip.NewWriter(&data)
	archive := tar.NewWriter(compressed)
	for _, file := range files {
		head := &tar.Header{Name: file.Name, Mode: 0o600, Size: int64(len(file.Data)), ModTime: manifest.Taken, Typeflag: tar.TypeReg}
		if err := archive.WriteHeader(head); err != nil {
			return nil, fmt.Errorf("pack %s: %w", file.Name, err)
		}
		if _, err := archive.Write(file.Data); err != nil {
			return nil, fmt.Errorf("pack %s: %w", file.Name, err)
		}
	}
	if err := errors.Join(archive.Close(), compressed.Close()); err != nil {
		return nil, fmt.Errorf("pack the backup: %w", err)
	}
	return data.Bytes(), nil
}

// Unpack puts a packed backup on disk, verifies it as Read does, and returns it. What does
// not verify is ErrDamaged, and is not left behind.
func (s Store) Unpack(data []byte) (Backup, error) {
	files, manifest, err := unpacked(data)
	if err != nil {
		return Backup{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	directory, err := s.put(baseName(manifest), files)
	if err != nil {
		return Backup{}, err
	}
	kept, err := Read(directory)
	if err != nil {
		_ = s.Disk.RemoveAll(directory)
	}
	return kept, err
}

func unpacked(data []byte) (files []File, manifest Manifest, err error) {
	compressed, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, manifest, err
	}
	archive := tar.NewReader(io.LimitReader(compressed, maxPacked))
	for {
		head, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, manifest, err
		}
		if head.Typeflag != tar.TypeReg || !inside(head.Name) {
			return nil, manifest, fmt.Errorf("%q is no plain file of a backup", head.Name)
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			return nil, manifest, err
		}
		files = append(files, File{Name: head.Name, Data: content})
	}
	for _, file := range files {
		if file.Name == ManifestName {
			manifest, err = ParseManifest(file.Data)
			return files, manifest, err
		}
	}
	return nil, manifest, errors.New("there is no manifest in it")
}
