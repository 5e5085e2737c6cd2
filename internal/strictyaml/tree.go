package strictyaml

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"sort"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/acfix/acfix/internal/textfile"
)

// CheckText refuses bytes that are not text, which parsers report without a position.
func CheckText(data []byte) *Error {
	line, column := 1, 1
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return &Error{line, column, "this is not UTF-8 text"}
		case r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f:
			return &Error{line, column, "a control character can't stand here"}
		case r == '\n':
			line, column = line+1, 0
		}
		i, column = i+size, column+1
	}
	return nil
}

// Tree returns the root of the only YAML document in a text. The name is for messages: "inventory". The text may be
// in UTF-16 or begin with a byte order mark, as Windows writes it; positions refer to the decoded text.
func Tree(data []byte, name string) (*yaml.Node, *Error) {
	data = textfile.UTF8(data)
	if problem := CheckText(data); problem != nil {
		return nil, problem
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document, more yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return nil, &Error{1, 1, "the " + name + " is empty"}
	case err != nil:
		return nil, syntaxError(data)
	}
	switch err := decoder.Decode(&more); {
	case err == nil:
		return nil, &Error{max(more.Line, 1), max(more.Column, 1), "one YAML document is wanted; here a second begins"}
	case !errors.Is(err, io.EOF):
		return nil, syntaxError(data)
	}
	if len(document.Content) != 1 {
		return nil, &Error{1, 1, "the " + name + " is empty"}
	}
	return document.Content[0], nil
}

var (
	lineNumber    = regexp.MustCompile(`^line \d+: `)
	unknownAnchor = regexp.MustCompile(`^unknown anchor '([^']*)'`)
)

// complaint returns the YAML parser's message, or "", without its line: that is the block's, not the mistake's.
func complaint(data []byte) string {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var document yaml.Node
		switch err := decoder.Decode(&document); {
		case errors.Is(err, io.EOF):
			return ""
		case err != nil:
			return lineNumber.ReplaceAllString(strings.TrimPrefix(err.Error(), "yaml: "), "")
		}
	}
}

// syntaxError positions a YAML parser's error at the first line that causes it, at the start of its text.
func syntaxError(data []byte) *Error {
	message := complaint(data)
	if match := unknownAnchor.FindStringSubmatch(message); match != nil {
		before, _, _ := bytes.Cut(data, []byte("*"+match[1]))
		last := before[bytes.LastIndexByte(before, '\n')+1:]
		return &Error{1 + bytes.Count(before, []byte("\n")), 1 + utf8.RuneCount(last), "not YAML: " + message}
	}
	lines := bytes.SplitAfter(bytes.TrimRight(data, "\n"), []byte("\n"))
	ends := make([]int, len(lines))
	for i, end := 0, 0; i < len(lines); i++ {
		end += len(lines[i])
		ends[i] = end
	}
	at := sort.Search(len(lines)-1, func(i int) bool { return complaint(data[:ends[i]]) == message })
	return &Error{at + 1, 1 + len(lines[at]) - len(bytes.TrimLeft(lines[at], " \t")), "not YAML: " + message}
}
