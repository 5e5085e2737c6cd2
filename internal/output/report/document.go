package report

// All JSON documents are indented, with names unescaped and without characters that move a cursor or reverse text.

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"

	"github.com/acfix/acfix/internal/foreign"
)

const indent = "  "

// WriteDocument writes a whole document, or nothing when it can't be encoded.
func WriteDocument(w io.Writer, document any) error {
	text, err := encode(document, "")
	if err != nil {
		return wrap(err)
	}
	_, err = io.WriteString(w, text+"\n")
	return wrap(err)
}

// DocumentLine writes a document as one line, in a single write.
func DocumentLine(w io.Writer, document any) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(document); err != nil {
		return wrap(err)
	}
	_, err := io.WriteString(w, escapeInvisible(text.String()))
	return wrap(err)
}

// encode returns the indented JSON of a value at a depth, without a final line feed.
func encode(value any, depth string) (string, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent(depth, indent)
	if err := encoder.Encode(value); err != nil {
		return "", err
	}
	return escapeInvisible(strings.TrimSuffix(text.String(), "\n")), nil
}

func wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("write the result: %w", err)
}

// escapeInvisible escapes invisible characters that JSON allows, such as C1 controls. They occur only in strings.
func escapeInvisible(text string) string {
	if strings.IndexFunc(text, invisible) < 0 {
		return text
	}
	var escaped strings.Builder
	for _, r := range text {
		if !invisible(r) {
			escaped.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&escaped, "\\u%04x", unit)
		}
	}
	return escaped.String()
}

func invisible(r rune) bool {
	if ' ' <= r && r <= '~' {
		return false // the fast path
	}
	return r != '\n' && !foreign.Shows(r)
}

// Document writes a document key by key, so that long lists need not be in memory. Its output
// equals WriteDocument's for the same keys. After an error it writes nothing more, and Close
// returns that error. A document that was not closed does not parse.
type Document struct {
	w    *bufio.Writer
	next string // separator before the next key
	err  error
}

// OpenDocument starts a document.
func OpenDocument(w io.Writer) *Document {
	return &Document{w: bufio.NewWriterSize(w, 1<<16), next: "{\n"}
}

// Put writes a key and its value.
func (o *Document) Put(key string, value any) {
	o.key(key)
	o.value(value, indent)
}

// List starts a list; add writes an element, end closes the list.
func (o *Document) List(key string) (add func(element any) error, end func()) {
	const depth = indent + indent
	o.key(key)
	next, last := "[\n", "[]"
	add = func(element any) error {
		o.write(next + depth)
		o.value(element, depth)
		next, last = ",\n", "\n"+indent+"]"
		return wrap(o.err)
	}
	return add, func() { o.write(last) }
}

// Close completes the document. It returns the first error, if any.
func (o *Document) Close() error {
	if o.next == "{\n" {
		o.write("{}\n")
	} else {
		o.write("\n}\n")
	}
	if o.err == nil {
		o.err = o.w.Flush()
	}
	return wrap(o.err)
}

func (o *Document) key(key string) {
	o.write(o.next + indent)
	o.value(key, indent)
	o.write(": ")
	o.next = ",\n"
}

func (o *Document) value(value any, depth string) {
	text, err := encode(value, depth)
	if o.err == nil {
		o.err = err
	}
	o.write(text)
}

func (o *Document) write(text string) {
	if o.err == nil {
		_, o.err = o.w.WriteString(text)
	}
}
