package httpserver

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/acfix/acfix/internal/textfile"
)

// tokenFile is a token file in use. One that can't be read any more lets nobody in: who was
// taken out of it is not known.
type tokenFile struct{ reloaded[Tokens] }

func openTokens(path string, open Opener) (*tokenFile, error) {
	file := &tokenFile{reloaded[Tokens]{paths: []string{path}, read: func() (Tokens, error) { return ReadTokens(path, open) }}}
	tokens, err := file.current()
	if err == nil && len(tokens.Tokens) == 0 {
		err = ErrNoTokens
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTokenFile, err)
	}
	return file, nil
}

// ErrMode is the error of a token file that others than its owner can write, or that more than
// its group can read. A group may read it, as it may a mounted secret of Kubernetes: hashes of
// 256 random bits give no token away.
var ErrMode = errors.New("others than its owner and group can use the file")

const maxTokenFile = 1 << 20

// Opener opens a file for reading, and may refuse one that is not to be gone by.
type Opener func(path string) (*os.File, error)

// ReadTokens reads a token file that only its owner can change. Errors: ErrMode, those of open,
// those of ParseTokens. open may be nil for os.Open.
func ReadTokens(path string, open Opener) (Tokens, error) {
	if open == nil {
		open = os.Open
	}
	file, err := open(path)
	if err != nil {
		return Tokens{}, err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return Tokens{}, err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o037 != 0 {
		return Tokens{}, fmt.Errorf("%w (mode %04o)", ErrMode, info.Mode().Perm())
	}
	content, err := io.ReadAll(io.LimitReader(file, maxTokenFile+1))
	if err != nil {
		return Tokens{}, err
	}
	if len(content) > maxTokenFile {
		return Tokens{}, errors.New("no token file: it is too large")
	}
	return ParseTokens(textfile.UTF8(content))
}
