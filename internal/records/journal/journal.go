// Package journal records what runs did to a device: one append-only file of JSON lines per device, synced line by
// line, so that after a crash the next run knows what was intended, answered and read back. It holds steps and their
// outcomes, and no secrets: neither passwords nor configuration.
package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/localfault"
	"github.com/acfix/acfix/remediate"
)

// Named is the only event outside runs: in the journal of another name, Detail names the main journal.
const Named remediate.Event = "named"

// Entry is one line.
type Entry struct {
	Time    time.Time          `json:"time"`
	Run     string             `json:"run"`
	Target  string             `json:"target"`
	Serial  string             `json:"serial"`
	MAC     string             `json:"mac,omitempty"` // lower-case hex without separators
	Event   remediate.Event    `json:"event"`
	Kind    remediate.StepKind `json:"kind,omitempty"`
	Context *int               `json:"context,omitempty"`
	Root    string             `json:"root,omitempty"` // SHA-256
	Detail  string             `json:"detail,omitempty"`
	// These are as in remediate.Record.
	Baseline remediate.Baseline `json:"baseline,omitempty"`
	Clean    bool               `json:"clean,omitempty"`
	Waits    bool               `json:"waits,omitempty"`
	// Steps come with a backup: what the run was about to change. Boot is that start of the machine: while it
	// lasts, an intent that is not in the journal was not sent. "" says that every entry is on disk.
	Steps []Planned `json:"steps,omitempty"`
	// Policy comes with it too: the SHA-256 of the rule by which the run decided; "" for a restore.
	Policy string `json:"policy,omitempty"`
	Boot   string `json:"boot,omitempty"`
}

// Planned is a step that a run was about to carry out.
type Planned struct {
	Kind    remediate.StepKind `json:"kind"`
	Context *int               `json:"context,omitempty"`
	Root    string             `json:"root,omitempty"` // SHA-256
}

// Set copies a record of a run into the entry.
func (e *Entry) Set(record remediate.Record) {
	e.Event, e.Detail = record.Event, record.Detail
	e.Baseline = record.Baseline
	e.Clean, e.Waits = record.Clean, record.Waits
	e.Policy = record.Policy
	for _, step := range record.Steps {
		e.Steps = append(e.Steps, Planned{step.Kind, step.Context, step.SHA256})
	}
	if step := record.Step; step != nil {
		e.Kind, e.Context = step.Kind, step.Context
		e.Root = step.SHA256
	}
}

// Folder holds the journals of all devices.
type Folder string

// File is the open journal of one device. One run at a time may have it open: the caller holds the device's lock.
type File struct {
	file    *os.File
	beyond  bool   // space for the entries of one run is reserved beyond the journal's end,
	reserve string // or by this file; "" if by none
}

// Open opens a device's journal for writing, or makes it (directory 0700, file 0600). The name must be harmless.
func (d Folder) Open(name string) (*File, error) {
	file, err := d.open(name)
	if err != nil {
		return nil, err
	}
	if err := file.keepRoom(d.Path(name) + reserveSuffix); err != nil {
		return nil, errors.Join(fmt.Errorf("open the journal: %w", err), file.Close())
	}
	return file, nil
}

// Append adds an entry to a device's journal, which it makes as Open does. On nil, the entry is on disk.
func (d Folder) Append(name string, entry Entry) error {
	file, err := d.open(name)
	if err != nil {
		return err
	}
	return errors.Join(file.Record(entry), file.Close())
}

func (d Folder) open(name string) (*File, error) {
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return nil, localfault.OfFolder(fmt.Errorf("make the journal's directory: %w", err))
	}
	file, err := os.OpenFile(d.Path(name), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, localfault.OfFolder(fmt.Errorf("open the journal: %w", err))
	}
	journal := &File{file: file}
	if err := errors.Join(file.Chmod(0o600), startNewLine(file)); err != nil {
		return nil, errors.Join(fmt.Errorf("open the journal: %w", err), journal.Close())
	}
	return journal, nil
}

// room is more than one run writes: a baseline of some 20 KiB, and a few hundred bytes for each write to the device.
const room = 128 << 10

// keepRoom reserves disk space for a run's entries: a full disk must show before the first write to a device.
// docs/design/records.md: A journal reserves the space of a run
func (f *File) keepRoom(reserve string) error {
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	err = allocate(f.file, info.Size(), room)
	if !errors.Is(err, errors.ErrUnsupported) {
		f.beyond = err == nil
		return err
	}
	file, err := os.OpenFile(reserve, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	f.reserve = reserve
	_, err = file.Write(bytes.Repeat([]byte("\n"), room))
	return errors.Join(err, file.Sync(), file.Close()) // some file systems find out at the sync only
}

const (
	suffix        = ".jsonl"
	reserveSuffix = ".reserve"
)

// Path returns the file of a device's journal.
func (d Folder) Path(name string) string { return filepath.Join(string(d), name+suffix) }

// Names returns the names of all journals, sorted. A missing folder has none.
func (d Folder) Names() ([]string, error) {
	entries, err := os.ReadDir(string(d))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the journals: %w", err)
	}
	var names []string
	for _, entry := range entries {
		if name, is := strings.CutSuffix(entry.Name(), suffix); is && entry.Type().IsRegular() {
			names = append(names, name)
		}
	}
	return names, nil
}

// Remove deletes a device's journal for good. The caller holds the lock of that name.
func (d Folder) Remove(name string) error {
	if err := os.Remove(d.Path(name)); err != nil {
		return fmt.Errorf("delete the journal: %w", err)
	}
	return nil
}

// Reserved returns the journal that a file reserves space for, and false for any other file.
func Reserved(file string) (name string, is bool) {
	return strings.CutSuffix(file, suffix+reserveSuffix)
}

// startNewLine ends a line that a crash cut off, so that the next one can be read.
func startNewLine(file *os.File) error {
	info, err := file.Stat()
	if err != nil || info.Size() == 0 {
		return err
	}
	last := make([]byte, 1)
	if _, err := file.ReadAt(last, info.Size()-1); err != nil {
		return err
	}
	if last[0] == '\n' {
		return nil
	}
	_, err = file.WriteString("\n")
	return err
}

// Record appends one entry. When it returns nil, the entry and all before it are on disk.
func (f *File) Record(entry Entry) error {
	if err := f.Note(entry); err != nil {
		return err
	}
	if err := f.file.Sync(); err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	return nil
}

// Note appends one entry. When it returns nil, the entry outlives this process, but perhaps not the machine.
func (f *File) Note(entry Entry) error {
	line, err := json.Marshal(entry)
	if err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	if err := f.write(append(line, '\n')); err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	return nil
}

// write appends a line; on a full disk it uses the reserved space.
func (f *File) write(line []byte) error {
	_, err := f.file.Write(line)
	if err == nil || f.reserve == "" || os.Remove(f.reserve) != nil {
		return err
	}
	// The newline ends a line that was written in part; Read skips that line.
	_, err = f.file.Write(append([]byte("\n"), line...))
	return err
}

// Close closes the file and frees the reserved space.
func (f *File) Close() error {
	switch {
	case f.beyond:
		f.freeBeyond()
	case f.reserve != "":
		_ = os.Remove(f.reserve)
	}
	return f.file.Close()
}

// freeBeyond gives back what is reserved beyond the journal's end; if it can't, the next run at the device does.
func (f *File) freeBeyond() {
	if info, err := f.file.Stat(); err == nil {
		_ = f.file.Truncate(info.Size())
	}
}

// maxLine bounds one line; the longest that acfix writes, a baseline, has some 20 KiB.
const maxLine = 1 << 20

// Read returns all entries of a device's journal, oldest first, and none if there is no journal. It skips lines that
// can't be parsed, such as one that a crash cut off.
func (d Folder) Read(name string) ([]Entry, error) {
	file, err := os.Open(d.Path(name))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	defer func() { _ = file.Close() }()
	return parse(file)
}

func parse(r io.Reader) ([]Entry, error) {
	var entries []Entry
	var line []byte
	lines := bufio.NewReader(r)
	for {
		var err error
		line, err = readLine(lines, line[:0])
		var entry Entry
		if json.Unmarshal(bytes.TrimSpace(line), &entry) == nil && entry.Event != "" {
			entries = append(entries, entry)
		}
		switch {
		case errors.Is(err, io.EOF):
			return entries, nil
		case err != nil:
			return nil, fmt.Errorf("read the journal: %w", err)
		}
	}
}

// readLine reads a line into the given buffer. It cuts a line longer than maxLine, which then does not parse.
func readLine(lines *bufio.Reader, room []byte) ([]byte, error) {
	for {
		part, err := lines.ReadSlice('\n')
		room = append(room, part[:min(len(part), maxLine-len(room))]...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return room, err
		}
	}
}
