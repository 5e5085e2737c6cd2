package web

import (
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/foreign"
)

// fleetColumns are the columns of the fleet as a file. New ones go to the end; none may be removed.
var fleetColumns = []struct {
	name  string
	value func(*FleetRow) string
}{
	{"device", func(r *FleetRow) string { return r.Name }},
	{"url", func(r *FleetRow) string { return r.URL }},
	{"group", func(r *FleetRow) string { return r.group() }},
	{"verdict", func(r *FleetRow) string { return r.Verdict }},
	{"last_read", func(r *FleetRow) string { return csvTime(r.Read) }},
	{"last_result", func(r *FleetRow) string { return r.Result }},
	{"last_result_at", func(r *FleetRow) string { return csvTime(r.Ended) }},
	{"last_run", func(r *FleetRow) string { return r.Run }},
	{"reason_codes", func(r *FleetRow) string { return joinWhys(r.Whys, func(w Why) string { return w.Code }) }},
	{"reasons", func(r *FleetRow) string { return joinWhys(r.Whys, func(w Why) string { return w.Text }) }},
	{"missing_roots", func(r *FleetRow) string { return unless(r.Missing < 0, strconv.Itoa(r.Missing)) }},
	{"tls_contexts", func(r *FleetRow) string { return r.Contexts }},
	{"mutual_tls", func(r *FleetRow) string { return r.MutualTLS }},
	{"firmware", func(r *FleetRow) string { return r.Firmware }},
	{"certificate_until", func(r *FleetRow) string { return csvTime(r.Expires) }},
	{"product", func(r *FleetRow) string { return r.Product }},
	{"serial", func(r *FleetRow) string { return r.Serial }},
	{"tags", func(r *FleetRow) string { return strings.Join(r.Tags, ", ") }},
	{"jobs", func(r *FleetRow) string { return strings.Join(r.Jobs, ", ") }},
}

// fleetCSV sends the devices that the page's filter selects, on all of its pages (RFC 4180, UTF-8). An apostrophe keeps
// spreadsheets from computing text.
func (s *Site) fleetCSV(w http.ResponseWriter, r *http.Request) {
	chosen := choiceOf(r.URL.Query())
	rows, _ := chosen.apart(s.Data.Fleet().Rows)
	attach(w, "text/csv; charset=utf-8", "acfix-fleet.csv")
	table := csv.NewWriter(s.patient(w))
	table.UseCRLF = true
	line := make([]string, len(fleetColumns))
	for i, column := range fleetColumns {
		line[i] = column.name
	}
	_ = table.Write(line) // Error has it
	for _, row := range chosen.rows(rows) {
		for i, column := range fleetColumns {
			line[i] = foreign.Cell(column.value(row))
		}
		_ = table.Write(line)
	}
	table.Flush()
	if err := table.Error(); err != nil {
		s.Log.Error("the fleet as a file was cut off", "error", err)
		panic(http.ErrAbortHandler)
	}
}

func csvTime(t time.Time) string { return unless(t.IsZero(), t.UTC().Format(time.RFC3339)) }

func unless(unknown bool, text string) string {
	if unknown {
		return ""
	}
	return text
}

func joinWhys(whys []Why, part func(Why) string) string {
	parts := make([]string, len(whys))
	for i, why := range whys {
		parts[i] = part(why)
	}
	return strings.Join(parts, "; ")
}
