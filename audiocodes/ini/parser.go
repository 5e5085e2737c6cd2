package ini

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// parser holds the state between lines.
type parser struct {
	file   *File
	number int // of the line, from 1

	sections int    // brackets seen
	rows     int    // of all tables
	table    *Table // the open section as a table; nil inside a parameter group
}

// maxRows limits what an untrusted file can make acfix hold. Real files have a few hundred rows.
const maxRows = 250_000

const hiddenParameter = " is hidden but has non-default value"

func (p *parser) line(line string) error {
	text := strings.TrimSpace(line)
	switch {
	case text == "":
		return nil
	case strings.HasPrefix(text, ";"):
		p.comment(text)
		return nil
	case strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]"):
		return p.bracket(strings.TrimSpace(text[1 : len(text)-1]))
	case strings.HasPrefix(text, "["):
		return errors.New("the name of a section is cut off")
	case p.sections == 0:
		return errors.New("text before the first section")
	case p.table != nil && hasWord(text, "FORMAT"):
		return p.format(line)
	case p.table != nil && p.table.format != "":
		if p.rows++; p.rows > maxRows {
			return fmt.Errorf("more than %d rows", maxRows)
		}
		p.table.lines = append(p.table.lines, line)
		return nil
	case p.table != nil && hasWord(text, p.table.Name):
		return fmt.Errorf("%s has a row before its FORMAT line", p.table)
	default:
		p.parameter(text)
		return nil
	}
}

func (p *parser) comment(text string) {
	if name, ok := strings.CutSuffix(text[1:], hiddenParameter); ok {
		p.file.hidden[strings.ToLower(strings.TrimSpace(name))] = true
	}
	if p.table != nil && strings.Contains(text, "contains hidden elements") {
		p.table.Hidden = true
	}
	if row := strings.TrimLeft(text, "; \t"); p.table != nil && isRow(row, p.table.Name) {
		p.table.commented = append(p.table.commented, row)
	}
	if name, value, ok := strings.Cut(text[1:], ":"); ok && p.sections == 0 {
		p.file.header[strings.ToLower(strings.TrimSpace(name))] = strings.TrimSpace(value)
	}
}

func (p *parser) bracket(name string) error {
	p.sections++
	if closing, ok := strings.CutPrefix(name, `\`); ok {
		return p.closeTable(strings.TrimSpace(closing))
	}
	if err := p.leaveSection(); err != nil {
		return err
	}
	switch {
	case name == "":
		return errors.New("a section without a name")
	case isGroup(name):
		return nil
	}
	p.table = &Table{Name: name}
	return nil
}

// isGroup recognises parameter groups: in all known firmware (6.60A to 7.40A) their names end in "Params".
func isGroup(section string) bool { return strings.HasSuffix(strings.ToLower(section), "params") }

func (p *parser) closeTable(name string) error {
	if p.table == nil || !strings.EqualFold(name, p.table.Name) {
		return errors.New("a table is closed that was not open")
	}
	key := strings.ToLower(p.table.Name)
	if _, twice := p.file.byName[key]; twice {
		return fmt.Errorf("%s stands in the file twice", p.table)
	}
	p.file.byName[key] = p.table
	p.file.tables = append(p.file.tables, p.table)
	p.table = nil
	return nil
}

// leaveSection is for a section without a closing bracket: a group needs none, but a table was cut off.
// docs/design/device.md: An incomplete configuration is refused
func (p *parser) leaveSection() error {
	if p.table != nil && p.table.format != "" {
		return fmt.Errorf("%s is not closed", p.table)
	}
	p.table = nil
	return nil
}

func (p *parser) format(line string) error {
	if p.table.format != "" {
		return fmt.Errorf("%s has two FORMAT lines", p.table)
	}
	columns, err := parseFormat(p.table.Name, line)
	if err != nil {
		return err
	}
	p.table.format, p.table.columns = line, columns
	return nil
}

// parameter stores Name = value and ignores other lines, on which no decision depends.
func (p *parser) parameter(text string) {
	name, value, ok := strings.Cut(text, "=")
	if ok {
		p.file.parameters[strings.ToLower(strings.TrimSpace(name))] = strings.TrimSpace(value)
	}
}

// end checks the end of the text. Tables come last and every device has some: without any, the text was cut off.
func (p *parser) end() error {
	switch {
	case p.sections == 0:
		return errors.New("no section in it")
	case p.table != nil:
		return fmt.Errorf("it ends inside %s", p.table)
	case len(p.file.tables) == 0:
		return errors.New("it ends before the first table")
	}
	return nil
}

// isRow reports whether a text begins like a row of the table: the table's name, an index and an equals sign.
func isRow(text, table string) bool {
	if !hasWord(text, table) {
		return false
	}
	head, _, ok := strings.Cut(text[len(table):], "=")
	_, err := strconv.ParseUint(strings.TrimSpace(head), 10, 31)
	return ok && err == nil
}

// hasWord reports whether the line begins with the word, in any case, followed by a space.
func hasWord(text, word string) bool {
	return len(text) > len(word) && strings.EqualFold(text[:len(word)], word) &&
		(text[len(word)] == ' ' || text[len(word)] == '\t')
}
