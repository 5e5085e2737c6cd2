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

// The limits of a packed backup. acfix's own are at most a few MB, with two files for each TLS Context.
const (
	maxPacked = 256 << 20
	maxFiles  = 1000
)

// Pack returns a backup as a compressed tar archive, for storage other than a disk, and the name
// that Write would give its directory.
func (s Store) Pack(manifest Manifest, files []File) (name string, data []byte, err error) {
	manifest, files, err = s.lay(manifest, files)
	if err != nil {
		return "", nil, err
	}
	data, err = packed(manifest, files)
	return baseName(manifest), data, err
}

// Pack returns a backup as an archive, byte for byte: encrypted files stay encrypted.
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
		head := &tar.Header{Name: file.Name, Mode: 0o600, Size: int64(len(file.Data)), ModTime: manifest.Taken,
			Typeflag: tar.TypeReg}
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

// Open verifies a packed backup as Read does; the result has no Directory. Error: ErrDamaged if it does not verify.
func Open(data []byte) (Backup, error) {
	files, err := unpacked(data)
	if err != nil {
		return Backup{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	opened, err := verified(files)
	if err != nil {
		return Backup{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return opened, nil
}

// Unpack verifies a packed backup, writes it to disk and returns it. On ErrDamaged it has written nothing.
func (s Store) Unpack(data []byte) (Backup, error) {
	opened, err := Open(data)
	if err != nil {
		return Backup{}, err
	}
	files, _ := unpacked(data)
	if opened.Directory, err = s.put(baseName(opened.Manifest), files); err != nil {
		return Backup{}, err
	}
	return opened, nil
}

// verified checks the files of a backup against its manifest.
func verified(files []File) (Backup, error) {
	stored := map[string][]byte{}
	for _, file := range files {
		if _, twice := stored[file.Name]; twice {
			return Backup{}, fmt.Errorf("%q is in it twice", file.Name)
		}
		stored[file.Name] = file.Data
	}
	text := stored[ManifestName]
	if !bytes.Equal(stored[DigestName], digestLine(text)) {
		return Backup{}, fmt.Errorf("%s does not have the SHA-256 in %s", ManifestName, DigestName)
	}
	manifest, err := ParseManifest(text)
	if err != nil {
		return Backup{}, err
	}
	for _, listed := range manifest.Files {
		data, there := stored[listed.Name]
		if !there || listed != entry(File{Name: listed.Name, Data: data}) {
			return Backup{}, fmt.Errorf("%s is missing, or not as the manifest says", listed.Name)
		}
	}
	if len(stored) != len(manifest.Files)+2 {
		return Backup{}, errors.New("something is in it that its manifest does not list")
	}
	delete(stored, ManifestName)
	delete(stored, DigestName)
	return Backup{Manifest: manifest, stored: stored}, nil
}

func unpacked(data []byte) (files []File, err error) {
	compressed, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	content := io.LimitReader(compressed, maxPacked)
	archive := tar.NewReader(content)
	for {
		head, err := archive.Next()
		switch {
		case errors.Is(err, io.EOF):
			_, err := io.Copy(io.Discard, content) // up to the checksum at its end
			return files, err
		case err != nil:
			return nil, err
		case head.Typeflag != tar.TypeReg || !inside(head.Name):
			return nil, fmt.Errorf("%q is not a regular file of a backup", head.Name)
		case len(files) == maxFiles:
			return nil, fmt.Errorf("it has more than %d files", maxFiles)
		case head.Size > fileLimit:
			return nil, fmt.Errorf("%q is larger than %d bytes", head.Name, fileLimit)
		}
		data, err := io.ReadAll(archive)
		if err != nil {
			return nil, err
		}
		files = append(files, File{Name: head.Name, Data: data})
	}
}
