package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"
)

// DeviceState is the progress of a run's work on a device.
type DeviceState string

// The states of a device. If no worker holds a running device, its work was cut off: what was done must be read back.
const (
	DeviceWaiting DeviceState = "waiting"
	DeviceRunning DeviceState = "running"
	DeviceDone    DeviceState = "done"
)

// Device is a device of a run.
type Device struct {
	Run      string
	Position int // its place in the run
	Target   string
	URL      string
	Serial   string
	MAC      string
	Wave     int
	State    DeviceState
	Verdict  string          // of the plan
	Status   string          // of the result
	Known    string          // verdict of the row's last reading, whatever came after it; "" for none
	KnownAt  time.Time       // of that reading
	Plan     json.RawMessage // nil if there is none yet
	Result   json.RawMessage
	Epoch    int64 // of the lease under which the device was last started; 0 if none
	Ended    time.Time
	// Forgotten rows are left out of lists of devices.
	Forgotten bool

	knownPlan json.RawMessage
}

// Reading returns the plan of the row's last reading; nil if there is none.
func (d Device) Reading() json.RawMessage {
	switch {
	case d.KnownAt.IsZero():
		return nil
	case d.knownPlan != nil:
		return d.knownPlan
	default:
		return d.Plan
	}
}

const deviceColumns = `run, position, target, url, serial, mac, wave, state, verdict, status, plan, result,
	epoch, ended, known, known_at, known_plan, forgotten`

// insertedAtOnce is small: the drivers' work grows with its square.
const insertedAtOnce = 25

func (s *Store) insertDevices(ctx context.Context, tx *sql.Tx, run Run, devices []Device) error {
	const width = 10
	values := make([]any, 0, len(devices)*width)
	for _, d := range devices {
		values = append(values, run.ID, d.Position, text(d.Target), text(d.URL), text(d.Serial), text(d.MAC), d.Wave,
			d.Verdict, document(d.Plan), number(run.OtherPolicy))
	}
	_, err := tx.ExecContext(ctx,
		`INSERT INTO run_devices (run, position, target, url, serial, mac, wave, verdict, plan, forgotten)
		VALUES `+rowsOf(len(devices), width), values...)
	return err
}

func scanDevice(row scanner, more ...any) (d Device, err error) {
	var ended, knownAt, forgotten int64
	err = row.Scan(append([]any{
		&d.Run, &d.Position, &d.Target, &d.URL, &d.Serial, &d.MAC, &d.Wave, &d.State, &d.Verdict, &d.Status,
		(*[]byte)(&d.Plan), (*[]byte)(&d.Result), &d.Epoch, &ended, &d.Known, &knownAt, (*[]byte)(&d.knownPlan), &forgotten,
	}, more...)...)
	d.Ended, d.KnownAt, d.Forgotten = moment(ended), moment(knownAt), forgotten == 1
	return d, err
}

func onlyDevice(row scanner) (Device, error) { return scanDevice(row) }

// Device returns one device of a run; ErrUnknownDevice.
func (s *Store) Device(ctx context.Context, run string, position int) (Device, error) {
	row, err := s.row(ctx,
		`SELECT `+deviceColumns+` FROM run_devices WHERE run = $1 AND position = $2`, run, position)
	if err != nil {
		return Device{}, s.failed("read the device from", err)
	}
	d, err := scanDevice(row)
	if errors.Is(err, sql.ErrNoRows) {
		return Device{}, fmt.Errorf("%w: %q, position %d", ErrUnknownDevice, run, position)
	}
	return d, s.failed("read the device from", err)
}

// Sight is what a reading of a planned device found.
type Sight struct {
	Position    int
	Serial, MAC string // "" if the device did not report it
	Verdict     string
	// Read reports, to PutPlan alone, that the verdict is that of a reading made just now.
	Read bool
}

// Sights returns the outcomes of a run's plans, by position.
func (s *Store) Sights(ctx context.Context, run string) ([]Sight, error) {
	sights, err := selectAll(ctx, s, func(row scanner) (sight Sight, err error) {
		err = row.Scan(&sight.Position, &sight.Serial, &sight.MAC, &sight.Verdict)
		return sight, err
	}, `SELECT position, serial, mac, verdict FROM run_devices WHERE run = $1 ORDER BY position`, run)
	return sights, s.failed("read the devices from", err)
}

// page is how many devices are in memory at a time. Between pages the caller holds no connection or snapshot.
const page = 32

// Devices iterates over the devices of a run, by position. ErrUnknownRun if there is no such run.
func (s *Store) Devices(ctx context.Context, run string) iter.Seq2[Device, error] {
	known := func() error { return s.hasRun(ctx, run) }
	return pages(known, Device{Position: -1}, func(last Device) ([]Device, error) {
		return s.DevicesAfter(ctx, run, last.Position)
	})
}

// DevicesAfter returns the next devices of a run after a position, by position; none after the last. Begin with -1.
func (s *Store) DevicesAfter(ctx context.Context, run string, position int) ([]Device, error) {
	devices, err := selectAll(ctx, s, onlyDevice, `SELECT `+deviceColumns+` FROM run_devices
		WHERE run = $1 AND position > $2 ORDER BY position LIMIT $3`, run, position, page)
	return devices, s.failed("read the devices from", err)
}

// pages returns one sequence of pages that can be iterated more than once. next receives the last
// device of the previous page, or the given start. The last page is the one that is not full.
func pages(first func() error, before Device, next func(last Device) ([]Device, error)) iter.Seq2[Device, error] {
	return func(yield func(Device, error) bool) {
		if first != nil {
			if err := first(); err != nil {
				yield(Device{}, err)
				return
			}
		}
		last := before
		for {
			devices, err := next(last)
			if err != nil {
				yield(Device{}, err)
				return
			}
			for _, d := range devices {
				if !yield(d, nil) {
					return
				}
				last = d
			}
			if len(devices) < page {
				return
			}
		}
	}
}
