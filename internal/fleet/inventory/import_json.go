package inventory

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/acfix/acfix/internal/strictyaml"
	"go.yaml.in/yaml/v3"
)

// importer makes devices of JSON that other programs write. What it finds wrong is collected.
type importer struct {
	strictyaml.Reader
	remarks remarks
	devices []*yaml.Node
	used    map[string]bool // fields of --map that a device has
}

// finish is the tree of what was imported by a mapping.
func (i *importer) finish(mapping map[string]string) (*yaml.Node, remarks, Errors) {
	if wrong, ok := i.Err().(Errors); ok {
		return nil, i.remarks, wrong
	}
	for _, name := range slices.Sorted(maps.Keys(mapping)) {
		if !i.used[name] {
			warning := fmt.Sprintf("--map names a field that no device has: %q", name)
			i.remarks.warnings = append(i.remarks.warnings, warning)
		}
	}
	return inventoryTree(i.devices), i.remarks, nil
}

// field is what stands at a key; nil where there is none, and for null.
func field(object *yaml.Node, name string) *yaml.Node {
	value := valueOf(object, name)
	if value == nil || value.ShortTag() == "!!null" {
		return nil
	}
	return value
}

// texts are the fields by which an object is a text, the first found counts.
var texts = []string{"slug", "value", "address", "name", "display"}

// textOf is a value as one text; an object is what its slug, value, address or name says. "" is
// for what has none.
func textOf(value *yaml.Node) string {
	switch {
	case value == nil || value.ShortTag() == "!!null":
		return ""
	case value.Kind == yaml.ScalarNode:
		return strings.TrimSpace(value.Value)
	}
	for _, name := range texts {
		if inner := field(value, name); inner != nil && inner.Kind == yaml.ScalarNode {
			return strings.TrimSpace(inner.Value)
		}
	}
	return ""
}

// imported is one device being made.
type imported struct {
	*importer
	node *yaml.Node
}

func (i *importer) device(at *yaml.Node) imported {
	return imported{i, mappingAt(at.Line, at.Column)}
}

// put sets a key, by the rules of a cell of a table. What was set before stays, but tags add up.
func (d imported) put(key, text string, at *yaml.Node) {
	if text == "" || key != "tags" && strictyaml.Has(d.node, key) {
		return
	}
	t := table{layout: layout{tidy: true}}
	t.set(d.node, key, text, at.Line, at.Column)
	d.remarks.renamed = append(d.remarks.renamed, t.remarks.renamed...)
}

// tag adds one tag.
func (d imported) tag(text string, at *yaml.Node) { d.put("tags", text, at) }

// add makes the device one of the inventory, with its name first.
func (d imported) add() {
	content := d.node.Content
	for at := 0; at+1 < len(content); at += 2 {
		if content[at].Value == "name" {
			d.node.Content = slices.Concat(content[at:at+2], content[:at], content[at+2:])
		}
	}
	d.devices = append(d.devices, d.node)
}

// mapped puts what --map says of fields that find finds.
func (d imported) mapped(mapping map[string]string, find func(name string) *yaml.Node) {
	for _, name := range slices.Sorted(maps.Keys(mapping)) {
		value := find(name)
		if value == nil {
			continue
		}
		d.used[name] = true
		values := []*yaml.Node{value}
		if value.Kind == yaml.SequenceNode {
			values = value.Content
		}
		for _, value := range values {
			text := textOf(value)
			if text == "" {
				d.Wrong(value, "%s can't stand for %s: it is no text", name, mapping[name])
			}
			d.put(mapping[name], text, value)
		}
	}
}
