package ini

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
)

// Edit says how Rewrite replaces the texts of a configuration. Each function receives what the device wrote and returns
// the replacement; two names that differ only in case must still do so afterwards.
type Edit struct {
	Section   func(name string) string         // a group's or table's; groups must stay groups
	Column    func(name string) string         // without the table's prefix
	Parameter func(name string) string         // also of hidden ones
	Value     func(parameter, v string) string // as written, quotes included
	Cell      func(table, column string, cell Cell) Cell
	Comment   func(text string) string // with its semicolon; not for comments about hidden content
}

// Rewrite replaces the texts of a configuration and keeps its structure: line for line, cell for cell, with the same
// line ends. Parse reads the result as the same configuration with other texts. Rewrite replaces unreadable lines by
// other unreadable lines, so a broken configuration stays broken in the same place. It never fails.
func Rewrite(data []byte, edit Edit) []byte {
	r := rewriter{edit: edit}
	var out bytes.Buffer
	for rest := data; len(rest) > 0; {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		text, returned := strings.CutSuffix(string(line), "\r")
		out.WriteString(strings.NewReplacer("\r", " ", "\n", " ").Replace(r.line(text)))
		if returned {
			out.WriteByte('\r')
		}
		if ended {
			out.WriteByte('\n')
		}
		rest = after
	}
	return out.Bytes()
}

// rewriter follows the same states as parser.
type rewriter struct {
	edit     Edit
	sections int
	table    *Table // the open section as a table; nil inside a parameter group
}

func (r *rewriter) line(line string) string {
	text := strings.TrimSpace(line)
	switch {
	case text == "":
		return ""
	case strings.HasPrefix(text, ";"):
		return r.comment(text)
	case strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]"):
		return r.bracket(strings.TrimSpace(text[1 : len(text)-1]))
	case strings.HasPrefix(text, "["):
		return "["
	case r.sections == 0:
		return "text before the first section"
	case r.table != nil && hasWord(text, "FORMAT"):
		return r.format(line)
	case r.table != nil && r.table.format != "":
		return r.row(line)
	case r.table != nil && hasWord(text, r.table.Name):
		return r.edit.Section(r.table.Name) + " 0 = 0;"
	default:
		return r.parameter(text)
	}
}

func (r *rewriter) comment(text string) string {
	if name, ok := strings.CutSuffix(text[1:], hiddenParameter); ok {
		return ";" + r.edit.Parameter(strings.TrimSpace(name)) + hiddenParameter
	}
	if strings.Contains(text, "contains hidden elements") {
		return "; This table contains hidden elements and will not be exposed."
	}
	return ";" + strings.TrimPrefix(r.edit.Comment(text), ";")
}

func (r *rewriter) bracket(name string) string {
	r.sections++
	if closing, ok := strings.CutPrefix(name, `\`); ok {
		r.table = nil
		return `[ \` + r.edit.Section(strings.TrimSpace(closing)) + " ]"
	}
	r.table = nil
	switch {
	case name == "":
		return "[]"
	case isGroup(name):
		return "[" + r.edit.Section(name) + "]"
	}
	r.table = &Table{Name: name}
	return "[ " + r.edit.Section(name) + " ]"
}

func (r *rewriter) format(line string) string {
	columns, err := parseFormat(r.table.Name, line)
	if err != nil {
		return "FORMAT Index"
	}
	r.table.format, r.table.columns = line, columns
	head, list, _ := strings.Cut(line, "=")
	prefix := r.edit.Section(r.table.Name) + "_"
	index := "Index"
	if strings.Contains(strings.ToLower(head), strings.ToLower(r.table.Name+"_Index")) {
		index = prefix + index
	}
	var names []string
	written := strings.Split(strings.TrimSuffix(strings.TrimSpace(list), ";"), ",")
	for i, column := range columns {
		name := r.edit.Column(column)
		if len(strings.TrimSpace(written[i])) > len(column) {
			name = prefix + name
		}
		names = append(names, name)
	}
	return "FORMAT " + index + " = " + strings.Join(names, ", ") + ";"
}

// row keeps the index and the number of cells, even if the FORMAT has another number.
func (r *rewriter) row(line string) string {
	index, cells, err := r.split(line)
	if err != nil {
		return "a row that can't be read"
	}
	texts := make([]string, len(cells))
	for i, cell := range cells {
		column := ""
		if i < len(r.table.columns) {
			column = r.table.columns[i]
		}
		texts[i] = string(r.edit.Cell(r.table.Name, column, cell))
		again, err := splitCells(texts[i]+";", 0, nil)
		if err != nil || len(again) != 1 || strings.ContainsAny(texts[i], "\r\n") {
			texts[i] = "0"
		}
	}
	return r.edit.Section(r.table.Name) + " " + strconv.Itoa(index) + " = " + strings.Join(texts, ", ") + ";"
}

// split parses a row as Table.parseRow does, but accepts any number of cells.
func (r *rewriter) split(line string) (int, []Cell, error) {
	text := strings.TrimSpace(line)
	if !hasWord(text, r.table.Name) {
		return 0, nil, errors.New("a line that is no row of it")
	}
	start := strings.Index(line, text) + len(r.table.Name)
	head, _, ok := strings.Cut(line[start:], "=")
	if !ok {
		return 0, nil, errors.New("a row without an index")
	}
	index, err := strconv.Atoi(strings.TrimSpace(head))
	if err != nil || index < 0 {
		return 0, nil, errors.New("a row without an index")
	}
	spans, err := splitCells(line, start+len(head)+1, nil)
	if err != nil {
		return 0, nil, err
	}
	cells := make([]Cell, len(spans))
	for i, span := range spans {
		cells[i] = Cell(line[span.from:span.to])
	}
	return index, cells, nil
}

func (r *rewriter) parameter(text string) string {
	name, value, ok := strings.Cut(text, "=")
	if !ok {
		return "a line of another form"
	}
	name = strings.TrimSpace(name)
	between := " = "
	if r.table != nil { // "FORMAT = 1" would be taken for a FORMAT line here
		between = "="
	}
	return r.edit.Parameter(name) + between + r.edit.Value(name, strings.TrimSpace(value))
}
