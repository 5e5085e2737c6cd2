package inventory

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// csvTree makes the tree that the same devices would have in YAML. An empty cell is a key
// that is not given; the items of a list are separated by blanks.
func csvTree(data []byte) (*yaml.Node, *Error) {
	reader := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff")))) // as Excel writes it
	reader.FieldsPerRecord = -1
	header, err := reader.Read()
	if errors.Is(err, io.EOF) {
		return nil, mistake(1, 1, "the inventory is empty; its first line names the columns")
	}
	if err != nil {
		return nil, csvError(err)
	}
	columns, problem := csvColumns(reader, header)
	if problem != nil {
		return nil, problem
	}
	devices := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Line: 1, Column: 1}
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "devices", Line: 1, Column: 1}
			return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: 1, Column: 1, Content: []*yaml.Node{key, devices}}, nil
		}
		if err != nil {
			return nil, csvError(err)
		}
		if len(record) != len(columns) {
			line, column := reader.FieldPos(0)
			return nil, mistake(line, column, "this line has "+strconv.Itoa(len(record))+" cells, the header has "+strconv.Itoa(len(columns)))
		}
		devices.Content = append(devices.Content, csvDevice(reader, columns, record))
	}
}

func csvError(err error) *Error {
	var wrong *csv.ParseError
	if errors.As(err, &wrong) {
		return mistake(max(wrong.Line, 1), max(wrong.Column, 1), "not CSV: "+wrong.Err.Error())
	}
	return mistake(1, 1, "not CSV: "+err.Error())
}

func csvColumns(reader *csv.Reader, header []string) ([]string, *Error) {
	seen := map[string]bool{}
	columns := make([]string, len(header))
	for i, name := range header {
		line, column := reader.FieldPos(i)
		name = strings.TrimSpace(name)
		switch key, known := keys[name]; {
		case !known:
			return nil, mistake(line, column, "unknown column "+strconv.Quote(name))
		case key.kind == records:
			return nil, mistake(line, column, strconv.Quote(name)+" can't be written in CSV; use YAML")
		case seen[name]:
			return nil, mistake(line, column, "the column "+strconv.Quote(name)+" is there twice")
		}
		seen[name], columns[i] = true, name
	}
	return columns, nil
}

func csvDevice(reader *csv.Reader, columns, record []string) *yaml.Node {
	line, column := reader.FieldPos(0)
	device := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: line, Column: column}
	for i, cell := range record {
		cell = strings.TrimSpace(cell)
		if cell == "" {
			continue
		}
		line, column := reader.FieldPos(i)
		scalar := func(tag, value string) *yaml.Node {
			return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value, Line: line, Column: column}
		}
		value := scalar("!!str", cell)
		switch keys[columns[i]].kind {
		case flag:
			if cell == "true" || cell == "false" {
				value.Tag = "!!bool"
			}
		case list:
			value = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle, Line: line, Column: column}
			for _, item := range strings.Fields(cell) {
				value.Content = append(value.Content, scalar("!!str", item))
			}
		}
		device.Content = append(device.Content, scalar("!!str", columns[i]), value)
	}
	return device
}

func mistake(line, column int, message string) *Error {
	return &Error{Line: line, Column: column, Message: message}
}
