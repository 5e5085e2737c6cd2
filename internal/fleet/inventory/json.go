package inventory

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// jsonTree makes nodes of JSON, with the place of each, and refuses a key that is given twice.
func jsonTree(data []byte) (*yaml.Node, *Error) {
	data, problem := plainText(data)
	if problem != nil {
		return nil, problem
	}
	var whole json.RawMessage
	if err := json.Unmarshal(data, &whole); err != nil {
		return nil, jsonError(data, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	reader := jsonReader{decoder: decoder, data: data, line: 1}
	node := reader.value(reader.token())
	return node, reader.problem
}

// jsonError gives the place of a syntax error.
func jsonError(data []byte, err error) *Error {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return mistake(1, 1, "not JSON: "+err.Error())
	}
	before := data[:max(0, min(int(syntax.Offset)-1, len(data)))]
	line := before[bytes.LastIndexByte(before, '\n')+1:]
	what := err.Error()
	if int(syntax.Offset) >= len(data) && len(data) > 0 {
		what = "it is cut off: " + what
	}
	return mistake(1+bytes.Count(before, []byte("\n")), 1+utf8.RuneCount(line), "not JSON: "+what)
}

// jsonReader goes through JSON that is known to be valid.
type jsonReader struct {
	decoder *json.Decoder
	data    []byte
	problem *Error // the first

	at, line, column int // how far lines, and the characters of the last one, were counted
	place            place
}

// place is where the token begins that was read last.
type place struct{ line, column int }

// token reads one token and notes where it begins.
func (r *jsonReader) token() json.Token {
	begin := int(r.decoder.InputOffset())
	begin += len(r.data[begin:]) - len(bytes.TrimLeft(r.data[begin:], " \t\r\n,:"))
	r.countTo(begin)
	r.place = place{r.line, 1 + r.column}
	token, err := r.decoder.Token()
	if err != nil && r.problem == nil {
		r.problem = mistake(r.place.line, r.place.column, "not JSON: "+err.Error())
	}
	return token
}

// countTo counts on from the last token, as one line may hold all there is.
func (r *jsonReader) countTo(begin int) {
	passed := r.data[r.at:begin]
	if lineEnd := bytes.LastIndexByte(passed, '\n'); lineEnd >= 0 {
		r.line, r.column = r.line+bytes.Count(passed, []byte("\n")), 0
		passed = passed[lineEnd+1:]
	}
	r.at, r.column = begin, r.column+utf8.RuneCount(passed)
}

// value makes the node of the value that begins with a token.
func (r *jsonReader) value(token json.Token) *yaml.Node {
	scalar := func(tag, text string) *yaml.Node { return scalarAt(r.place.line, r.place.column, tag, text) }
	switch token := token.(type) {
	case json.Delim:
		if token == '{' {
			return r.object()
		}
		return r.array()
	case string:
		return scalar("!!str", token)
	case json.Number:
		return scalar("!!int", token.String())
	case bool:
		return scalar("!!bool", fmt.Sprint(token))
	default:
		return scalar("!!null", "")
	}
}

func (r *jsonReader) object() *yaml.Node {
	object := mappingAt(r.place.line, r.place.column)
	seen := map[string]int{}
	for r.problem == nil && r.decoder.More() {
		name, _ := r.token().(string)
		if first, twice := seen[name]; twice {
			text := fmt.Sprintf("the key %q is already given in line %d", name, first)
			r.problem = mistake(r.place.line, r.place.column, text)
			return object
		}
		seen[name] = r.place.line
		key := scalarAt(r.place.line, r.place.column, "!!str", name)
		object.Content = append(object.Content, key, r.value(r.token()))
	}
	if r.problem == nil {
		r.token() // its end
	}
	return object
}

func (r *jsonReader) array() *yaml.Node {
	array := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Line: r.place.line, Column: r.place.column}
	for r.problem == nil && r.decoder.More() {
		array.Content = append(array.Content, r.value(r.token()))
	}
	if r.problem == nil {
		r.token() // its end
	}
	return array
}
