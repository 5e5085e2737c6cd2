package inventory

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// layout says how the columns of a table are read.
type layout struct {
	mapped        map[string]string // keys by columns, each as columnName returns it
	optional      bool              // columns that the table has not are no mistake
	ignoreUnknown bool
	tidy          bool // names and tags are changed to what an inventory takes
}

// table is a CSV text being read.
type table struct {
	layout
	reader  *csv.Reader
	columns []column
	remarks remarks
}

// csvTree makes the tree that the same devices would have in YAML. An empty cell is a key
// that is not given; the items of a list are separated by blanks.
func csvTree(data []byte, how layout) (*yaml.Node, remarks, *Error) {
	data, problem := plainText(data)
	if problem != nil {
		return nil, remarks{}, problem
	}
	data, comma := cutSeparator(data)
	reader := csv.NewReader(bytes.NewReader(data))
	reader.FieldsPerRecord, reader.Comma = -1, comma
	t := table{layout: how, reader: reader}
	if problem := checkTable(data); problem != nil {
		return nil, remarks{}, problem
	}
	devices, problem := t.read()
	if problem != nil {
		return nil, remarks{}, problem
	}
	return inventoryTree(devices), t.remarks, nil
}

// inventoryTree is the tree of an inventory without defaults.
func inventoryTree(devices []*yaml.Node) *yaml.Node {
	list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Line: 1, Column: 1, Content: devices}
	return mappingAt(1, 1, scalarAt(1, 1, "!!str", "devices"), list)
}

func mappingAt(line, column int, content ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: line, Column: column, Content: content}
}

func scalarAt(line, column int, tag, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value, Line: line, Column: column}
}

// checkTable names what is text and structured, but no table.
func checkTable(data []byte) *Error {
	switch text := bytes.TrimSpace(data); {
	case bytes.HasPrefix(text, []byte("{")), bytes.HasPrefix(text, []byte("[")):
		return mistake(1, 1, "this is JSON, not CSV; "+
			"acfix inventory import reads that of NetBox and of Ansible (--format)")
	case bytes.HasPrefix(text, []byte("<")):
		return mistake(1, 1, "this is HTML or XML, not CSV"+saveAsCSV)
	case inventoryKey.Match(text):
		return mistake(1, 1, "this is YAML, not CSV; an inventory in YAML needs no import")
	default:
		return nil
	}
}

// inventoryKey is how an inventory in YAML begins, maybe after comments.
var inventoryKey = regexp.MustCompile(`^(#.*\r?\n|\r?\n|---[ \t]*\r?\n)*(devices|defaults):`)

// separators are what stands between cells, depending on the language that Excel speaks.
var separators = []rune{',', ';', '\t', '|'}

// toldSeparator is the line by which Excel is told the separator.
var toldSeparator = regexp.MustCompile(`^(?i)[ \t]*"?sep=([^"\r\n])"?[,;\t| ]*(\r?\n|$)`)

// cutSeparator takes a line such as "sep=;" away, but not its end, so that lines keep their
// numbers. Without one the separator is what the first line with any text has most of.
func cutSeparator(data []byte) ([]byte, rune) {
	if told := toldSeparator.FindSubmatchIndex(data); told != nil {
		separator, _ := utf8.DecodeRune(data[told[2]:told[3]])
		return data[told[4]:], separator
	}
	counts := make([]int, len(separators))
	quoted, text := false, false
	for _, r := range string(data) {
		at := slices.Index(separators, r)
		switch {
		case r == '\n' && !quoted && text:
			return data, mostFrequent(counts)
		case r == '\n' && !quoted:
			clear(counts)
		case r == '"':
			quoted, text = !quoted, true
		case at >= 0 && !quoted:
			counts[at]++
		case r != ' ' && r != '\r':
			text = true
		}
	}
	return data, mostFrequent(counts)
}

func mostFrequent(counts []int) rune { return separators[slices.Index(counts, slices.Max(counts))] }

func (t *table) read() ([]*yaml.Node, *Error) {
	header, err := t.next()
	if errors.Is(err, io.EOF) {
		return nil, mistake(1, 1, "the inventory is empty; its first line names the columns")
	}
	if err != nil {
		return nil, csvError(err)
	}
	if problem := t.takeHeader(header); problem != nil {
		return nil, problem
	}
	var devices []*yaml.Node
	for {
		record, err := t.next()
		if errors.Is(err, io.EOF) {
			return devices, nil
		}
		if err != nil {
			return nil, csvError(err)
		}
		device, problem := t.device(record)
		if problem != nil {
			return nil, problem
		}
		devices = append(devices, device)
	}
}

// next is the next row with any text; Excel writes rows of separators alone.
func (t *table) next() ([]string, error) {
	for {
		record, err := t.reader.Read()
		if err != nil || slices.ContainsFunc(record, hasText) {
			return record, err
		}
	}
}

func hasText(cell string) bool { return strings.Trim(cell, " \t\u00a0"+string(separators)) != "" }

func csvError(err error) *Error {
	var wrong *csv.ParseError
	if errors.As(err, &wrong) {
		return mistake(max(wrong.Line, 1), max(wrong.Column, 1), "not CSV: "+wrong.Err.Error())
	}
	return mistake(1, 1, "not CSV: "+err.Error())
}

// device is one row. Excel leaves empty cells at the end of a row out, or writes some more.
func (t *table) device(record []string) (*yaml.Node, *Error) {
	line, place := t.reader.FieldPos(0)
	device := mappingAt(line, place)
	for i, cell := range record {
		cell = strings.TrimSpace(cell)
		line, place := t.reader.FieldPos(i)
		switch {
		case cell == "":
		case i >= len(t.columns):
			return nil, mistake(line, place,
				"this line has "+strconv.Itoa(len(record))+" cells, the header has "+strconv.Itoa(len(t.columns)))
		case t.columns[i].name == "" && !t.ignoreUnknown:
			return nil, mistake(line, place, "this cell has a value, but its column has no name")
		case t.columns[i].key != "":
			t.set(device, t.columns[i].key, cell, line, place)
		}
	}
	return device, nil
}

func mistake(line, column int, message string) *Error {
	return &Error{Line: line, Column: column, Message: message}
}
