package mockdevice

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

type lineKind int

const (
	blankLine lineKind = iota
	commentLine
	groupLine
	tableLine
	endLine
	formatLine
	rowLine
	parameterLine
)

// iniLine is one parsed line of an INI file.
type iniLine struct {
	number int
	kind   lineKind
	text   string   // as it stands, without the line end
	name   string   // of the group, table, row or parameter
	value  string   // of a parameter
	index  int      // of a row
	cells  []string // of a row, raw; of a FORMAT, the column names as written
}

// scanINI parses an INI file with CRLF or LF. An unknown kind of line is an error that gives its number.
func scanINI(text string) ([]iniLine, error) {
	var lines []iniLine
	inTable := false
	for i, raw := range strings.Split(text, "\n") {
		line, err := scanLine(strings.TrimSuffix(raw, "\r"), inTable)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		line.number = i + 1
		switch line.kind {
		case tableLine:
			inTable = true
		case endLine, groupLine:
			inTable = false
		}
		lines = append(lines, line)
	}
	return lines, nil
}

func scanLine(text string, inTable bool) (iniLine, error) {
	trimmed := strings.TrimSpace(text)
	line := iniLine{text: text}
	switch {
	case trimmed == "":
		return line, nil
	case trimmed[0] == ';':
		line.kind = commentLine
		return line, nil
	case trimmed[0] == '[':
		return scanSection(line, trimmed)
	case inTable && isFormat(trimmed):
		return scanFormat(line, trimmed)
	case inTable:
		return scanRow(line, trimmed)
	}
	name, value, found := strings.Cut(trimmed, "=")
	line.kind = parameterLine
	line.name, line.value = strings.TrimSpace(name), strings.TrimSpace(value)
	if !found || line.name == "" || strings.ContainsAny(line.name, " \t") {
		return line, errors.New("neither a section, a table nor a parameter")
	}
	return line, nil
}

func scanSection(line iniLine, text string) (iniLine, error) {
	inner, ok := strings.CutSuffix(text, "]")
	if !ok {
		return line, errors.New("section name without end")
	}
	line.name = strings.TrimSpace(inner[1:])
	switch {
	case strings.HasPrefix(line.name, `\`):
		line.kind, line.name = endLine, strings.TrimSpace(line.name[1:])
	case strings.HasSuffix(fold(line.name), " params"):
		line.kind = groupLine
	default:
		line.kind = tableLine
	}
	if line.name == "" {
		return line, errors.New("section without a name")
	}
	return line, nil
}

func isFormat(text string) bool {
	return len(text) > 7 && strings.EqualFold(text[:6], "FORMAT") && (text[6] == ' ' || text[6] == '\t')
}

func scanFormat(line iniLine, text string) (iniLine, error) {
	line.kind = formatLine
	head, rest, found := strings.Cut(text[7:], "=")
	if !found {
		return line, errors.New("FORMAT without columns")
	}
	line.name = strings.TrimSpace(head)
	cells, err := splitCells(rest)
	line.cells = cells
	return line, err
}

func scanRow(line iniLine, text string) (iniLine, error) {
	line.kind = rowLine
	head, rest, found := strings.Cut(text, "=")
	fields := strings.Fields(head)
	if !found || len(fields) != 2 {
		return line, errors.New("not a row of a table")
	}
	index, err := strconv.Atoi(fields[1])
	if err != nil || index < 0 {
		return line, fmt.Errorf("row index %q is not a number", fields[1])
	}
	line.name, line.index = fields[0], index
	line.cells, err = splitCells(rest)
	return line, err
}

// splitCells splits "a, "b, c;", 3;" at the commas outside quotes. There is no escape: a
// backslash is an ordinary character, and so is a quote within quotes (A79).
func splitCells(text string) ([]string, error) {
	var cells []string
	for {
		cell, rest, err := nextCell(text)
		if err != nil {
			return nil, err
		}
		cells = append(cells, cell)
		if rest[0] == ';' {
			if strings.TrimSpace(rest[1:]) != "" {
				return nil, errors.New("text after the closing semicolon")
			}
			return cells, nil
		}
		text = rest[1:]
	}
}

// nextCell returns the first cell of a text; rest begins with the comma or semicolon that ended it.
func nextCell(text string) (cell, rest string, err error) {
	text = strings.TrimLeft(text, " \t")
	if strings.HasPrefix(text, `"`) {
		return quotedCell(text)
	}
	end := strings.IndexAny(text, ",;")
	if end < 0 {
		return "", "", errors.New("closing semicolon missing")
	}
	cell, rest = strings.TrimSpace(text[:end]), text[end:]
	if strings.Contains(cell, `"`) {
		return "", "", errors.New("quotes inside a cell without quotes")
	}
	return cell, rest, nil
}

// quotedCell ends at the first quote that is followed by a comma, or by the semicolon at the end of the line.
func quotedCell(text string) (cell, rest string, err error) {
	for end := 1; end < len(text); end++ {
		if text[end] != '"' {
			continue
		}
		rest := strings.TrimLeft(text[end+1:], " \t")
		if strings.HasPrefix(rest, ",") || strings.TrimRight(rest, " \t") == ";" {
			return text[:end+1], rest, nil
		}
	}
	return "", "", errors.New("quote without end")
}

// unquote returns the value of a raw cell or of a column name.
func unquote(cell string) string {
	if len(cell) >= 2 && cell[0] == '"' && cell[len(cell)-1] == '"' {
		return cell[1 : len(cell)-1]
	}
	return cell
}

// fold makes names comparable: groups, tables, columns and parameters are case-insensitive.
func fold(name string) string { return strings.ToLower(name) }

// plainColumn strips the table's prefix from a column name.
func plainColumn(table, column string) (string, bool) {
	prefix := fold(table) + "_"
	if strings.HasPrefix(fold(column), prefix) && len(column) > len(prefix) {
		return column[len(prefix):], true
	}
	return column, false
}
