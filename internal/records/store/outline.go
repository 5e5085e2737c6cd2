package store

import (
	"context"
	"time"
)

// Outline is a device of a run without its documents.
type Outline struct {
	Position, Wave int
	Target, URL    string
	State          DeviceState
	Verdict        string
	Status         string
	Ended          time.Time
}

// Outlines returns a run's devices, by position, without documents: a few MB for ten thousand. Error: ErrUnknownRun.
func (s *Store) Outlines(ctx context.Context, run string) ([]Outline, error) {
	outlines, err := selectAll(ctx, s, scanOutline,
		`SELECT position, wave, target, url, state, verdict, status, ended FROM run_devices
		WHERE run = $1 ORDER BY position`, run)
	if err != nil || len(outlines) > 0 {
		return outlines, s.failed("read the devices from", err)
	}
	return nil, s.hasRun(ctx, run)
}

func scanOutline(row scanner) (o Outline, err error) {
	var ended int64
	err = row.Scan(&o.Position, &o.Wave, &o.Target, &o.URL, &o.State, &o.Verdict, &o.Status, &ended)
	o.Ended = moment(ended)
	return o, err
}

// History returns the done devices with this URL, newest first, at most limit.
func (s *Store) History(ctx context.Context, url string, limit int) ([]Device, error) {
	devices, err := selectAll(ctx, s, onlyDevice, `SELECT `+deviceColumns+` FROM run_devices
		WHERE url = $1 AND `+isEnded+` ORDER BY ended DESC, run DESC, position LIMIT $2`, url, limit)
	return devices, s.failed("read the devices from", err)
}
