package mockdevice

import (
	"fmt"
	"regexp"
	"strings"
)

// FromINI makes a device from a real INI file. It keeps columns, their prefixes, rows, unknown
// tables and comments; board, serial number, version and addresses come from the header, if
// present. The result has an empty trust store and a device certificate for each TLS Context, the
// account Admin/Admin, and column defaults that are known or guessed from the cells.
func FromINI(ini []byte) (Model, error) {
	lines, err := scanINI(string(ini))
	if err != nil {
		return Model{}, fmt.Errorf("read INI: %w", err)
	}
	model := Model{
		Firmware: "7.40A.250.440", Product: "Mediant SW", Serial: "1234567",
		HighAvailability: "Not Operational", MAC: "00908f000001",
		Address: "192.0.2.10", Mask: "255.255.255.0", Gateway: "192.0.2.1",
		Username: "Admin", Password: "Admin",
	}
	b := modelBuilder{model: &model}
	for _, line := range lines {
		if err := b.add(line); err != nil {
			return Model{}, fmt.Errorf("read INI: line %d: %w", line.number, err)
		}
	}
	b.endTable()
	for n := len(model.Header); n > 0 && model.Header[n-1] == ""; n-- {
		model.Header = model.Header[:n-1]
	}
	readHeader(&model)
	for i := range model.Tables {
		learnTable(&model.Tables[i])
	}
	model.Contexts = contextsOf(model)
	return model, nil
}

type modelBuilder struct {
	model *Model
	group *Group
	table *Table
}

func (b *modelBuilder) add(line iniLine) error {
	switch line.kind {
	case blankLine:
		if b.atHead() && len(b.model.Header) > 0 {
			b.model.Header = append(b.model.Header, "")
		}
	case groupLine:
		b.endTable()
		b.model.Groups = append(b.model.Groups, Group{Name: line.name})
		b.group = &b.model.Groups[len(b.model.Groups)-1]
	case tableLine:
		b.endTable()
		b.group = nil
		b.table = &Table{Name: line.name}
	case endLine:
		b.endTable()
	case commentLine:
		b.comment(line.text)
	case parameterLine:
		b.parameter(Parameter{Name: line.name, Value: line.value})
	case formatLine:
		return b.format(line)
	case rowLine:
		return b.row(line)
	}
	return nil
}

// atHead reports whether no section has begun yet.
func (b *modelBuilder) atHead() bool {
	return b.table == nil && b.group == nil && len(b.model.Tables) == 0
}

func (b *modelBuilder) endTable() {
	if b.table != nil {
		b.model.Tables = append(b.model.Tables, *b.table)
	}
	b.table = nil
}

var hiddenParameter = regexp.MustCompile(`^\s*;\s*(\S+) is hidden but has non-default value\s*$`)

func (b *modelBuilder) comment(text string) {
	switch hidden := hiddenParameter.FindStringSubmatch(text); {
	case b.table != nil:
		b.table.Comments = append(b.table.Comments, text)
	case b.atHead():
		b.model.Header = append(b.model.Header, text)
	case b.group == nil:
		last := &b.model.Tables[len(b.model.Tables)-1]
		last.Comments = append(last.Comments, text)
	case hidden != nil:
		b.parameter(Parameter{Name: hidden[1], Hidden: true})
	default:
		b.parameter(Parameter{Comment: text})
	}
}

func (b *modelBuilder) parameter(p Parameter) {
	if b.group == nil {
		b.model.Groups = append(b.model.Groups, Group{})
		b.group = &b.model.Groups[len(b.model.Groups)-1]
	}
	b.group.Parameters = append(b.group.Parameters, p)
}

func (b *modelBuilder) format(line iniLine) error {
	if len(b.table.Columns) > 0 {
		return fmt.Errorf("table %s has two FORMAT lines", b.table.Name)
	}
	for _, written := range line.cells {
		name, prefixed := plainColumn(b.table.Name, written)
		b.table.Prefixed = b.table.Prefixed || prefixed
		b.table.Columns = append(b.table.Columns, Column{Name: name})
	}
	return nil
}

func (b *modelBuilder) row(line iniLine) error {
	switch {
	case !strings.EqualFold(line.name, b.table.Name):
		return fmt.Errorf("row of %s in table %s", line.name, b.table.Name)
	case len(line.cells) != len(b.table.Columns):
		return fmt.Errorf("%s %d has %d cells for %d columns", line.name, line.index, len(line.cells),
			len(b.table.Columns))
	}
	b.table.Rows = append(b.table.Rows, Row{Index: line.index, Cells: line.cells})
	return nil
}

func learnTable(t *Table) {
	for c := range t.Columns {
		cells := make([]string, len(t.Rows))
		for r, row := range t.Rows {
			cells[r] = row.Cells[c]
		}
		t.Columns[c] = learnColumn(t.Name, t.Columns[c].Name, cells)
	}
}

const serialLabel = ";Serial Number:"

// headerFields are the lines of the header that speak of the device itself.
var headerFields = []struct {
	label string
	field func(*Model) *string
}{
	{";Board:", func(m *Model) *string { return &m.Product }},
	{serialLabel, func(m *Model) *string { return &m.Serial }},
	{";Software Version:", func(m *Model) *string { return &m.Firmware }},
	{";Board IP Address:", func(m *Model) *string { return &m.Address }},
	{";Board Subnet Mask:", func(m *Model) *string { return &m.Mask }},
	{";Board Default Gateway:", func(m *Model) *string { return &m.Gateway }},
}

func readHeader(m *Model) {
	for _, line := range m.Header {
		for _, f := range headerFields {
			if value, found := strings.CutPrefix(line, f.label); found {
				*f.field(m) = strings.TrimSpace(value)
			}
		}
	}
}

func contextsOf(m Model) []Context {
	var contexts []Context
	for _, t := range m.Tables {
		if !strings.EqualFold(t.Name, tlsContexts) {
			continue
		}
		for _, row := range t.Rows {
			context := Context{Index: row.Index}
			if row.Index != 0 {
				context.Certificate, context.Key = makeLeaf(fmt.Sprintf("sbc%02d.contoso.example", row.Index))
			}
			contexts = append(contexts, context)
		}
	}
	return contexts
}
