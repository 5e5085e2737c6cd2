package store

import "context"

// Tally is how many devices of a run are in one state with one verdict and one status.
type Tally struct {
	State           DeviceState
	Verdict, Status string
	// Skipped: the verdict is that of a device that was never started.
	Skipped bool
	Count   int
}

const tallies = `SELECT run, state, verdict, status, skipped, count(*) FROM (
	SELECT run, state, verdict, status,
		CASE WHEN verdict = 'error' AND status = '' AND plan LIKE '%"skipped":true%' THEN 1 ELSE 0 END AS skipped
	FROM run_devices WHERE run IN (`

// Tallies counts the devices of each run, without their documents. A run without devices has none.
func (s *Store) Tallies(ctx context.Context, runs ...string) (map[string][]Tally, error) {
	all := map[string][]Tally{}
	if len(runs) == 0 {
		return all, nil
	}
	rows, err := selectAll(ctx, s, scanTally, tallies+listOf(1, len(runs))+`)) AS devices
		GROUP BY run, state, verdict, status, skipped ORDER BY run, state, verdict, status, skipped`, anyOf(runs)...)
	for _, row := range rows {
		all[row.run] = append(all[row.run], row.Tally)
	}
	return all, s.failed("count the devices in", err)
}

type runTally struct {
	run string
	Tally
}

func scanTally(row scanner) (t runTally, err error) {
	var skipped int
	err = row.Scan(&t.run, &t.State, &t.Verdict, &t.Status, &skipped, &t.Count)
	t.Skipped = skipped == 1
	return t, err
}
