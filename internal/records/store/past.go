package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// PastReading is the newest reading of an address until some time; zero for none on record.
type PastReading struct {
	Verdict string
	At      time.Time
}

// pastAtOnce is how many addresses are asked for at a time: their answers have no documents.
const pastAtOnce = 512

// Past returns, by address, the newest reading until each of the times. Forgotten rows are left out.
func (s *Store) Past(ctx context.Context, times []time.Time) (map[string][]PastReading, error) {
	all := map[string][]PastReading{}
	query, values := pastQuery(times)
	for after := ""; ; {
		values[0], values[1] = after, pastAtOnce
		rows, err := selectAll(ctx, s, scanPast(len(times)), query, values...)
		if err != nil {
			return nil, s.failed("read the devices from", err)
		}
		for _, row := range rows {
			all[row.url], after = row.readings, row.url
		}
		if len(rows) < pastAtOnce {
			return all, nil
		}
	}
}

// pastQuery has a column for each time. It needs nothing but the index of readings.
func pastQuery(times []time.Time) (query string, values []any) {
	var columns strings.Builder
	values = make([]any, 2, 2+len(times))
	for _, at := range times {
		values = append(values, micros(at))
		fmt.Fprintf(&columns, `, coalesce((SELECT CAST(p.known_at AS TEXT) || ' ' || p.known FROM run_devices p
			WHERE p.url = urls.url AND p.`+isRead+` AND p.known_at <= $%d ORDER BY p.known_at DESC LIMIT 1), '')`, len(values))
	}
	query = eachURL + `SELECT urls.url` + columns.String() + ` FROM urls WHERE urls.url IS NOT NULL ORDER BY urls.url`
	return query, values
}

type pastRow struct {
	url      string
	readings []PastReading
}

func scanPast(times int) func(row scanner) (pastRow, error) {
	return func(row scanner) (pastRow, error) {
		read := pastRow{readings: make([]PastReading, times)}
		texts := make([]string, times)
		into := []any{&read.url}
		for i := range texts {
			into = append(into, &texts[i])
		}
		if err := row.Scan(into...); err != nil {
			return read, err
		}
		for i, text := range texts {
			at, verdict, _ := strings.Cut(text, " ")
			when, err := strconv.ParseInt(at, 10, 64)
			if err == nil {
				read.readings[i] = PastReading{verdict, moment(when)}
			}
		}
		return read, nil
	}
}
