package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/acfix/acfix/lock"
	"github.com/acfix/acfix/remediate"
)

// lockDevice keeps other runs on this host off a device, by its serial number and by its
// address, for two names may lead to one device.
func (a *app) lockDevice(plan remediate.DevicePlan, patience time.Duration) (*lock.Held, *remediate.Failure) {
	folder, err := a.stateFolder("locks")
	if err != nil {
		return nil, remediate.Fail(fmt.Errorf("%w: %w", remediate.ErrJournal, err))
	}
	ctx, cancel := a.reading()
	defer cancel()
	waiting, done := context.WithTimeout(ctx, patience)
	defer done()
	held, err := lock.Directory(folder).Take(waiting, deviceName(plan.Device.Serial, plan.URL), fileName("address", plan.URL))
	switch {
	case err == nil:
		return held, nil
	case ctx.Err() != nil:
		return nil, remediate.Fail(remediate.ErrInterrupted)
	case errors.Is(err, lock.ErrHeld):
		return nil, &remediate.Failure{
			Code:    remediate.CodeLocked,
			Message: fmt.Sprintf("another run of acfix works on this device, and did not end within %s", patience),
			Hint:    "Wait for it to end and run again, or wait longer with --lock-timeout.",
		}
	default:
		return nil, remediate.Fail(fmt.Errorf("%w: %w", remediate.ErrJournal, err))
	}
}
