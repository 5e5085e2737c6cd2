package planfile

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/records/statedir"
	"github.com/acfix/acfix/internal/textfile"
	"github.com/acfix/acfix/internal/usage"
)

// ErrNoKey is the error of Keys.Opening when this user has sealed no plan on this machine.
var ErrNoKey = errors.New("the plan was sealed with another key: this user has saved none on this machine")

// minKey is the minimum length of a key, in characters.
const minKey = 32

// Keys finds the key that seals plans: from a file, or the user's own in the state directory.
type Keys struct {
	File  string // of --plan-key; "" stands for the user's own key
	State func() (statedir.Directory, error)
	// Read reads a secret that only its owner can read; messages use the name for the file.
	Read func(path, name string) ([]byte, error)
}

// Sealing returns the key to seal a plan with. It makes the user's own key if there is none.
func (k Keys) Sealing() ([]byte, error) {
	key, err := k.Opening()
	if !errors.Is(err, ErrNoKey) {
		return key, err
	}
	state, err := k.State()
	if err != nil {
		return nil, err
	}
	if err := makeKey(state.PlanKey()); err != nil {
		return nil, fmt.Errorf("keep the plan key: %w", err)
	}
	return k.Opening()
}

// Opening returns the key to open a sealed plan with, and makes none. Errors: ErrNoKey.
func (k Keys) Opening() ([]byte, error) {
	if k.File != "" {
		key, err := k.Read(k.File, "--plan-key")
		if key = bytes.TrimSpace(textfile.UTF8(key)); err != nil || len(key) >= minKey {
			return key, err
		}
		return nil, usage.Errorf("--plan-key: the key has less than %d characters", minKey).
			Hint("make one with: openssl rand -hex 32")
	}
	state, err := k.State()
	if err != nil {
		return nil, err
	}
	path := state.PlanKey()
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoKey
	}
	key, err := k.Read(path, "the plan key "+path)
	if key = bytes.TrimSpace(key); err != nil || len(key) >= minKey {
		return key, err
	}
	return nil, fmt.Errorf("%s has less than %d characters; plans that were sealed with it can't be opened, "+
		"remove it to have a new one made", path, minKey)
}

// makeKey makes the key of this user. Of two that try at once, the first wins, and both use that one.
func makeKey(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	var secret, id [32]byte
	_, _ = rand.Read(secret[:]) // never fails (crypto/rand)
	_, _ = rand.Read(id[:])
	fresh := path + "-" + hex.EncodeToString(id[:8])
	disk := backup.OS{}
	defer func() { _ = disk.RemoveAll(fresh) }()
	if err := disk.WriteFile(fresh, []byte(hex.EncodeToString(secret[:])+"\n")); err != nil {
		return fmt.Errorf("write %s: %w", fresh, err)
	}
	if err := os.Link(fresh, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return disk.SyncDirectory(filepath.Dir(path))
}
