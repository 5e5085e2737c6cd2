package httpserver

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/acfix/acfix/internal/textfile"
)

// tokenFile is a token file in use. Once unreadable, it accepts no token: any may have been removed.
type tokenFile struct{ reloaded[Tokens] }

func openTokens(path string, open Opener) (*tokenFile, error) {
	read := func() (Tokens, error) { return ReadTokens(path, open) }
	file := &tokenFile{reloaded[Tokens]{paths: []string{path}, read: read}}
	tokens, err := file.current()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTokenFile, err)
	}
	if len(tokens.Tokens) == 0 {
		return nil, fmt.Errorf("%w: %w", ErrTokenFile, ErrNoTokens)
	}
	return file, nil
}

// ErrMode is the error of a token file that users other than its owner can write, or that users outside its group can
// read. The group may read it, as with a mounted Kubernetes secret: hashes of 256 random bits reveal no token.
var ErrMode = errors.New("users other than its owner and group can use the file")

const maxTokenFile = 1 << 20

// Opener opens a file for reading, and may refuse one that can't be trusted.
type Opener func(path string) (*os.File, error)

// ReadTokens reads an owner-only token file; a nil open is os.Open. Errors: ErrMode, open's, ParseTokens's.
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
		return Tokens{}, errors.New("not a token file: it is too large")
	}
	return ParseTokens(textfile.UTF8(content))
}
