package inventory

import (
	"net/netip"
	"slices"
	"strings"
	"unicode"

	"github.com/acfix/acfix/internal/strictyaml"
	"go.yaml.in/yaml/v3"
)

// truths are the words for true and false that spreadsheets write, in the languages of Excel.
var truths = map[string]bool{
	"true": true, "yes": true, "y": true, "1": true, "on": true,
	"false": false, "no": false, "n": false, "0": false, "off": false,
	"wahr": true, "ja": true, "falsch": false, "nein": false, // German
	"vrai": true, "oui": true, "faux": false, "non": false, // French
	"verdadero": true, "sí": true, "falso": false, // Spanish; falso is Italian and Portuguese too
	"vero": true, "verdadeiro": true, "waar": true, "onwaar": false, // Italian, Portuguese, Dutch
	"prawda": true, "fałsz": false, "pravda": true, "nepravda": false, // Polish, Czech
	// Swedish, Danish, Norwegian
	"sant": true, "falskt": false, "sand": true, "falsk": false, "sann": true, "usann": false,
	"tosi": true, "epätosi": false, "igaz": true, "hamis": false, // Finnish, Hungarian
	"истина": true, "ложь": false, // Russian
}

// set puts what a cell says into the device.
func (t *table) set(device *yaml.Node, key, cell string, line, place int) {
	value := scalarAt(line, place, "!!str", cell)
	switch keys[key].kind {
	case flag:
		if truth, known := truths[strings.ToLower(cell)]; known {
			value.Tag, value.Value = "!!bool", map[bool]string{true: "true", false: "false"}[truth]
		}
	case version:
		value.Value = versionOf(cell)
	case list:
		t.setList(device, key, cell, line, place)
		return
	}
	switch {
	case key == "url":
		value.Value = withoutPrefixLength(cell)
	case key == "name" && t.tidy:
		value.Value = t.remarks.tidied(cell)
	}
	device.Content = append(device.Content, scalarAt(line, place, "!!str", key), value)
}

// versionOf undoes what Excel makes of 1.0 and, in some languages, of 1.2.
func versionOf(cell string) string {
	if len(cell) == 1 && unicode.IsDigit(rune(cell[0])) {
		return cell + ".0"
	}
	return strings.ReplaceAll(cell, ",", ".")
}

// withoutPrefixLength makes 192.0.2.10 of 192.0.2.10/24, as address plans have it.
func withoutPrefixLength(cell string) string {
	if prefix, err := netip.ParsePrefix(cell); err == nil {
		return prefix.Addr().String()
	}
	return cell
}

// setList adds to a list: several columns may stand for tags.
func (t *table) setList(device *yaml.Node, key, cell string, line, place int) {
	items := strings.Fields(cell)
	if t.tidy && key == "tags" {
		items = strings.Fields(tidyName(cell))
	}
	value := valueOf(device, key)
	further := value != nil
	if !further && len(items) > 0 {
		value = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle, Line: line, Column: place}
		device.Content = append(device.Content, scalarAt(line, place, "!!str", key), value)
	}
	for _, item := range items {
		same := func(other *yaml.Node) bool { return other.Value == item }
		if !further || !slices.ContainsFunc(value.Content, same) {
			value.Content = append(value.Content, scalarAt(line, place, "!!str", item))
		}
	}
}

// valueOf is what stands at a key of a mapping; nil where the key is not given.
func valueOf(mapping *yaml.Node, key string) *yaml.Node {
	for name, value := range strictyaml.Pairs(mapping) {
		if name.Value == key {
			return value
		}
	}
	return nil
}
