package inventory

import (
	"strings"

	"github.com/acfix/acfix/internal/strictyaml"
	"go.yaml.in/yaml/v3"
)

// decoder goes through the tree and collects every mistake that it finds.
// docs/design/fleet.md: An inventory is one tree and one table of keys
type decoder struct {
	strictyaml.Reader
	rules Rules
}

func (d *decoder) inventory(root *yaml.Node) Inventory {
	var inventory Inventory
	var defaults Device
	var devices *yaml.Node
	for key, value := range d.Entries(root, "an inventory has the keys defaults and devices") {
		switch key.Value {
		case "defaults":
			defaults = d.defaults(&inventory, value)
		case "policy":
			d.policy(&inventory, key, value)
		case "devices":
			devices = value
		default:
			d.Wrong(key, "unknown key %q", key.Value)
		}
	}
	if devices == nil {
		if root.Kind == yaml.MappingNode {
			d.Wrong(root, "the key devices is missing")
		}
		return inventory
	}
	names, urls, files := map[string]int{}, map[string]int{}, map[string]int{}
	list := d.Items(devices, "devices is a list")
	for i, node := range list {
		list[i] = nil // a node takes far more memory than what it says
		device := d.device(defaults, node)
		inventory.Devices = append(inventory.Devices, device)
		d.once(names, node, "name", device.Name)
		d.once(urls, node, "url", device.URL)
		d.once(files, node, "file", device.File)
	}
	if len(inventory.Devices) == 0 && d.Err() == nil {
		d.Wrong(devices, "there is no device in the inventory")
	}
	return inventory
}

// once refuses what an earlier device has already.
func (d *decoder) once(seen map[string]int, device *yaml.Node, key, text string) {
	if text == "" {
		return
	}
	at := device
	for name, value := range strictyaml.Pairs(device) {
		if name.Value == key {
			at = value
		}
	}
	if first, twice := seen[text]; twice {
		d.Wrong(at, "the %s %q of line %d is already that of line %d", key, text, at.Line, first)
		return
	}
	seen[text] = at.Line
}

// policy reads the policy of all devices, which stands beside the devices or among the defaults.
func (d *decoder) policy(inventory *Inventory, key, value *yaml.Node) {
	text, ok := d.Text(value)
	if ok && inventory.Policy != "" {
		d.Wrong(key, "an inventory has one policy, and %q is given already", inventory.Policy)
	}
	inventory.Policy = text
}

func (d *decoder) defaults(inventory *Inventory, node *yaml.Node) Device {
	var defaults Device
	for key, value := range d.Entries(node, "defaults are keys and values") {
		if key.Value == "policy" {
			d.policy(inventory, key, value)
			continue
		}
		if key.Value == "name" || key.Value == "url" || key.Value == "file" {
			d.Wrong(key, "%q belongs to a device, not into the defaults", key.Value)
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
	for key, value := range d.Entries(node, "a device is keys and values") {
		d.set(&device, key, value)
	}
	switch {
	case !mapping:
	case !strictyaml.Has(node, "name"):
		d.Wrong(node, "the device has no name")
	case !strictyaml.Has(node, "url") && !strictyaml.Has(node, "file"):
		d.Wrong(node, "the device has no url")
	case strictyaml.Has(node, "url") && strictyaml.Has(node, "file"):
		d.Wrong(node, "a device has an url or a file, not both")
	case (device.ClientCert == "") != (device.ClientKey == ""):
		d.Wrong(node, "client_cert and client_key belong together; one of them is missing")
	case device.ProxyLogin.isHalf():
		d.Wrong(node, "give proxy_username and proxy_password_env together")
	case device.Proxy != nil && strings.HasPrefix(device.URL, "http://"):
		d.Wrong(node, "http:// can't be used through a proxy: the password would travel in the clear")
	}
	return device
}

// onePassword reports whether the mapping says where the password is.
func (d *decoder) onePassword(node *yaml.Node) bool {
	first := ""
	for key := range strictyaml.Pairs(node) {
		if !strings.HasPrefix(key.Value, "password_") {
			continue
		}
		if first != "" && first != key.Value {
			d.Wrong(key, "give one of password_env, password_file and password_command; %s is given already", first)
		}
		first = key.Value
	}
	return first != ""
}

func (d *decoder) set(device *Device, key, value *yaml.Node) {
	known, ok := keys[key.Value]
	switch {
	case !ok && strings.Contains(key.Value, "password"):
		d.Wrong(key, "unknown key %q; a password itself never stands in an inventory", key.Value)
	case key.Value == "policy":
		d.Wrong(key, "a policy holds for all devices of an inventory: it belongs beside devices, not into one of them")
	case !ok:
		d.Wrong(key, "unknown key %q", key.Value)
	default:
		known.set(d, device, value)
	}
}
