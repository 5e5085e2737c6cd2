package export

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/acfix/acfix/internal/usage"
	"github.com/bodgit/sevenzip"
	"github.com/ulikunitz/xz/lzma"
)

// unpackSevenZip asks for the password only where the package can't be read without one.
func (r Reader) unpackSevenZip(file string, into *members) error {
	boundDecoders()
	err := unpackWith(file, "", into)
	if !encrypted(err) || r.Password == nil {
		return withoutPassword(file, err)
	}
	password, err := r.Password(file)
	if err != nil {
		return err
	}
	into.seen, into.size = 0, 0
	return withoutPassword(file, unpackWith(file, password, into))
}

func encrypted(err error) bool {
	var read *sevenzip.ReadError
	return errors.As(err, &read) && read.Encrypted
}

func withoutPassword(file string, err error) error {
	if encrypted(err) {
		return &usage.Error{
			Problem: file + ": " + ErrNoPackagePassword.Error(), Cause: ErrNoPackagePassword,
			Hint: "give the password that the package was exported with: --package-password-file FILE",
		}
	}
	return err
}

// unpackWith also survives what the library panics over: a package is a stranger's file.
func unpackWith(file, password string, into *members) (err error) {
	defer func() {
		if failure := recover(); failure != nil {
			err = errors.New("its structure is damaged")
		}
	}()
	opened, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }()
	info, err := opened.Stat()
	if err != nil {
		return err
	}
	archive, err := sevenzip.NewReaderWithPassword(opened, info.Size(), password)
	if err != nil {
		return err
	}
	for _, member := range archive.File {
		if member.FileInfo().IsDir() || isKey(member.Name) {
			continue
		}
		if member.UncompressedSize > largestINI {
			return errTooMuch
		}
		if err := into.keep(member.Name, member.Modified, member.Open); err != nil {
			return err
		}
	}
	return nil
}

func isKey(name string) bool { return strings.HasSuffix(strings.ToLower(name), ".pkey") }

// largestWindow bounds the memory that a package can make its decoder take: 7-Zip's own settings use at most 64 MiB.
const largestWindow = 64 << 20

var errWindow = errors.New("unpacking it would take more memory than any device's package")

// boundDecoders leaves only the methods that AudioCodes' packages use (device documents: LZMA2, AES-256) and plain
// LZMA, each with a bound on memory.
var boundDecoders = sync.OnceFunc(func() {
	sevenzip.RegisterDecompressor([]byte{0x21}, decodeLZMA2)
	sevenzip.RegisterDecompressor([]byte{0x03, 0x01, 0x01}, decodeLZMA)
	for _, method := range [][]byte{
		{0x03, 0x04, 0x01}, {0x04, 0xf7, 0x11, 0x01}, {0x04, 0xf7, 0x11, 0x02}, {0x04, 0xf7, 0x11, 0x04},
	} {
		sevenzip.RegisterDecompressor(method, refuse)
	}
})

func refuse([]byte, uint64, []io.ReadCloser) (io.ReadCloser, error) {
	return nil, errors.New("it is packed by a method that no device uses")
}

type decoded struct {
	io.Reader
	io.Closer
}

// decodeLZMA2 reads the size of the window as 7-Zip's format description has it: one byte.
func decodeLZMA2(properties []byte, _ uint64, from []io.ReadCloser) (io.ReadCloser, error) {
	if len(from) != 1 || len(properties) != 1 || properties[0] > 40 {
		return nil, errors.New("its structure is damaged")
	}
	window := (2 | int64(properties[0]&1)) << (properties[0]/2 + 11)
	if window > largestWindow {
		return nil, errWindow
	}
	reader, err := lzma.Reader2Config{DictCap: int(window)}.NewReader2(from[0])
	return decoded{reader, from[0]}, err
}

func decodeLZMA(properties []byte, size uint64, from []io.ReadCloser) (io.ReadCloser, error) {
	if len(from) != 1 || len(properties) != 5 {
		return nil, errors.New("its structure is damaged")
	}
	if binary.LittleEndian.Uint32(properties[1:]) > largestWindow {
		return nil, errWindow
	}
	head := binary.LittleEndian.AppendUint64(append([]byte{}, properties...), size)
	reader, err := lzma.NewReader(io.MultiReader(strings.NewReader(string(head)), from[0]))
	return decoded{reader, from[0]}, err
}
