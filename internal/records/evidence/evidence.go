// Package evidence keeps the journal and the backups of a device, and keeps other runs away from the device while a
// run works on it: in files of this machine, or in a store that machines share. It does not know what the run does.
package evidence

import (
	"context"
	"fmt"
	"time"

	"github.com/acfix/acfix/internal/records/journal"
	"github.com/acfix/acfix/remediate"
)

// Keeper is Files or Shared.
type Keeper interface {
	// Entries returns the journal entries of a device under all of its names, oldest first.
	Entries(device Subject) ([]journal.Entry, error)
	// Boot names this start of the machine if records may be lost when it ends; else "".
	Boot() string
	// Hold gives one run exclusive access to a device. It waits for as long as patience and the
	// context allow; the context ends when the operator asks to stop.
	Hold(ctx context.Context, run string, device Subject, patience time.Duration) (Grip, *remediate.Failure)
}

// Grip is a device that one run alone may write to.
type Grip interface {
	// Waited reports whether another run had the device first: earlier readings may be out of date.
	Waited() bool
	// Journal opens the device's journal and returns a function that appends to it and one that closes it.
	Journal() (record func(remediate.Record) error, closeIt func(), err error)
	// Archive keeps a backup with the plan's steps, and returns its place: a directory, or a name like store:12.
	Archive(remediate.Snapshot, remediate.DevicePlan) (string, error)
	// StillMine returns the check to make right before every write; nil needs none.
	StillMine() func() error
	Release()
}

func locked(patience time.Duration) *remediate.Failure {
	return &remediate.Failure{
		Code:    remediate.CodeLocked,
		Message: fmt.Sprintf("another run of acfix is working on this device, and did not end within %s", patience),
		Hint:    "Wait for it to end and run again, or wait longer with --lock-timeout.",
	}
}

func unkept(err error) *remediate.Failure {
	return remediate.Fail(fmt.Errorf("%w: %w", remediate.ErrJournal, err))
}
