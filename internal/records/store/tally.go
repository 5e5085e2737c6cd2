package store

import "context"

// Tally is the number of devices of a run that have the same state, verdict and status.
type Tally struct {
	State           DeviceState
	Verdict, Status string
	Devices         int
}

// Tallies counts a run's devices without reading them. A run without devices has none, and so has an unknown one.
func (s *Store) Tallies(ctx context.Context, run string) ([]Tally, error) {
	tallies, err := selectAll(ctx, s, scanTally,
		`SELECT state, verdict, status, COUNT(*) FROM run_devices
		WHERE run = $1 GROUP BY state, verdict, status ORDER BY state, verdict, status`, run)
	return tallies, s.failed("count the devices in", err)
}

func scanTally(row scanner) (t Tally, err error) {
	err = row.Scan(&t.State, &t.Verdict, &t.Status, &t.Devices)
	return t, err
}
