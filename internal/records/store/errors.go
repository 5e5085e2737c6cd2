package store

import (
	"errors"
	"strings"
)

// The kinds of errors, for errors.Is.
var (
	ErrBadURL        = errors.New("not the address of a store")
	ErrMissing       = errors.New("there is no store")
	ErrForeign       = errors.New("this is no store of acfix")
	ErrRefused       = errors.New("access to the store is refused")
	ErrUntrusted     = errors.New("no TLS connection that can be trusted")
	ErrFull          = errors.New("there is no space left for the store")
	ErrReadOnly      = errors.New("the store can only be read")
	ErrNewer         = errors.New("the store was made by a newer acfix")
	ErrDamaged       = errors.New("the store is damaged")
	ErrDown          = errors.New("the database does not answer")
	ErrExists        = errors.New("there is such a run already")
	ErrUnknownRun    = errors.New("there is no such run")
	ErrUnknownDevice = errors.New("the run has no such device")
	ErrAmbiguous     = errors.New("several runs begin like this")
	ErrNotWaiting    = errors.New("the run does not wait for approval")
	ErrNotResumable  = errors.New("the plan waits for approval or was approved; it can't be resumed")
	ErrHeld          = errors.New("somebody else has the lease")
	ErrFenced        = errors.New("the lease has ended or is somebody else's")
	ErrNoArtifact    = errors.New("there is no such artifact")
	ErrNoTask        = errors.New("the task is not asked for any more, or was taken")
	ErrUsed          = errors.New("the plan was carried out on this device already")
	ErrNotApproved   = errors.New("the plan is not approved, or was carried out already")
)

// IsDown tells whether an error means that the database is not there now, or did not answer
// in time: trying again later may help. Whether what was asked for was done is not known: an
// event may then be in the journal twice.
func IsDown(err error) bool { return errors.Is(err, ErrDown) }

// Error is what a database could not do.
type Error struct {
	Doing string // and where: a file, or PostgreSQL
	Kind  error  // one of the kinds above; nil for none
	Cause error
}

// Error is one line; the drivers write several.
func (e *Error) Error() string {
	parts := []string{e.Doing}
	if e.Kind != nil {
		parts = append(parts, e.Kind.Error())
	}
	return strings.Join(append(parts, strings.Join(strings.Fields(e.Cause.Error()), " ")), ": ")
}

// Unwrap makes the kind and the cause known to errors.Is.
func (e *Error) Unwrap() []error {
	if e.Kind == nil {
		return []error{e.Cause}
	}
	return []error{e.Kind, e.Cause}
}

// Outside is an error of other code that works with the same database, such as a queue, told
// in the kinds of this package.
func (s *Store) Outside(doing string, err error) error { return s.failed(doing, err) }

// failed says what was tried, where, and of which kind the error is.
func (s *Store) failed(doing string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Doing: doing + " " + s.place, Kind: s.dialect.kind(err), Cause: err}
}
