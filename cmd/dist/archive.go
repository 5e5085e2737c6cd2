package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// archive writes a platform's files into one archive with one folder: ZIP for Windows, otherwise
// tar.gz. Files keep their order, have the time of the commit and belong to root.
func (r release) archive(p platform, files []file) error {
	folder := fmt.Sprintf("acfix_%s_%s_%s", packageVersion(r.version, r.date), p.os, p.arch)
	name, pack := folder+".tar.gz", tarOf
	if p.os == "windows" {
		name, pack = folder+".zip", zipOf
	}
	content, err := pack(folder, files, r.date)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(r.out, name), content, 0o644)
}

func tarOf(folder string, files []file, date time.Time) ([]byte, error) {
	var content bytes.Buffer
	writer := tar.NewWriter(&content)
	for _, f := range files {
		head := tar.Header{
			Typeflag: tar.TypeReg, Name: folder + "/" + f.name, Size: int64(len(f.content)), Mode: int64(f.mode),
			ModTime: date, Uname: "root", Gname: "root", Format: tar.FormatUSTAR,
		}
		if err := writer.WriteHeader(&head); err != nil {
			return nil, err
		}
		if _, err := writer.Write(f.content); err != nil {
			return nil, err
		}
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return zipped(content.Bytes())
}

func zipOf(folder string, files []file, date time.Time) ([]byte, error) {
	var content bytes.Buffer
	writer := zip.NewWriter(&content)
	for _, f := range files {
		head := zip.FileHeader{Name: folder + "/" + f.name, Method: zip.Deflate, Modified: date}
		head.SetMode(f.mode)
		entry, err := writer.CreateHeader(&head)
		if err != nil {
			return nil, err
		}
		if _, err := entry.Write(f.content); err != nil {
			return nil, err
		}
	}
	err := writer.Close()
	return content.Bytes(), err
}

// sums writes SHA256SUMS over all files of a folder, for sha256sum -c.
func sums(folder string) error {
	entries, err := os.ReadDir(folder) // sorted by name
	if err != nil {
		return err
	}
	var lines strings.Builder
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&lines, "%x  %s\n", sha256.Sum256(content), entry.Name())
	}
	return os.WriteFile(filepath.Join(folder, "SHA256SUMS"), []byte(lines.String()), 0o644)
}
