package inventory

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// decoder goes through the tree and collects every mistake that it finds.
type decoder struct {
	rules  Rules
	errors Errors
}

func (d *decoder) wrong(at *yaml.Node, format string, arguments ...any) {
	if len(d.errors) < maxErrors {
		d.errors = append(d.errors, Error{max(at.Line, 1), max(at.Column, 1), fmt.Sprintf(format, arguments...)})
	}
}

func (d *decoder) inventory(root *yaml.Node) Inventory {
	var inventory Inventory
	var defaults Device
	var devices *yaml.Node
	for key, value := range d.entries(root, "an inventory has the keys defaults and devices") {
		switch key.Value {
		case "defaults":
			defaults = d.defaults(value)
		case "devices":
			devices = value
		default:
			d.wrong(key, "unknown key %q", key.Value)
		}
	}
	if devices == nil {
		if root.Kind == yaml.MappingNode {
			d.wrong(root, "the key devices is missing")
		}
		return inventory
	}
	names, urls := map[string]int{}, map[string]int{}
	for _, node := range d.items(devices, "devices is a list") {
		device := d.device(defaults, node)
		inventory.Devices = append(inventory.Devices, device)
		d.once(names, node, "name", device.Name)
		d.once(urls, node, "url", device.URL)
	}
	if len(inventory.Devices) == 0 && len(d.errors) == 0 {
		d.wrong(devices, "there is no device in the inventory")
	}
	return inventory
}

// once refuses what an earlier device has already.
func (d *decoder) once(seen map[string]int, device *yaml.Node, key, text string) {
	if text == "" {
		return
	}
	at := device
	for name, value := range pairs(device) {
		if name.Value == key {
			at = value
		}
	}
	if first, twice := seen[text]; twice {
		d.wrong(at, "the %s %q of line %d is already that of line %d", key, text, at.Line, first)
		return
	}
	seen[text] = at.Line
}

func (d *decoder) defaults(node *yaml.Node) Device {
	var defaults Device
	for key, value := range d.entries(node, "defaults are keys and values") {
		if key.Value == "name" || key.Value == "url" {
			d.wrong(key, "%q belongs to a device, not into the defaults", key.Value)
			continue
		}
		d.set(&defaults, key, value)
	}
	d.onePassword(node)
	return defaults
}

// device decodes one device over the defaults. Where a password is found is one decision:
// a device that says it takes nothing of it from the defaults.
func (d *decoder) device(defaults Device, node *yaml.Node) Device {
	device := defaults
	if d.onePassword(node) {
		device.Password = Password{}
	}
	mapping := node.Kind == yaml.MappingNode
	for key, value := range d.entries(node, "a device is keys and values") {
		d.set(&device, key, value)
	}
	switch {
	case !mapping:
	case !has(node, "name"):
		d.wrong(node, "the device has no name")
	case !has(node, "url"):
		d.wrong(node, "the device has no url")
	case device.Proxy != nil && strings.HasPrefix(device.URL, "http://"):
		d.wrong(node, "http:// can't be used through a proxy: the password would travel in the clear")
	}
	return device
}

// onePassword tells whether the mapping says where the password is.
func (d *decoder) onePassword(node *yaml.Node) bool {
	first := ""
	for key := range pairs(node) {
		if !strings.HasPrefix(key.Value, "password_") {
			continue
		}
		if first != "" && first != key.Value {
			d.wrong(key, "give one of password_env, password_file and password_command; %s is given already", first)
		}
		first = key.Value
	}
	return first != ""
}

func (d *decoder) set(device *Device, key, value *yaml.Node) {
	known, ok := keys[key.Value]
	switch {
	case !ok && strings.HasPrefix(key.Value, "password"):
		d.wrong(key, "unknown key %q; a password itself never stands in an inventory", key.Value)
	case !ok:
		d.wrong(key, "unknown key %q", key.Value)
	default:
		known.set(d, device, value)
	}
}

// pairs are the keys and values of a mapping; none of anything else.
func pairs(node *yaml.Node) func(func(key, value *yaml.Node) bool) {
	return func(yield func(key, value *yaml.Node) bool) {
		if node.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(node.Content); i += 2 {
			if !yield(node.Content[i], node.Content[i+1]) {
				return
			}
		}
	}
}

func has(node *yaml.Node, name string) bool {
	for key := range pairs(node) {
		if key.Value == name {
			return true
		}
	}
	return false
}

// entries are the pairs of a mapping, each key once.
func (d *decoder) entries(node *yaml.Node, otherwise string) func(func(key, value *yaml.Node) bool) {
	return func(yield func(key, value *yaml.Node) bool) {
		if !d.plain(node) {
			return
		}
		if node.Kind != yaml.MappingNode {
			d.wrong(node, "%s", otherwise)
			return
		}
		seen := map[string]int{}
		for key, value := range pairs(node) {
			if !d.plain(key) {
				continue
			}
			if key.Kind != yaml.ScalarNode {
				d.wrong(key, "a key is a word")
				continue
			}
			if first, twice := seen[key.Value]; twice {
				d.wrong(key, "the key %q is already given in line %d", key.Value, first)
				continue
			}
			seen[key.Value] = key.Line
			if !yield(key, value) {
				return
			}
		}
	}
}

func (d *decoder) items(node *yaml.Node, otherwise string) []*yaml.Node {
	if !d.plain(node) {
		return nil
	}
	if node.Kind != yaml.SequenceNode {
		d.wrong(node, "%s", otherwise)
		return nil
	}
	return node.Content
}

// plain refuses anchors and references: what a device is must stand where it stands.
func (d *decoder) plain(node *yaml.Node) bool {
	if node.Kind == yaml.AliasNode || node.Anchor != "" {
		d.wrong(node, "anchors and references are not supported; use defaults")
		return false
	}
	return true
}

// words are the YAML types whose text is taken as it is written: 1, 1.0 and 2027-01-31
// need no quotes.
var words = []string{"!!str", "!!int", "!!float", "!!timestamp"}

// text is a value of one line.
func (d *decoder) text(node *yaml.Node) (string, bool) {
	switch {
	case !d.plain(node):
	case node.Kind != yaml.ScalarNode:
		d.wrong(node, "one text is wanted here, not a list or keys")
	case node.ShortTag() == "!!null" || node.Value == "":
		d.wrong(node, "there is no value")
	case !slices.Contains(words, node.ShortTag()):
		d.wrong(node, "a text is wanted here; put it in quotes")
	case len(node.Value) > maxText:
		d.wrong(node, "the text is longer than %d bytes", maxText)
	case strings.ContainsFunc(node.Value, unprintable):
		d.wrong(node, "there is a control character in the text")
	default:
		return node.Value, true
	}
	return "", false
}

const maxText = 4096

func unprintable(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }

// texts is a list of texts, or one alone where that is allowed; never empty.
func (d *decoder) texts(node *yaml.Node, alone bool) []*yaml.Node {
	if alone && node.Kind == yaml.ScalarNode {
		return []*yaml.Node{node}
	}
	items := d.items(node, "a list is wanted here")
	if node.Kind == yaml.SequenceNode && len(items) == 0 {
		d.wrong(node, "the list is empty")
	}
	return items
}
