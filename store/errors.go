package store

import (
	"errors"
	"fmt"
)

// The kinds of errors, for errors.Is.
var (
	ErrBadURL        = errors.New("not the address of a store")
	ErrNewer         = errors.New("the store was made by a newer acfix")
	ErrDamaged       = errors.New("the store is damaged")
	ErrDown          = errors.New("the database does not answer")
	ErrExists        = errors.New("there is such a run already")
	ErrUnknownRun    = errors.New("there is no such run")
	ErrUnknownDevice = errors.New("the run has no such device")
	ErrAmbiguous     = errors.New("several runs begin like this")
	ErrNotWaiting    = errors.New("the run does not wait for approval")
	ErrNotResumable  = errors.New("the run waits for approval or was approved; it can't be resumed")
	ErrHeld          = errors.New("somebody else has the lease")
	ErrFenced        = errors.New("the lease has ended or is somebody else's")
	ErrNoArtifact    = errors.New("there is no such artifact")
)

// IsDown tells whether an error means that the database is not there now: trying again
// later may help. Whether what was asked for was done is not known.
func IsDown(err error) bool { return errors.Is(err, ErrDown) }

// failed says what was tried, where, and of which kind the error is.
func (s *Store) failed(what string, err error) error {
	if err == nil || isOurs(err) {
		return err
	}
	if s.file != "" {
		return fmt.Errorf("%s %s: %w", what, s.file, kindOfSQLite(err))
	}
	return fmt.Errorf("%s: %w", what, kindOfPostgres(err))
}

func isOurs(err error) bool {
	for _, kind := range []error{
		ErrBadURL, ErrNewer, ErrDamaged, ErrExists, ErrUnknownRun, ErrUnknownDevice, ErrAmbiguous,
		ErrNotWaiting, ErrNotResumable, ErrHeld, ErrFenced, ErrNoArtifact,
	} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}
