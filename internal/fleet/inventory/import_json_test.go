package inventory_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// netbox is an answer of NetBox's API (GET /api/dcim/devices/, "Device" of its schema), shortened.
const netbox = `{
	"count": 4, "next": null, "previous": null,
	"results": [
		{"id": 1, "url": "https://netbox/api/dcim/devices/1/", "display": "ams-1", "name": "ams-1",
		 "device_type": {"id": 3, "model": "Mediant 800", "slug": "mediant-800"},
		 "role": {"id": 1, "name": "SBC", "slug": "sbc"}, "site": {"id": 1, "name": "Amsterdam 1", "slug": "ams1"},
		 "platform": null, "status": {"value": "active", "label": "Active"},
		 "primary_ip": {"id": 1, "address": "192.0.2.10/24"}, "primary_ip4": {"id": 1, "address": "192.0.2.10/24"}, "primary_ip6": null,
		 "tags": [{"id": 1, "name": "Canary", "slug": "canary"}, {"id": 2, "name": "E M E A", "slug": "emea"}],
		 "custom_fields": {"proxy_set": "Teams", "all roots": true, "sip": null}},
		{"name": "LON 2 (\u00dc)", "status": "planned", "primary_ip4": "192.0.2.11/32", "tags": ["canary", "North West"], "site": "lon"},
		{"name": null, "display": "Mediant (42)", "primary_ip6": {"address": "2001:db8::5/64"}, "tags": []},
		{"name": "spare\/1", "primary_ip": null, "primary_ip4": null, "primary_ip6": null}
	]
}`

func TestDevicesOfNetBox(t *testing.T) {
	t.Parallel()
	want := []inventory.Device{
		{Name: "ams-1", URL: "https://192.0.2.10", Tags: []string{"canary", "emea"}},
		{Name: "LON-2-Ü", URL: "https://192.0.2.11", Tags: []string{"canary", "North-West"}},
		{Name: "2001:db8::5", URL: "https://2001:db8::5"},
	}
	read, imported := imports(t, []byte(netbox), inventory.Source{Format: "netbox"})
	assert.Equal(t, want, read.Devices)
	assert.Equal(t, []string{
		`devices left out: "spare/1" (no primary IP)`,
		`names changed to what an inventory takes: "LON 2 (Ü)" is LON-2-Ü, the device without a name in line 12 is 2001:db8::5`,
		`not active in NetBox, but imported: "LON 2 (Ü)" (planned)`,
	}, imported.Notes)
	assert.Empty(t, imported.Warnings)

	// The array alone, as exports have it, in UTF-16 as PowerShell saves it; and one device.
	array := netbox[strings.Index(netbox, "[") : strings.LastIndex(netbox, "]")+1]
	for _, data := range [][]byte{[]byte(array), append([]byte{0xff, 0xfe}, encoded(array, binary.LittleEndian)...), []byte("\ufeff" + array)} {
		read, _ = imports(t, data, inventory.Source{Format: "netbox"})
		assert.Equal(t, want, read.Devices)
	}
	read, _ = imports(t, []byte(`{"name": "a", "primary_ip": {"address": "192.0.2.1/24"}}`), inventory.Source{Format: "netbox"})
	assert.Equal(t, []inventory.Device{{Name: "a", URL: "https://192.0.2.1"}}, read.Devices)
}

func TestFieldsOfNetBoxAreMapped(t *testing.T) {
	t.Parallel()
	mapped, err := inventory.ParseMap("site=tags,role=tags,custom_fields.proxy_set=proxy_set,Custom_Fields.All Roots=all_roots,display=name,rack=tags")
	require.NoError(t, err)
	read, imported := imports(t, []byte(netbox), inventory.Source{Format: "netbox", Map: mapped})
	first := read.Devices[0]
	assert.Equal(t, []string{"sbc", "ams1", "canary", "emea"}, first.Tags)
	assert.Equal(t, remediate.Choice{ProxySet: "Teams", AllRoots: true}, first.Choice)
	assert.Equal(t, "Mediant-42", read.Devices[2].Name, "a mapped field wins")
	assert.Equal(t, []string{`--map names a field that no device has: "rack"`}, imported.Warnings)
}

func TestOnePageOfNetBoxIsWarnedAbout(t *testing.T) {
	t.Parallel()
	for _, head := range []string{`"count": 120, "next": "https://netbox/api/dcim/devices/?limit=1&offset=1"`, `"count": 120, "next": null`} {
		_, imported := imports(t, []byte(`{`+head+`, "results": [{"name": "a", "primary_ip": {"address": "192.0.2.1/24"}}]}`), inventory.Source{Format: "netbox"})
		require.Len(t, imported.Warnings, 1, head)
		assert.Contains(t, imported.Warnings[0], "1 of 120 devices")
	}
}

// ansible is what "ansible-inventory --list" prints.
const ansible = `{
  "_meta": {"hostvars": {
    "ams-1": {"ansible_host": "192.0.2.10", "ansible_port": 8443, "ansible_user": "acfix", "ansible_password": "s3cret", "set": "Teams"},
    "lon-1": {"ansible_host": "192.0.2.11", "ansible_port": "22", "ansible_user": {"__ansible_vault": "$ANSIBLE_VAULT;1.1;AES256\n3334"}},
    "ws-1": {"ansible_host": "{{ lookup('x') }}", "ansible_ssh_pass": "s3cret"},
    "localhost": {"ansible_connection": "local"}
  }},
  "all": {"children": ["ungrouped", "sbc"], "vars": {"ansible_become_pass": "s3cret"}},
  "sbc": {"children": ["emea", "amer"], "vars": {"ansible_user": "common"}},
  "emea": {"hosts": ["ams-1", "lon-1", "ws-1"], "vars": {"ansible_user": "emea"}},
  "amer": {"hosts": ["nyc.example.com"], "children": ["sbc"]},
  "old": ["nyc.example.com"],
  "ungrouped": {"hosts": ["localhost", "2001:db8::7"]}
}`

func TestHostsOfAnsible(t *testing.T) {
	t.Parallel()
	mapped, err := inventory.ParseMap("set=proxy_set")
	require.NoError(t, err)
	read, imported := imports(t, []byte(ansible), inventory.Source{Format: "ansible", Map: mapped})
	assert.Equal(t, []inventory.Device{
		{Name: "ams-1", URL: "https://192.0.2.10:8443", Username: "acfix", Tags: []string{"sbc", "emea", "amer"}, Choice: remediate.Choice{ProxySet: "Teams"}},
		{Name: "lon-1", URL: "https://192.0.2.11", Tags: []string{"sbc", "emea", "amer"}},
		{Name: "nyc.example.com", URL: "https://nyc.example.com", Username: "common", Tags: []string{"sbc", "amer", "old"}},
		{Name: "2001:db8::7", URL: "https://2001:db8::7"},
	}, read.Devices)
	assert.Equal(t, []string{
		`devices left out: "ws-1" (its ansible_host is a template or encrypted), "localhost" (its connection is local)`,
		"passwords and vault values are never copied: ansible_become_pass (hosts: 4), ansible_password (hosts: 1), ansible_user (hosts: 1)",
	}, imported.Notes)
	assert.NotContains(t, string(imported.YAML)+strings.Join(imported.Notes, ""), "s3cret")
	assert.NotContains(t, string(imported.YAML), "VAULT")
}

// TestMistakesInJSONHaveTheirPlace: whatever is wrong is said with its line.
func TestMistakesInJSONHaveTheirPlace(t *testing.T) {
	t.Parallel()
	const device = `{"name": "a", "primary_ip": {"address": "192.0.2.1/24"}}`
	for _, row := range []struct{ format, data, want string }{
		{"netbox", "[\n  " + device + ",\n", "2:60: not JSON: it is cut off: unexpected end of JSON input"},
		{"netbox", "[\n  {\"name\": \"a\",}]", "2:16: not JSON: invalid character '}'"},
		{"netbox", "[]\n[]", "2:1: not JSON: invalid character '[' after top-level value"},
		{"netbox", "", "1:1: not JSON: "},
		{"netbox", "name,url\na,b\n", "1:2: not JSON: invalid character 'a'"},
		{"netbox", "[{\"name\": \"a\",\n \"name\": \"b\"}]", `2:2: the key "name" is already given in line 1`},
		{"netbox", "[{\"x\": {\"y\": [{\n\"z\": 1, \"z\": 2}]}}]", `2:9: the key "z" is already given in line 2`},
		{"netbox", "{\"results\": [\n 7]}", "2:2: a device is an object"},
		{"netbox", "{\"results\":\n {}}", "2:2: a list of devices is wanted here"},
		{"netbox", "\"x\"", "1:1: a list of devices is wanted here"},
		{"netbox", "[{\"name\": 7,\n\"primary_ip\": {\"address\": \"192.0.2.1/24\"}}]", "1:11: the name of a device is a text"},
		{"netbox", "[{\"name\": \"a\",\n\"primary_ip\": 7}]", `2:15: primary_ip is an object with an "address", or a text`},
		{"netbox", "[{\"name\": \"a\",\n\"primary_ip4\": {\"address\": [1]}}]", `2:16: primary_ip4 is an object with an "address", or a text`},
		{"netbox", "[{\"name\": \"a\", \"primary_ip\": \"192.0.2.1\",\n\"tags\": \"x\"}]", "2:9: tags are a list"},
		{"netbox", "[{\"name\": \"a\", \"primary_ip\": \"192.0.2.1\",\n\"tags\": [true]}]", "2:10: a tag is a text"},
		{"netbox", "[" + device + ",\n" + device + "]", `2:10: the name "a" of line 2 is already that of line 1`},
		{"netbox", "[]", "1:1: there is no device in the inventory"},
		{"netbox", `[{"name": "a"}, {}]`, `1:1: no device is left; left out: "a" (no primary IP), one without a name in line 1 (no primary IP)`},
		{"netbox", "{\n\"_meta\": {}}", "1:1: these are no devices of NetBox: there are no results; is it Ansible's (--format ansible)?"},
		{"netbox", "[{\"name\": \"\xff\"}]", "1:12: this is not UTF-8 text"},
		{"netbox", "PK\x03\x04xl/workbook", "1:1: this is an Excel workbook"},
		{"ansible", "{\"results\": []}", `1:1: this is not what "ansible-inventory --list" prints`},
		{"ansible", "[]", `1:1: this is not what "ansible-inventory --list" prints`},
		{"ansible", "{\"_meta\": {\"hostvars\":\n []}}", "2:2: hostvars are an object"},
		{"ansible", "{\"_meta\": {\"hostvars\": {\"a\":\n 7}}}", "2:2: the variables of a host are an object"},
		{"ansible", "{\"all\": {},\n\"g\": 7}", "2:6: a group is an object or a list of hosts"},
		{"ansible", "{\"all\": {\"hosts\":\n \"a\"}}", "2:2: a list of names is wanted here"},
		{"ansible", "{\"all\": {\"hosts\":\n [7]}}", "2:3: a name is wanted here"},
		{"ansible", "{\"_meta\": {\"hostvars\": {\"a\": {\n\"ansible_port\": \"https\"}}}}", `2:17: "https" is no port`},
		{"ansible", "all:\n  hosts:\n", "1:1: not JSON: invalid character 'a'"},
	} {
		_, err := inventory.Import([]byte(row.data), inventory.Source{Format: row.format}, real)
		var all inventory.Errors
		require.ErrorAs(t, err, &all, row.data)
		assert.True(t, strings.HasPrefix(err.Error(), row.want), "%s\n%s", row.data, err)
	}
}

func FuzzImport(f *testing.F) {
	f.Add("netbox", []byte(netbox))
	f.Add("ansible", []byte(ansible))
	f.Add("ovoc", []byte("Name;IP Address\na;b\n"))
	f.Fuzz(func(t *testing.T, format string, foreign []byte) {
		for _, known := range inventory.Formats() {
			if known != format {
				continue
			}
			imported, err := inventory.Import(foreign, inventory.Source{Format: format}, real)
			if err == nil {
				_, err = inventory.Parse(imported.YAML, inventory.YAML, real)
				require.NoError(t, err, "%s", imported.YAML)
			}
		}
	})
}

// TestPlacesInOneLongLine: they are counted by characters, and no line is counted from its beginning for each value.
func TestPlacesInOneLongLine(t *testing.T) {
	t.Parallel()
	device := `{"name": "ü", "primary_ip": "192.0.2.1/24", "fields": [` + strings.Repeat(`"ü",`, 300) + `1]},`
	line := `[` + strings.Repeat(device, 2000) + `{"a": 1, "a": 2}]`
	_, err := inventory.Import([]byte(line), inventory.Source{Format: "netbox"}, real)
	column := 1 + utf8.RuneCountInString(line[:strings.LastIndex(line, `"a"`)])
	assert.ErrorContains(t, err, fmt.Sprintf("1:%d: ", column))
}
