package store

import "context"

// Count is how many devices of a run have come equally far.
type Count struct {
	State           DeviceState
	Verdict, Status string
	// Planned and Finished report whether there is a plan, and a result.
	Planned, Finished bool
	// Skipped reports whether the plan says that the device was never started.
	Skipped bool
	Devices int
}

// Counts counts the devices of a run without reading their documents, but to tell an error from a device that was
// never started: in both the verdict is "error". It returns nothing for a run that is unknown.
func (s *Store) Counts(ctx context.Context, run string) ([]Count, error) {
	// No text within a document has this key: there the quotation marks are escaped.
	const skipped = `CASE WHEN verdict = 'error' AND plan LIKE '%"skipped":true%' THEN 1 ELSE 0 END`
	counts, err := selectAll(ctx, s, scanCount, `SELECT state, verdict, status,
		CASE WHEN plan IS NULL THEN 0 ELSE 1 END, CASE WHEN result IS NULL THEN 0 ELSE 1 END, `+skipped+`, COUNT(*)
		FROM run_devices WHERE run = $1 GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6`, run)
	return counts, s.failed("count the devices in", err)
}

func scanCount(row scanner) (c Count, err error) {
	var planned, finished, skipped int
	err = row.Scan(&c.State, &c.Verdict, &c.Status, &planned, &finished, &skipped, &c.Devices)
	c.Planned, c.Finished, c.Skipped = planned == 1, finished == 1, skipped == 1
	return c, err
}
