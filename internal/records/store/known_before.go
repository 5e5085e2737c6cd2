package store

import (
	"context"
	"time"
)

// Reading is what a reading of an address found, and when.
type Reading struct {
	Verdict string
	At      time.Time
}

const knownBefore = eachURL + `, newest AS MATERIALIZED (SELECT urls.url AS met,
	(SELECT d.run ` + readBefore + `) AS r_run, (SELECT d.position ` + readBefore + `) AS r_position
	FROM urls WHERE urls.url IS NOT NULL
)
SELECT met, coalesce(known, ''), coalesce(known_at, 0)
	FROM newest LEFT JOIN run_devices ON run = r_run AND position = r_position
ORDER BY met`

const readBefore = `FROM run_devices d WHERE d.url = urls.url AND d.` + isRead + ` AND d.known_at <= $3
		ORDER BY d.known_at DESC, d.run DESC, d.position DESC LIMIT 1`

// KnownBefore returns, for each URL that was read by a time, its last reading until then, over all runs.
func (s *Store) KnownBefore(ctx context.Context, at time.Time) (map[string]Reading, error) {
	all := map[string]Reading{}
	for after := ""; ; {
		readings, err := selectAll(ctx, s, scanReading, knownBefore, after, page, micros(at))
		if err != nil {
			return nil, s.failed("read the devices from", err)
		}
		for _, r := range readings {
			after = r.url
			if !r.At.IsZero() {
				all[r.url] = r.Reading
			}
		}
		if len(readings) < page {
			return all, nil
		}
	}
}

type urlReading struct {
	url string
	Reading
}

func scanReading(row scanner) (r urlReading, err error) {
	var at int64
	err = row.Scan(&r.url, &r.Verdict, &at)
	r.At = moment(at)
	return r, err
}
