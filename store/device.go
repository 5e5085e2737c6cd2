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

// DeviceState says how far a device of a run is.
type DeviceState string

// The states of a device. One that is running while nobody works on it was left half done
// and has to be settled.
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
	Wave     int
	State    DeviceState
	Verdict  string          // of the plan
	Status   string          // of the result
	Plan     json.RawMessage // nil when there is none yet
	Result   json.RawMessage
	Epoch    int64 // of the lease under which it was started last; 0 without
	Ended    time.Time
}

const deviceColumns = `run, position, target, url, serial, wave, state, verdict, status, plan, result, epoch, ended`

// insertedAtOnce is small: the drivers' work grows with the square of it.
const insertedAtOnce = 25

func (s *Store) insertDevices(ctx context.Context, tx *sql.Tx, run string, devices []Device) error {
	const width = 6
	values := make([]any, 0, len(devices)*width)
	for _, d := range devices {
		values = append(values, run, d.Position, text(d.Target), text(d.URL), text(d.Serial), d.Wave)
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO run_devices (run, position, target, url, serial, wave)
		VALUES `+rowsOf(len(devices), width), values...)
	return err
}

func scanDevice(row scanner) (d Device, err error) {
	var ended int64
	err = row.Scan(&d.Run, &d.Position, &d.Target, &d.URL, &d.Serial, &d.Wave, &d.State, &d.Verdict, &d.Status,
		(*[]byte)(&d.Plan), (*[]byte)(&d.Result), &d.Epoch, &ended)
	d.Ended = moment(ended)
	return d, err
}

// Device returns one device of a run; ErrUnknownDevice.
func (s *Store) Device(ctx context.Context, run string, position int) (Device, error) {
	var d Device
	statement, err := s.statement(ctx, s.reads, `SELECT `+deviceColumns+` FROM run_devices WHERE run = $1 AND position = $2`)
	if err == nil {
		d, err = scanDevice(statement.QueryRowContext(ctx, run, position))
	}
	if errors.Is(err, sql.ErrNoRows) {
		return Device{}, fmt.Errorf("%w: %q, position %d", ErrUnknownDevice, run, position)
	}
	return d, s.failed("read the device from", err)
}

// Sight is what a look at a planned device tells.
type Sight struct {
	Position        int
	Serial, Verdict string
}

// Sights returns what the plans of a run came to, by position.
func (s *Store) Sights(ctx context.Context, run string) ([]Sight, error) {
	sights, err := selectAll(ctx, s, func(row scanner) (sight Sight, err error) {
		err = row.Scan(&sight.Position, &sight.Serial, &sight.Verdict)
		return sight, err
	}, `SELECT position, serial, verdict FROM run_devices WHERE run = $1 ORDER BY position`, run)
	return sights, s.failed("read the devices from", err)
}

// page is how many devices are held in memory at a time. Between two pages no connection and
// no snapshot of the database is kept, however long the caller takes.
const page = 64

// Devices goes through the devices of a run, by position. ErrUnknownRun when there is none.
func (s *Store) Devices(ctx context.Context, run string) iter.Seq2[Device, error] {
	known := func() error { return s.hasRun(ctx, run) }
	after := -1
	return pages(known, func() ([]Device, error) {
		devices, err := selectAll(ctx, s, scanDevice, `SELECT `+deviceColumns+` FROM run_devices
			WHERE run = $1 AND position > $2 ORDER BY position LIMIT $3`, run, after, page)
		if len(devices) > 0 {
			after = devices[len(devices)-1].Position
		}
		return devices, s.failed("read the devices from", err)
	})
}

// LatestDevices goes through the newest done device of each URL over all runs, by URL. It
// takes as long as there are URLs, not as there are runs.
func (s *Store) LatestDevices(ctx context.Context) iter.Seq2[Device, error] {
	after := ""
	return pages(nil, func() ([]Device, error) {
		devices, err := selectAll(ctx, s, scanDevice, latest, after, page)
		if len(devices) > 0 {
			after = devices[len(devices)-1].URL
		}
		return devices, s.failed("read the devices from", err)
	})
}

// latest steps along the index from one URL to the next.
const latest = `WITH RECURSIVE urls (url, n) AS (
	SELECT min(url), 1 FROM run_devices WHERE url > $1 AND state = 'done'
	UNION ALL
	SELECT (SELECT min(d.url) FROM run_devices d WHERE d.url > urls.url AND d.state = 'done'), n + 1
		FROM urls WHERE urls.url IS NOT NULL AND n < $2
)
SELECT d.run, d.position, d.target, d.url, d.serial, d.wave, d.state, d.verdict, d.status, d.plan, d.result, d.epoch, d.ended
FROM urls JOIN run_devices d ON (d.run, d.position) = (
	SELECT run, position FROM run_devices l WHERE l.url = urls.url AND l.state = 'done'
	ORDER BY l.ended DESC, l.run DESC, l.position LIMIT 1)
ORDER BY d.url`

// pages makes one sequence of pages; the last is the one that is not full.
func pages(first func() error, next func() ([]Device, error)) iter.Seq2[Device, error] {
	return func(yield func(Device, error) bool) {
		if first != nil {
			if err := first(); err != nil {
				yield(Device{}, err)
				return
			}
		}
		for {
			devices, err := next()
			if err != nil {
				yield(Device{}, err)
				return
			}
			for _, d := range devices {
				if !yield(d, nil) {
					return
				}
			}
			if len(devices) < page {
				return
			}
		}
	}
}
