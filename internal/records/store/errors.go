package store

import (
	"errors"
	"slices"
	"strings"

	"github.com/acfix/acfix/internal/localfault"
)

// The kinds of errors, for errors.Is.
var (
	ErrBadURL        = errors.New("not the address of a store")
	ErrMissing       = errors.New("there is no store")
	ErrForeign       = errors.New("this is not an acfix store")
	ErrRefused       = errors.New("access to the store is refused")
	ErrUntrusted     = errors.New("no trustworthy TLS connection")
	ErrFull          = errors.New("there is no space left for the store")
	ErrReadOnly      = errors.New("the store is read-only")
	ErrBroken        = errors.New("the store's disk or memory fails")
	ErrNewer         = errors.New("the store was made by a newer acfix")
	ErrDamaged       = errors.New("the store is damaged")
	ErrDown          = errors.New("the database does not answer")
	ErrExists        = errors.New("a run with this ID or time exists already")
	ErrUnknownRun    = errors.New("there is no such run")
	ErrUnknownDevice = errors.New("the run has no such device")
	ErrAmbiguous     = errors.New("several runs begin like this")
	ErrNotWaiting    = errors.New("the run does not wait for approval")
	ErrNotResumable  = errors.New("the plan waits for approval or was approved; it can't be resumed")
	ErrRejected      = errors.New("a person rejected it or its plan; it can't be resumed")
	ErrPruned        = errors.New("some of its devices were deleted by prune; it can't be resumed")
	ErrHeld          = errors.New("another process holds the lease")
	ErrFenced        = errors.New("the lease has ended, or another process holds it")
	ErrNoArtifact    = errors.New("there is no such artifact")
	ErrNoTask        = errors.New("the task is no longer wanted, or was taken")
	ErrUsed          = errors.New("the plan was carried out on this device already")
	ErrNotApproved   = errors.New("the plan is not approved, or was carried out already")
)

// IsDown reports whether an error means that the database is unavailable, or did not answer in time: trying again
// later may help. It is then unknown whether the request was carried out, so an event may be in the journal twice.
func IsDown(err error) bool { return errors.Is(err, ErrDown) }

// Error is an operation that a database could not perform.
type Error struct {
	Doing string // the operation and the place: a file, or PostgreSQL
	Kind  error  // one of the kinds above, or nil
	Cause error
}

// Error returns one line; the drivers write several.
func (e *Error) Error() string {
	parts := []string{e.Doing}
	if e.Kind != nil {
		parts = append(parts, e.Kind.Error())
	}
	return strings.Join(append(parts, strings.Join(strings.Fields(e.Cause.Error()), " ")), ": ")
}

// Unwrap exposes the kind and the cause to errors.Is, and localfault.Err if every further write would fail too.
func (e *Error) Unwrap() []error {
	chain := []error{e.Cause}
	if e.Kind != nil {
		chain = append(chain, e.Kind)
	}
	if slices.Contains([]error{ErrFull, ErrReadOnly, ErrBroken}, e.Kind) {
		chain = append(chain, localfault.Err)
	}
	return chain
}

// Outside converts an error of other code that uses the same database, such as a queue, to the kinds of this package.
func (s *Store) Outside(doing string, err error) error { return s.failed(doing, err) }

// failed adds the operation, the place and the kind to an error.
func (s *Store) failed(doing string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Doing: doing + " " + s.place, Kind: s.dialect.kind(err), Cause: err}
}
