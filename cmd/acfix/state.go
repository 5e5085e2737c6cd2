package main

import (
	"errors"

	"github.com/acfix/acfix/internal/records/statedir"
	"github.com/acfix/acfix/internal/usage"
)

// stateDirectory returns the state directory of the user who runs acfix.
func (a *app) stateDirectory() (statedir.Directory, error) {
	state, err := statedir.Find(a.getenv)
	if errors.Is(err, statedir.ErrNoHome) {
		return "", usage.Errorf("%s", err).Hint("set HOME or XDG_STATE_HOME")
	}
	return state, err
}

// backupDirectory returns --backup-dir, or the folder for backups in the state directory.
func (a *app) backupDirectory() (string, error) {
	if a.flags.backupDir != "" {
		return a.flags.backupDir, nil
	}
	state, err := a.stateDirectory()
	return state.Backups(), err
}
