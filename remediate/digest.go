package remediate

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/audiocodes/ini"
)

// evidence is everything that a plan is made from, in one fixed form. It leaves out obscured secrets, times, the
// order of rows and columns, line ends, and whether something waits unsaved.
type evidence struct {
	Certificate string // the pinned one that was presented
	Serial      string
	Firmware    string
	Tables      map[string][]string
	Parameters  map[string]string
	Roots       map[int][]string
	Unreadable  map[int]int
	// Few devices have these. They are left out where empty, so that digests stay those of earlier versions.
	Unseen             []string `json:",omitempty"` // rows in comment form, and what is hidden
	ClientCertificates []string `json:",omitempty"` // of the management interface
}

// Fingerprint returns a digest of the state, "sha256:…". Two readings with the same digest lead to the same plan; if
// a device's digest changes, its plan must be made again.
func Fingerprint(state State) string {
	e := evidence{
		Unseen: state.tables.unseen(), ClientCertificates: state.tables.clientCertificates(),
		Certificate: state.ManagementCertificate, Serial: unitOf(state.Status), Firmware: state.Status.Firmware,
		Tables: map[string][]string{}, Parameters: map[string]string{},
		Roots: map[int][]string{}, Unreadable: map[int]int{},
	}
	for _, table := range state.tables.file.Tables() {
		// Of other tables, a plan depends only on the columns that may name a TLS Context.
		if columns := state.tables.naming[table]; isLegTable(table.Name) || len(columns) > 0 {
			e.Tables[strings.ToLower(table.Name)] = canonicalRows(table, func(column string) bool {
				return isLegTable(table.Name) || slices.Contains(columns, column)
			})
		}
	}
	for _, name := range []string{parameterClientCertificate, parameterVerifyServer, parameterTransport} {
		e.Parameters[name] = parameterText(state.tables.file, name)
	}
	for _, name := range append(slices.Clip(state.tables.parameters), parameterDNSQuery) {
		if text := parameterText(state.tables.file, name); text != notSet {
			e.Parameters[name] = text
		}
	}
	for id, store := range state.Stores {
		e.Roots[id] = slices.Compact(slices.Sorted(slices.Values(store.Fingerprints())))
		e.Unreadable[id] = len(store.Problems)
	}
	document, err := json.Marshal(e) // maps are written in the order of their keys
	if err != nil {
		panic("remediate: evidence is plain data: " + err.Error())
	}
	sum := sha256.Sum256(document)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// unitOf returns the serial number, or the MAC address if the device does not give one.
func unitOf(status audiocodes.Status) string { return cmp.Or(status.Serial, status.MAC) }

// notSet is the parameterText of a parameter that the file does not mention.
const notSet = "false false "

func parameterText(file *ini.File, name string) string {
	value, set := file.Parameter(name)
	return fmt.Sprint(set, file.Hidden(name), value)
}

// unseen lists what a plan depends on and the device hides or shows only in comment form.
func (t tables) unseen() []string {
	var unseen []string
	for _, name := range t.file.HiddenParameters() {
		if speaksOfContexts(name) {
			unseen = append(unseen, "hidden "+name)
		}
	}
	for _, table := range t.file.Tables() {
		if !t.concernsContexts(table) {
			continue
		}
		if _, err := table.Rows(); err != nil {
			unseen = append(unseen, err.Error())
		}
		unseen = append(unseen, t.commentedTexts(table)...)
	}
	slices.Sort(unseen)
	return unseen
}

func (t tables) commentedTexts(table *ini.Table) []string {
	rows, unread := table.Commented()
	if len(rows) == 0 && unread == 0 { // as of nearly all tables
		return nil
	}
	columns := canonicalColumns(table, func(column string) bool {
		return isLegTable(table.Name) || slices.Contains(t.naming[table], column)
	})
	var texts []string
	for _, row := range rows {
		texts = append(texts, table.Name+" "+string(appendCanonical(nil, row, columns, nil)))
	}
	if unread > 0 {
		texts = append(texts, fmt.Sprintf("%s: %d", table.Name, unread))
	}
	return texts
}

// canonicalRows returns the rows with the cells of the wanted columns in a fixed order.
func canonicalRows(table *ini.Table, wanted func(column string) bool) []string {
	room := borrowRoom()
	defer rooms.Put(room)
	lines, err := room.lines(table, wanted, nil)
	if err != nil {
		return []string{err.Error()}
	}
	rows := make([]string, len(lines))
	for i, line := range lines {
		rows[i] = string(line)
	}
	return rows
}

// lineRoom holds the canonical rows of one table after another: the digests of a whole configuration need hundreds.
type lineRoom struct {
	text []byte
	ends []int
	rows [][]byte
}

// rooms are used again by the next digest: of a large configuration, one takes some hundred KiB.
var rooms = sync.Pool{New: func() any { return new(lineRoom) }}

func borrowRoom() *lineRoom {
	room, _ := rooms.Get().(*lineRoom)
	return room
}

// lines returns the rows as canonicalRows does, until the next call. It leaves the values of churn out.
func (r *lineRoom) lines(table *ini.Table, wanted func(column string) bool, churn Churn) ([][]byte, error) {
	columns := canonicalColumns(table, wanted)
	text, ends, lines := r.text[:0], r.ends[:0], r.rows[:0]
	err := table.Walk(func(row ini.Row) {
		moves := func(column string) bool { return churn.cell(table.Name, row.Index, column) }
		text = appendCanonical(text, row, columns, moves)
		ends = append(ends, len(text))
	})
	if err != nil {
		return nil, err
	}
	start := 0
	for _, end := range ends {
		lines, start = append(lines, text[start:end]), end
	}
	slices.SortFunc(lines, bytes.Compare)
	r.text, r.ends, r.rows = text, ends, lines
	return lines, nil
}

func appendCanonical(text []byte, row ini.Row, columns []canonicalColumn, moves func(column string) bool) []byte {
	text = append(strconv.AppendInt(text, int64(row.Index), 10), ':')
	for i, column := range columns {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, column.name...)
		if moves != nil && moves(strings.TrimSuffix(column.name, "=")) {
			continue
		}
		text = appendQuoted(text, canonicalText(row.At(column.position)))
	}
	return text
}

// appendQuoted is strconv.AppendQuote, and faster where nothing is to be escaped, as in nearly all cells.
func appendQuoted(text []byte, value string) []byte {
	for i := range len(value) {
		if c := value[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return strconv.AppendQuote(text, value)
		}
	}
	return append(append(append(text, '"'), value...), '"')
}

// canonicalColumn is a column's name in lower case with an equals sign, and its place in a row.
type canonicalColumn struct {
	name     string
	position int
}

func canonicalColumns(table *ini.Table, wanted func(column string) bool) []canonicalColumn {
	var columns []canonicalColumn
	for position, column := range table.Columns() {
		if wanted(column) {
			columns = append(columns, canonicalColumn{strings.ToLower(column + "="), position})
		}
	}
	slices.SortFunc(columns, func(a, b canonicalColumn) int { return strings.Compare(a.name, b.name) })
	return columns
}

func canonicalText(cell ini.Cell) string {
	if cell.Secret() {
		return "secret"
	}
	return cell.Text()
}
