package export

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

// Bounds of a package. A device's own has a few files of at most some MiB.
const (
	largestPackage = 64 << 20 // packed
	mostMembers    = 4096
)

// members are the files of a package that a plan is made from. Private keys are skipped where they stand: they are
// neither read nor parsed.
type members struct {
	configurations map[string][]byte    // by name
	modified       map[string]time.Time // of the configurations
	roots          map[string][]byte    // by the TLS Context's name or number
	certificates   map[string][]byte
	seen           int
	size           int64
}

var errTooMuch = errors.New("it unpacks to more than any device's package")

// keep takes in a member of a package if a plan needs it.
func (m *members) keep(name string, modified time.Time, open func() (io.ReadCloser, error)) error {
	if m.seen++; m.seen > mostMembers {
		return errTooMuch
	}
	base := path.Base(strings.ReplaceAll(name, `\`, "/"))
	end := strings.ToLower(path.Ext(base))
	into := map[string]map[string][]byte{".ini": m.configurations, ".root": m.roots, ".crt": m.certificates}[end]
	if into == nil {
		return nil
	}
	content, err := open()
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }()
	data, err := io.ReadAll(io.LimitReader(content, largestINI-m.size+1))
	if m.size += int64(len(data)); m.size > largestINI {
		return errTooMuch
	}
	stem := strings.TrimSuffix(base, path.Ext(base))
	into[stem] = data
	if end == ".ini" {
		m.modified[stem] = modified
	}
	return err
}

// readPackage reads a configuration package: "ini.ini", and for each TLS Context perhaps a certificate (".crt") and the
// trusted roots (".root").
func (r Reader) readPackage(file string, info fs.FileInfo) (remediate.Export, error) {
	if info.Size() > largestPackage {
		return remediate.Export{}, tooLarge(file, largestPackage)
	}
	found := &members{
		configurations: map[string][]byte{}, roots: map[string][]byte{}, certificates: map[string][]byte{},
		modified: map[string]time.Time{},
	}
	unpack := unpackTar
	if strings.HasSuffix(strings.ToLower(file), ".7z") {
		unpack = r.unpackSevenZip
	}
	if err := unpack(file, found); err != nil {
		return remediate.Export{}, damaged(file, err)
	}
	name, err := found.configuration()
	if err != nil {
		return remediate.Export{}, damaged(file, err)
	}
	configuration, err := parseConfiguration(file+": "+name+".ini", found.configurations[name])
	if err != nil {
		return remediate.Export{}, err
	}
	taken, by := oldest(info.ModTime(), found.modified[name])
	read := remediate.Export{
		Taken: taken, TakenBy: by,
		Configuration: configuration, Status: statusOf(configuration),
		Stores: map[int]audiocodes.TrustedRoots{}, Certificates: map[int][]byte{},
	}
	return read, found.assign(&read)
}

// clockIsSet is before every export: a device whose clock was never set is in 1970 or 2000.
var clockIsSet = time.Date(2005, 1, 1, 0, 0, 0, 0, time.UTC)

// oldest returns the older of the times of a package and of the configuration in it, and which it is. A copy of a
// package is younger than what is in it.
func oldest(file, member time.Time) (time.Time, remediate.TakenBy) {
	if member.After(clockIsSet) && member.Before(file) {
		return member, remediate.TakenByMember
	}
	return file, remediate.TakenByFile
}

func damaged(file string, err error) error {
	var known *usage.Error
	if errors.As(err, &known) {
		return err
	}
	hint := "export it again; a package that was cut off while it was copied can't be judged"
	if errors.Is(err, errTooMuch) || errors.Is(err, errWindow) {
		hint = "nothing of it was used: no device makes such a package. Find out where it is from, and export it again " +
			"from the device"
	}
	return &usage.Error{
		Problem: fmt.Sprintf("%s is no configuration package that can be read: %s", file, err), Cause: err, Hint: hint,
	}
}

// configuration is the name of the one INI file of a package, or of that called "ini.ini".
func (m *members) configuration() (string, error) {
	if _, has := m.configurations["ini"]; has {
		return "ini", nil
	}
	if len(m.configurations) != 1 {
		return "", fmt.Errorf("it holds %d INI files, and none is called ini.ini", len(m.configurations))
	}
	for name := range m.configurations {
		return name, nil
	}
	return "", nil
}

// assign gives the stores and certificates to their TLS Contexts, which a package calls by name or by number.
func (m *members) assign(read *remediate.Export) error {
	contexts, err := read.ContextIDs()
	if err != nil {
		return err
	}
	for id, name := range contexts {
		if roots, has := called(m.roots, id, name); has {
			read.Stores[id] = audiocodes.TrustedRoots{PEM: roots}
		}
		if certificate, has := called(m.certificates, id, name); has {
			read.Certificates[id] = certificate
		}
	}
	return nil
}

func called(files map[string][]byte, id int, name string) ([]byte, bool) {
	if data, has := files[name]; has && name != "" {
		return data, true
	}
	for file, data := range files {
		if strings.EqualFold(file, name) && name != "" {
			return data, true
		}
	}
	data, has := files[strconv.Itoa(id)]
	return data, has
}

func unpackTar(file string, into *members) error {
	opened, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }()
	unzipped, err := gzip.NewReader(opened)
	if err != nil {
		return err
	}
	defer func() { _ = unzipped.Close() }()
	archive := tar.NewReader(&bounded{unzipped, 2 * largestPackage})
	for {
		header, err := archive.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case header.Typeflag != tar.TypeReg:
			continue
		}
		open := func() (io.ReadCloser, error) { return io.NopCloser(archive), nil }
		if err := into.keep(header.Name, header.ModTime, open); err != nil {
			return err
		}
	}
}

// bounded fails where more is unpacked than any package holds, skipped files included.
type bounded struct {
	from io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errTooMuch
	}
	return n, err
}
