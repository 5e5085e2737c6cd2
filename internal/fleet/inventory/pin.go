package inventory

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"unicode/utf8"

	"github.com/acfix/acfix/internal/strictyaml"
	"go.yaml.in/yaml/v3"
)

// Unwritten is a pin that a person has to write by hand.
type Unwritten struct {
	Device string `json:"device"`
	Line   int    `json:"line"`  // where the device begins
	Why    string `json:"why"`   // of what form the inventory is
	Paste  string `json:"paste"` // the line to put there
}

// WritePins puts pins (SHA-256, by the names of devices) into the bytes of a YAML inventory: in the
// place of a device's one pin, or behind its url. All other bytes stay as they are: comments,
// order, line ends. A device whose form can't be changed safely is Unwritten; one with several
// pins always is, for only a person knows which of them has gone.
// docs/design/fleet.md: A pin is written byte by byte
func WritePins(data []byte, pins map[string]string, rules Rules) ([]byte, []Unwritten, error) {
	root, problem := tree(data, YAML)
	if problem != nil {
		return nil, nil, Errors{*problem}
	}
	text := source{data: data, lines: lineStarts(data)}
	var edits []edit
	var unwritten []Unwritten
	byHand := func(device, why string, line int, pin string) {
		paste := fmt.Sprintf("pin: %q", pin)
		unwritten = append(unwritten, Unwritten{Device: device, Line: line, Why: why, Paste: paste})
	}
	for _, device := range devicesOf(root) {
		name := valueOf(device, "name")
		if name == nil || pins[name.Value] == "" {
			continue
		}
		change, why := text.pinned(device, pins[name.Value])
		if why != "" {
			byHand(name.Value, why, device.Line, pins[name.Value])
			continue
		}
		change.device = name.Value
		change.line = device.Line
		change.pin = pins[name.Value]
		edits = append(edits, change)
	}
	safe, unsafe := proven(data, edits, rules)
	for _, change := range unsafe {
		byHand(change.device, otherForm, change.line, change.pin)
	}
	if len(safe) > 0 && !proves(data, safe, rules) {
		return nil, nil, errors.New("the changed inventory would not be the same with new pins")
	}
	return applied(data, safe), unwritten, nil
}

func devicesOf(root *yaml.Node) []*yaml.Node {
	if devices := valueOf(root, "devices"); devices != nil {
		return devices.Content
	}
	return nil
}

// edit puts text in the place of some bytes, to pin one device.
type edit struct {
	from, to int
	text     string

	device, pin string
	line        int
}

func applied(data []byte, edits []edit) []byte {
	edits = slices.SortedFunc(slices.Values(edits), func(a, b edit) int { return a.from - b.from })
	var result []byte
	at := 0
	for _, edit := range edits {
		result = append(append(result, data[at:edit.from]...), edit.text...)
		at = edit.to
	}
	return append(result, data[at:]...)
}

// proven parts changes that do what they should from those that don't: all together first, then in
// halves, for reading ten thousand devices takes a while.
func proven(data []byte, edits []edit, rules Rules) (safe, unsafe []edit) {
	switch {
	case len(edits) == 0:
		return nil, nil
	case proves(data, edits, rules):
		return edits, nil
	case len(edits) == 1:
		return nil, edits
	}
	half := len(edits) / 2
	safe, unsafe = proven(data, edits[:half], rules)
	more, others := proven(data, edits[half:], rules)
	return append(safe, more...), append(unsafe, others...)
}

// proves reads the changed inventory: it must differ in the pins of these devices alone.
func proves(data []byte, edits []edit, rules Rules) bool {
	before, err := Parse(data, YAML, rules)
	if err != nil {
		return false
	}
	after, err := Parse(applied(data, edits), YAML, rules)
	if err != nil {
		return false
	}
	pins := map[string]string{}
	for _, edit := range edits {
		pins[edit.device] = edit.pin
	}
	for i, device := range before.Devices {
		if pin := pins[device.Name]; pin != "" {
			before.Devices[i].Pins = []string{pin}
		}
	}
	return reflect.DeepEqual(before, after)
}

// source is the text of an inventory, and where its lines begin.
type source struct {
	data  []byte
	lines []int
}

// lineStarts counts lines as YAML does: \r\n, \n, \r, and the line ends of Unicode.
func lineStarts(data []byte) []int {
	starts := []int{0}
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		i += size
		switch r {
		case '\r':
			if i < len(data) && data[i] == '\n' {
				i++
			}
			starts = append(starts, i)
		case '\n', '\u0085', '\u2028', '\u2029':
			starts = append(starts, i)
		}
	}
	return starts
}

// offset is where a node begins; -1 where it can't be found.
func (s source) offset(node *yaml.Node) int {
	if node.Line < 1 || node.Line > len(s.lines) {
		return -1
	}
	at := s.lines[node.Line-1]
	if at == 0 && bytes.HasPrefix(s.data, []byte(byteOrderMark)) {
		at += len(byteOrderMark)
	}
	for range node.Column - 1 {
		_, size := utf8.DecodeRune(s.data[at:])
		at += size
	}
	return min(at, len(s.data))
}

// extent is where a text of one line stands, with its quotes; false where it is written in any
// other way, such as with escapes or as a block.
func (s source) extent(node *yaml.Node) (from, to int, plain bool) {
	from = s.offset(node)
	if node.Kind != yaml.ScalarNode || from < 0 {
		return 0, 0, false
	}
	for _, quote := range []string{`"`, `'`, ""} {
		if written := quote + node.Value + quote; bytes.HasPrefix(s.data[from:], []byte(written)) {
			return from, from + len(written), true
		}
	}
	return 0, 0, false
}

// Why a device is left to a person.
const (
	severalPins = "it has several pins, and only a person knows which of them has gone"
	otherForm   = "it is written in a form that acfix does not change"
)

// pinned is the change that gives a device a pin, or why there is none.
func (s source) pinned(device *yaml.Node, pin string) (change edit, why string) {
	old := valueOf(device, "pin")
	if old == nil {
		change, ok := s.insertion(device, pin)
		if !ok {
			return edit{}, otherForm
		}
		return change, ""
	}
	if old.Kind == yaml.SequenceNode {
		if len(old.Content) != 1 {
			return edit{}, severalPins
		}
		old = old.Content[0]
	}
	from, to, plain := s.extent(old)
	if !plain {
		return edit{}, otherForm
	}
	return edit{from: from, to: to, text: fmt.Sprintf("%q", pin)}, ""
}

// insertion puts a pin behind the url: in the line after it, or within the same braces.
func (s source) insertion(device *yaml.Node, pin string) (edit, bool) {
	var key, value *yaml.Node
	for name, address := range strictyaml.Pairs(device) {
		if name.Value == "url" {
			key, value = name, address
		}
	}
	if value == nil {
		return edit{}, false
	}
	_, end, plain := s.extent(value)
	if !plain {
		return edit{}, false
	}
	entry := fmt.Sprintf("pin: %q", pin)
	if key.Style == yaml.DoubleQuotedStyle { // JSON
		entry = fmt.Sprintf("%q: %q", "pin", pin)
	}
	if device.Style&yaml.FlowStyle != 0 {
		return edit{from: end, to: end, text: ", " + entry}, true
	}
	indent := fmt.Sprintf("%*s", key.Column-1, "")
	if value.Line >= len(s.lines) { // the last line has no end
		return edit{from: len(s.data), to: len(s.data), text: s.lineEnd() + indent + entry}, true
	}
	next := s.lines[value.Line]
	return edit{from: next, to: next, text: indent + entry + s.lineEnd()}, true
}

// lineEnd is how lines end in this file.
func (s source) lineEnd() string {
	if len(s.lines) < 2 {
		return "\n"
	}
	first := s.data[:s.lines[1]]
	switch {
	case bytes.HasSuffix(first, []byte("\r\n")):
		return "\r\n"
	case bytes.HasSuffix(first, []byte("\r")):
		return "\r"
	default:
		return "\n"
	}
}
