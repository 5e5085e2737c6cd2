// Package evidence keeps what must not be lost about a device that a run works on, its
// journal and its backups, and keeps everybody else off that device meanwhile: in files of
// this machine, or in a store that machines share. What the run does there it does not know.
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
	// Entries are what was taken down of a device, under whichever of its names, oldest first.
	Entries(device Subject) ([]journal.Entry, error)
	// Hold makes a run the only one at a device. It waits as long as patience allows, and no
	// longer than the context, which ends when somebody asks to stop.
	Hold(ctx context.Context, run string, device Subject, patience time.Duration) (Grip, *remediate.Failure)
}

// Grip is a device that one run alone may write to.
type Grip interface {
	// Waited tells whether somebody else had the device first: what was read of it before
	// may be out of date.
	Waited() bool
	// Journal opens the device's journal; what it returns takes down what the run does.
	Journal() (record func(remediate.Record) error, closeIt func(), err error)
	// Archive keeps a backup of the device, with what the plan is about to do, and returns
	// where it is: a directory, or a name such as store:12.
	Archive(remediate.Snapshot, remediate.DevicePlan) (string, error)
	// StillMine is asked right before every write; nil is always.
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
