package ini

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ErrNotINI is in the chain of every error of Parse: the text is not a complete configuration. Login pages, truncated
// downloads and empty answers all end here; none of them may count as an empty configuration.
var ErrNotINI = errors.New("not a complete INI file")

// File is one parsed configuration. It is not changed after Parse.
type File struct {
	parameters map[string]string // by lower-case name; values as written
	hidden     map[string]bool   // parameters that the device only mentions in a comment
	header     map[string]string // by lower-case name; comments before the first section
	tables     []*Table
	byName     map[string]*Table
}

// Parse reads a configuration as a device sends it, with LF or CRLF line ends. It parses a table's rows only on
// request, so that an oddity in an unused table is not an error. An unclosed table is an error: the text was cut off.
func Parse[Text ~string | ~[]byte](data Text) (*File, error) {
	p := parser{file: &File{
		parameters: map[string]string{},
		hidden:     map[string]bool{},
		header:     map[string]string{},
		byName:     map[string]*Table{},
	}}
	for rest := string(data); len(rest) > 0; { // all lines are parts of this string: none is copied
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		p.number++
		if err := p.line(strings.TrimSuffix(line, "\r")); err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrNotINI, p.number, err)
		}
	}
	if err := p.end(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotINI, err)
	}
	return p.file, nil
}

// Parameter returns a parameter's value: a single string without its quotes, a list as written. ok
// is false if the file does not set it: the device then uses the parameter's default.
func (f *File) Parameter(name string) (value string, ok bool) {
	value, ok = f.parameters[strings.ToLower(name)]
	if len(value) >= 2 && strings.HasPrefix(value, "'") && strings.IndexByte(value[1:], '\'') == len(value)-2 {
		value = value[1 : len(value)-1]
	}
	return value, ok
}

// ParameterNames returns the wanted ones of the parameters that the file sets, by name, in lower case and sorted.
func (f *File) ParameterNames(wanted func(name string) bool) []string {
	var names []string
	for name := range f.parameters {
		if wanted(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Hidden reports whether the device says only that a parameter is not at its default.
func (f *File) Hidden(parameter string) bool { return f.hidden[strings.ToLower(parameter)] }

// HiddenParameters returns the names, in lower case, of the hidden parameters.
func (f *File) HiddenParameters() []string { return slices.Sorted(maps.Keys(f.hidden)) }

// Header returns the value of a comment before the first section, such as ";Serial Number: 1234567"; "" if there is
// none. The name's case and surrounding blanks do not matter.
func (f *File) Header(name string) string { return f.header[strings.ToLower(name)] }

// Table returns the table of that name; empty if it is not in the file, because devices omit tables without rows.
func (f *File) Table(name string) *Table {
	if table, ok := f.byName[strings.ToLower(name)]; ok {
		return table
	}
	return &Table{Name: name}
}

// Has reports whether the file contains the table, even without rows.
func (f *File) Has(table string) bool {
	_, ok := f.byName[strings.ToLower(table)]
	return ok
}

// Tables returns all tables in the order of the file.
func (f *File) Tables() []*Table { return f.tables }
