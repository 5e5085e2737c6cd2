package store

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"strings"
	"time"
)

// Latest is the newest of what the store has of an address. A run that could not read the device has its result here
// and leaves the reading of an earlier run as it is.
// docs/design/records.md: A reading and a result are two things
type Latest struct {
	URL   string
	Ended *Device // in the run that ended last at this address; nil while none did
	Read  *Device // in the run that read it last; may be the same row; nil if it was never read
	// Inventory is that of the run that ended last, or read last while none did; "" for none.
	Inventory string
}

// Addresses iterates over addresses.
type Addresses = iter.Seq2[Latest, error]

// Latest iterates over the addresses, in their order. Its time grows with addresses, not runs. Forgotten rows are left
// out.
func (s *Store) Latest(ctx context.Context) Addresses { return s.addresses(ctx, latest, page) }

// Outlined iterates over the same, with the documents of those devices alone that are blocked or failed: they say why.
func (s *Store) Outlined(ctx context.Context) Addresses {
	return s.addresses(ctx, outlined, outlinesAtOnce)
}

// outlinesAtOnce is how many addresses are in memory at a time where few of them have documents.
const outlinesAtOnce = 512

func (s *Store) addresses(ctx context.Context, query string, page int) Addresses {
	return func(yield func(Latest, error) bool) {
		for after := ""; ; {
			rows, err := selectAll(ctx, s, scanLatest, query, after, page)
			if err != nil {
				yield(Latest{}, s.failed("read the devices from", err))
				return
			}
			addresses := byAddress(rows)
			for _, one := range addresses {
				if !yield(one, nil) {
					return
				}
				after = one.URL
			}
			if len(addresses) < page {
				return
			}
		}
	}
}

// At returns the newest of one address; ErrUnknownDevice if lists of devices have none.
func (s *Store) At(ctx context.Context, url string) (Latest, error) {
	rows, err := selectAll(ctx, s, scanLatest, theURL+newestOf, url)
	if err != nil {
		return Latest{}, s.failed("read the devices from", err)
	}
	if len(rows) == 0 {
		return Latest{}, fmt.Errorf("%w: %q", ErrUnknownDevice, url)
	}
	return byAddress(rows)[0], nil
}

// latestRow is one of the rows of an address.
type latestRow struct {
	Device
	ended, read bool
	inventory   string
}

func scanLatest(row scanner) (r latestRow, err error) {
	var ended, read int
	r.Device, err = scanDevice(row, &ended, &read, &r.inventory)
	r.ended, r.read = ended == 1, read == 1
	return r, err
}

func byAddress(rows []latestRow) []Latest {
	var all []Latest
	for i := range rows {
		row := &rows[i]
		if len(all) == 0 || all[len(all)-1].URL != row.URL {
			all = append(all, Latest{URL: row.URL, Inventory: row.inventory})
		}
		one := &all[len(all)-1]
		if row.ended {
			one.Ended, one.Inventory = &row.Device, row.inventory
		}
		if row.read {
			one.Read = &row.Device
		}
	}
	return all
}

// The conditions of the rows that lists of devices show, each with an index of its own.
const (
	isEnded = `state = 'done' AND forgotten = 0`
	isRead  = `known_at > 0 AND forgotten = 0`
)

// eachURL steps along the indexes from one URL to the next.
const eachURL = `WITH RECURSIVE urls (url, n) AS (
	SELECT min(u), 1 FROM (SELECT min(url) AS u FROM run_devices WHERE url > $1 AND ` + isEnded + `
		UNION ALL SELECT min(url) FROM run_devices WHERE url > $1 AND ` + isRead + `) AS first
	UNION ALL
	SELECT (SELECT min(u) FROM (
			SELECT min(d.url) AS u FROM run_devices d WHERE d.url > urls.url AND ` + isEnded + `
			UNION ALL SELECT min(d.url) FROM run_devices d WHERE d.url > urls.url AND ` + isRead + `) AS following), n + 1
		FROM urls WHERE urls.url IS NOT NULL AND n < $2
)
`

const latest = eachURL + newestOf

// outlined leaves out the documents of devices that are in order or will be changed.
var outlined = strings.Replace(latest, deviceColumns, strings.NewReplacer(
	" plan,", ` CASE WHEN verdict = 'error' OR known NOT IN ('compliant', 'change', 'not_applicable') THEN plan END,`,
	" result,", ` CASE WHEN status IN ('failed', 'rolled_back', 'stale', 'skipped') THEN result END,`,
	" known_plan,", ` CASE WHEN known = 'blocked' THEN known_plan END,`,
).Replace(deviceColumns), -1)

// theURL is the one address in question.
const theURL = `WITH urls (url, n) AS (SELECT CAST($1 AS TEXT), 1)`

const newestOf = `, newest AS MATERIALIZED (SELECT
	(SELECT d.run ` + endedLast + `) AS e_run, (SELECT d.position ` + endedLast + `) AS e_position,
	(SELECT d.run ` + readLast + `) AS r_run, (SELECT d.position ` + readLast + `) AS r_position
	FROM urls
)
SELECT ` + deviceColumns + `, 1, CASE WHEN run = r_run AND position = r_position THEN 1 ELSE 0 END,
		` + itsInventory + `
	FROM newest JOIN run_devices ON run = e_run AND position = e_position
UNION ALL
SELECT ` + deviceColumns + `, 0, 1, ` + itsInventory + ` FROM newest JOIN run_devices ON run = r_run AND position = r_position
	WHERE e_run IS NULL OR e_run <> r_run OR e_position <> r_position
ORDER BY url`

const (
	itsInventory = `(SELECT inventory FROM runs WHERE id = run)`

	endedLast = `FROM run_devices d WHERE d.url = urls.url AND d.` + isEnded + `
		ORDER BY d.ended DESC, d.run DESC, d.position DESC LIMIT 1`
	readLast = `FROM run_devices d WHERE d.url = urls.url AND d.` + isRead + `
		ORDER BY d.known_at DESC, d.run DESC, d.position DESC LIMIT 1`
)

const lastKnown = eachURL + `SELECT urls.url, coalesce((
	SELECT l.known_at FROM run_devices l WHERE l.url = urls.url AND l.` + isRead + ` AND l.known = $3
	ORDER BY l.known_at DESC LIMIT 1), 0)
FROM urls WHERE urls.url IS NOT NULL ORDER BY urls.url`

// LastKnown returns, for each URL, when it was last read with a verdict, over all runs; zero for never.
func (s *Store) LastKnown(ctx context.Context, verdict string) (map[string]time.Time, error) {
	all := map[string]time.Time{}
	for after := ""; ; {
		times, err := selectAll(ctx, s, scanLastTime, lastKnown, after, page, verdict)
		if err != nil {
			return nil, s.failed("read the devices from", err)
		}
		for _, t := range times {
			all[t.url], after = t.at, t.url
		}
		if len(times) < page {
			return all, nil
		}
	}
}

type lastTime struct {
	url string
	at  time.Time
}

func scanLastTime(row scanner) (t lastTime, err error) {
	var at int64
	err = row.Scan(&t.url, &at)
	t.at = moment(at)
	return t, err
}

// forgetful is the name of the journal that says when devices were forgotten. No device has it (package statedir).
const forgetful = "forgotten"

// Forget leaves the addresses out of lists of devices, until a run works on one again, and returns the number of rows
// that it marked. Reports of runs keep them, and so does the evidence.
func (s *Store) Forget(ctx context.Context, at time.Time, urls ...string) (rows int, err error) {
	err = s.inTransaction(ctx, s.synced, func(tx *sql.Tx) error {
		rows = 0
		for _, url := range urls {
			result, err := tx.ExecContext(ctx, `UPDATE run_devices SET forgotten = 1
				WHERE url = $1 AND forgotten = 0`, url)
			if err != nil {
				return err
			}
			changed, err := result.RowsAffected()
			if err != nil {
				return err
			}
			rows += int(changed)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO events (device, run, time, kind) VALUES ($1, '', $2, $1)`,
			forgetful, micros(at))
		return err
	})
	return rows, s.failed("forget a device in", err)
}

// Forgets rises whenever devices are forgotten.
func (s *Store) Forgets(ctx context.Context) (n int64, err error) {
	err = s.reads.QueryRowContext(ctx,
		`SELECT coalesce(max(id), 0) FROM events WHERE device = $1`, forgetful).Scan(&n)
	return n, s.failed("read the devices from", err)
}
