package doctor

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/acfix/acfix/audiocodes/ini"
)

// prefixes checks that only firmware up to 7.2 of about 2019 writes the table's name before a column's.
func (e *exam) prefixes() outcome {
	prefixed, plain := 0, 0
	for _, match := range formatLine.FindAllSubmatch(e.o.Configuration.Body, -1) {
		if bytes.EqualFold(match[1], []byte("Index")) {
			plain++
		} else {
			prefixed++
		}
	}
	seen := fmt.Sprintf("%d tables with prefixes, %d without", prefixed, plain)
	switch {
	case prefixed+plain == 0 || e.firmware == nil:
		return unknown("%s", seen)
	case e.line() == "7.0" && plain == 0, e.line() != "7.0" && prefixed == 0:
		return holds("%s", seen)
	default:
		return broken("%s", seen)
	}
}

func (e *exam) columnOrder() outcome {
	var against []string
	compared := 0
	for _, name := range legTables {
		known := knownColumns[name][e.line()]
		if e.file == nil || !e.file.Has(name) || known == nil {
			continue
		}
		compared++
		if difference := columnDifference(e.file.Table(name).Columns(), known); difference != "" {
			against = append(against, name+": "+difference)
		}
	}
	if compared == 0 {
		return unknown("acfix knows no columns for this firmware")
	}
	return either(against, fmt.Sprintf("as known, in %d tables", compared))
}

// columnDifference returns "" if the columns are one of the known lists.
func columnDifference(columns, known []string) string {
	best := ""
	for i, list := range known {
		wanted := strings.Fields(list)
		missing, more := without(wanted, columns), without(columns, wanted)
		switch {
		case len(missing)+len(more) > 0:
			if i == 0 || len(best) > len(shownNames(missing))+len(shownNames(more)) {
				best = "missing " + or(shownNames(missing), "none") + "; new " + or(shownNames(more), "none")
			}
		case !slices.EqualFunc(wanted, columns, strings.EqualFold):
			best = "another order"
		default:
			return ""
		}
	}
	return best
}

func without(list, other []string) []string {
	var rest []string
	for _, name := range list {
		if !slices.ContainsFunc(other, func(o string) bool { return strings.EqualFold(o, name) }) {
			rest = append(rest, name)
		}
	}
	return rest
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func (e *exam) rowOrder() outcome {
	if e.file == nil {
		return unknown("the configuration can't be parsed")
	}
	var against []string
	for _, table := range e.file.Tables() {
		rows, _ := table.Rows()
		if !slices.IsSortedFunc(rows, func(a, b ini.Row) int { return a.Index - b.Index }) {
			against = append(against, table.Name)
		}
	}
	if len(against) > 0 {
		return broken("not by index: %s", shownNames(against))
	}
	return holds("by index")
}

func (e *exam) lineEnds() outcome {
	body := e.o.Configuration.Body
	crlf := bytes.Count(body, []byte("\r\n"))
	lf := bytes.Count(body, []byte("\n")) - crlf
	if lf+crlf == 0 {
		return unknown("there are no lines")
	}
	if lf > 0 {
		return broken("%d lines end in LF, %d in CRLF", lf, crlf)
	}
	return holds("CRLF")
}

// capitals compares the names that acfix knows with their spelling on the device.
func (e *exam) capitals() outcome {
	if e.file == nil {
		return unknown("the configuration can't be parsed")
	}
	var against []string
	seen := 0
	for _, name := range legTables {
		if !e.file.Has(name) {
			continue
		}
		seen++
		table := e.file.Table(name)
		if table.Name != name || slices.Equal(table.Columns(), upper(table.Columns())) {
			against = append(against, name)
		}
	}
	if seen == 0 {
		return unknown("the configuration has none of the known tables")
	}
	if len(against) > 0 {
		return broken("other capitals: %s", shownNames(against))
	}
	return holds("mixed case")
}

func upper(names []string) []string {
	var list []string
	for _, name := range names {
		list = append(list, strings.ToUpper(name))
	}
	return list
}

var obscured = regexp.MustCompile(`\$1\$[^"'\r\n]*`)

func (e *exam) secretsStay() outcome {
	one, two := obscured.FindAll(e.o.Configuration.Body, -1), obscured.FindAll(e.o.Again.Body, -1)
	slices.SortFunc(one, bytes.Compare) // rows may change places
	slices.SortFunc(two, bytes.Compare)
	switch {
	case len(one) == 0:
		return unknown("there is none")
	case slices.EqualFunc(one, two, bytes.Equal):
		return holds("%d are the same in two downloads", len(one))
	default:
		return broken("they differ between two downloads")
	}
}

// staysPut compares two downloads line by line, whatever the order and the secrets.
func (e *exam) staysPut() outcome {
	one, two := sortedLines(e.o.Configuration.Body), sortedLines(e.o.Again.Body)
	switch {
	case e.o.Configuration.Status != 200 || e.o.Again.Status != 200:
		return unknown("there are fewer than two downloads")
	case slices.Equal(one, two):
		return holds("%d lines are the same in two downloads", len(one))
	default:
		return broken("%d of %d lines differ between two downloads", len(without(one, two)), len(one))
	}
}

func sortedLines(configuration []byte) []string {
	lines := strings.Split(string(obscured.ReplaceAll(configuration, nil)), "\n")
	slices.Sort(lines)
	return lines
}

// certificateLogins looks for the column that holds the certificate name of a user.
func (e *exam) certificateLogins() outcome {
	if e.file == nil || !e.file.Has("WebUsers") {
		return unknown("WebUsers can't be read")
	}
	var columns []string
	for _, column := range e.file.Table("WebUsers").Columns() {
		if strings.Contains(strings.ToLower(column), "subject") {
			columns = append(columns, column)
		}
	}
	if len(columns) == 0 {
		return unknown("WebUsers has no such column")
	}
	return holds("WebUsers has the column %s", shownNames(columns))
}

// bundleByFirmware compares the device with the simulator's models.
func (e *exam) bundleByFirmware() outcome {
	if e.firmware == nil || e.file == nil || !e.file.Has("TLSContexts") {
		return unknown("firmware or table can't be read")
	}
	has := e.file.Table("TLSContexts").HasColumn(bundleColumn)
	assumed := e.firmware.Major > 7 || e.firmware.Major == 7 && (e.firmware.Minor > 40 ||
		e.firmware.Minor == 40 && e.firmware.Feature >= 250)
	seen := map[bool]string{true: "has the column", false: "has no such column"}[has]
	if has != assumed {
		return broken("this firmware %s", seen)
	}
	return holds("this firmware %s", seen)
}

var hiddenLine = regexp.MustCompile(`(?m)^;\s*(\S+) is hidden but has non-default value`)

// hiddenParameters names hidden parameters that no public file hides.
func (e *exam) hiddenParameters() outcome {
	var news []string
	matches := hiddenLine.FindAllSubmatch(e.o.Configuration.Body, -1)
	for _, match := range matches {
		if name := string(match[1]); len(without([]string{name}, hiddenSeen)) > 0 {
			news = append(news, name)
		}
	}
	if len(matches) == 0 {
		return unknown("none is hidden")
	}
	if len(news) > 0 {
		return broken("hidden here and in no public file: %s", shownNames(news))
	}
	return holds("%d, all of them known", len(matches))
}

// commentedRows names the tables that have rows in comment form.
func (e *exam) commentedRows() outcome {
	if e.file == nil {
		return unknown("the configuration can't be parsed")
	}
	var tables []string
	for _, table := range e.file.Tables() {
		if rows, unread := table.Commented(); len(rows)+unread > 0 {
			tables = append(tables, table.Name)
		}
	}
	if len(tables) > 0 {
		return broken("in %s", shownNames(tables))
	}
	return holds("there is none")
}

func (e *exam) emptyTables() outcome {
	if e.file == nil {
		return unknown("the configuration can't be parsed")
	}
	var empty []string
	for _, table := range e.file.Tables() {
		if table.Len() == 0 && !table.Hidden && len(table.Columns()) > 0 {
			empty = append(empty, table.Name)
		}
	}
	if len(empty) > 0 {
		return broken("present: %s", shownNames(empty))
	}
	return holds("absent")
}
