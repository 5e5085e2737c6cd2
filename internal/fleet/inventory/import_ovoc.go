package inventory

import (
	"maps"

	"go.yaml.in/yaml/v3"
)

// ovocColumns are what the columns of a list of devices exported from OVOC are assumed to mean: its
// manuals name the fields of its pages, but not the columns of the file.
var ovocColumns = map[string]string{
	"name": "name", "device_name": "name", "device": "name",
	"url": "url", "ip_address": "url", "ip": "url", "address": "url", "device_ip": "url", "device_address": "url",
	"device_ip_address": "url", "host_name": "url", "hostname": "url", "fqdn": "url",
	"tenant": "tags", "tenant_name": "tags", "region": "tags", "region_name": "tags",
}

const ovocAssumed = `assumed of OVOC's export: "Device Name" or "Name" is the name; "IP Address", "Address", ` +
	`"Host Name" or "FQDN" the address; "Tenant" and "Region" are tags. --map COLUMN=KEY says otherwise`

// ovocTree reads a table by what is assumed, and by what source says otherwise.
func ovocTree(data []byte, source Source) (*yaml.Node, remarks, Errors) {
	mapped := maps.Clone(ovocColumns)
	for column, key := range ovocColumns {
		if key != "tags" && isMappedTo(source.Map, key) {
			mapped[column] = "" // left out
		}
	}
	maps.Copy(mapped, source.Map)
	root, remarks, wrong := tableTree(data, layout{mapped: mapped, optional: true, ignoreUnknown: true, tidy: true})
	remarks.assumed = []string{ovocAssumed}
	return root, remarks, wrong
}

func isMappedTo(columns map[string]string, key string) bool {
	for _, mapped := range columns {
		if mapped == key {
			return true
		}
	}
	return false
}
