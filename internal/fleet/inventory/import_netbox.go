package inventory

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// netboxTree reads devices or virtual machines as NetBox gives them: an answer of its API
// ({"count":…,"next":…,"results":[…]}), or an array of them. Name, primary IP and tags are taken;
// source.Map says what else, by field, with dots between levels ("custom_fields.proxy_set").
func netboxTree(data []byte, source Source) (*yaml.Node, remarks, Errors) {
	root, problem := jsonTree(data)
	if problem != nil {
		return nil, remarks{}, Errors{*problem}
	}
	i := &importer{used: map[string]bool{}}
	for _, node := range i.netboxDevices(root) {
		i.netboxDevice(node, source.Map)
	}
	return i.finish(source.Map)
}

// netboxDevices are the devices, wherever they stand.
func (i *importer) netboxDevices(root *yaml.Node) []*yaml.Node {
	results := root
	if root.Kind == yaml.MappingNode {
		if results = field(root, "results"); results == nil {
			results = &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{root}} // one device alone
			if valueOf(root, "primary_ip") == nil && valueOf(root, "primary_ip4") == nil {
				i.Wrong(root, "these are no devices of NetBox: there are no results%s", i.otherFormat(root))
				return nil
			}
		}
	}
	devices := i.Items(results, "a list of devices is wanted here")
	next, count := textOf(field(root, "next")), textOf(field(root, "count"))
	all, err := strconv.Atoi(count)
	if next != "" || err == nil && all > len(devices) {
		i.remarks.warnings = append(i.remarks.warnings, fmt.Sprintf(
			"this is one page of NetBox's answer: %d of %s devices are in it; "+
				"ask for all at once (…/api/dcim/devices/?limit=0), or import each page",
			len(devices), count))
	}
	return devices
}

func (i *importer) otherFormat(root *yaml.Node) string {
	if valueOf(root, "_meta") != nil || valueOf(root, "all") != nil {
		return "; is it Ansible's (--format ansible)?"
	}
	return ""
}

// netboxDevice takes one device.
func (i *importer) netboxDevice(node *yaml.Node, mapping map[string]string) {
	if node.Kind != yaml.MappingNode {
		i.Wrong(node, "a device is an object")
		return
	}
	device := i.device(node)
	name := field(node, "name")
	if name != nil && name.ShortTag() != "!!str" {
		i.Wrong(name, "the name of a device is a text")
	}
	device.mapped(mapping, func(path string) *yaml.Node { return fieldAt(node, path) })
	device.netboxAddress(node)
	address := valueOf(device.node, "url")
	if address == nil {
		i.remarks.without = append(i.remarks.without, foreignName(node)+" (no primary IP)")
		return
	}
	if name != nil {
		device.put("name", textOf(name), name)
	}
	if valueOf(device.node, "name") == nil {
		device.put("name", address.Value, address)
		i.remarks.renamed = append(i.remarks.renamed,
			fmt.Sprintf("the device without a name in line %d is %s", node.Line, address.Value))
	}
	device.netboxTags(field(node, "tags"))
	if status := strings.ToLower(textOf(field(node, "status"))); status != "" && status != "active" {
		i.remarks.inactive = append(i.remarks.inactive, fmt.Sprintf("%s (%s)", foreignName(node), status))
	}
	device.add()
}

// foreignName is what NetBox calls a device.
func foreignName(node *yaml.Node) string {
	if name := textOf(field(node, "name")); name != "" {
		return strconv.Quote(name)
	}
	return "one without a name in line " + strconv.Itoa(node.Line)
}

// netboxAddress takes the primary IP, which has the length of its prefix behind it.
func (d imported) netboxAddress(node *yaml.Node) {
	for _, name := range []string{"primary_ip", "primary_ip4", "primary_ip6"} {
		primary := field(node, name)
		if primary == nil {
			continue
		}
		address := primary
		if primary.Kind == yaml.MappingNode {
			address = field(primary, "address")
		}
		if address == nil || address.ShortTag() != "!!str" {
			d.Wrong(primary, `%s is an object with an "address", or a text`, name)
			continue
		}
		d.put("url", textOf(address), address)
	}
}

// netboxTags takes tags by their slugs; older versions and exports have texts.
func (d imported) netboxTags(tags *yaml.Node) {
	if tags == nil {
		return
	}
	for _, tag := range d.Items(tags, "tags are a list") {
		text := textOf(tag)
		if text == "" || tag.Kind == yaml.ScalarNode && tag.ShortTag() != "!!str" {
			d.Wrong(tag, "a tag is a text, or an object with a slug or a name")
			continue
		}
		d.tag(text, tag)
	}
}

// fieldAt goes through objects by names with dots between them; case does not count.
func fieldAt(node *yaml.Node, path string) *yaml.Node {
	for name := range strings.SplitSeq(path, ".") {
		var found *yaml.Node
		for i := 0; node != nil && node.Kind == yaml.MappingNode && i+1 < len(node.Content); i += 2 {
			if columnName(node.Content[i].Value) == name && node.Content[i+1].ShortTag() != "!!null" {
				found = node.Content[i+1]
			}
		}
		node = found
	}
	return node
}
