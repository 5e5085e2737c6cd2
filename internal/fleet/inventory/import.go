package inventory

import (
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/acfix/acfix/internal/strictyaml"
	"go.yaml.in/yaml/v3"
)

// Source says what is imported.
type Source struct {
	Format        string            // one of Formats
	Map           map[string]string // as ParseMap returns it
	IgnoreUnknown bool              // columns of a table that stand for no key are left out
}

// Imported is an inventory made of another list of devices.
type Imported struct {
	YAML []byte
	// Warnings say that devices may be missing; Notes what was assumed, left out or renamed. Both
	// may quote the source, but no password.
	Warnings, Notes []string
}

// formats make the tree of an inventory.
var formats = map[string]func(data []byte, source Source) (*yaml.Node, remarks, Errors){
	"csv": func(data []byte, source Source) (*yaml.Node, remarks, Errors) {
		return tableTree(data, layout{mapped: source.Map, ignoreUnknown: source.IgnoreUnknown})
	},
	"ovoc": ovocTree, "netbox": netboxTree, "ansible": ansibleTree,
}

func tableTree(data []byte, how layout) (*yaml.Node, remarks, Errors) {
	root, remarks, problem := csvTree(data, how)
	if problem != nil {
		return nil, remarks, Errors{*problem}
	}
	return root, remarks, nil
}

// Formats are the names of what Import reads.
func Formats() []string { return slices.Sorted(maps.Keys(formats)) }

// Import writes a list of devices from elsewhere as the YAML of an inventory, with whole addresses.
// It never copies a password. An error is of type Errors; its places are those of the source.
func Import(data []byte, source Source, rules Rules) (Imported, error) {
	if problem := checkSize(data); problem != nil {
		return Imported{}, Errors{*problem}
	}
	root, remarks, wrong := formats[source.Format](data, source)
	if wrong != nil {
		return Imported{}, wrong
	}
	devices := root.Content[1].Content
	if len(devices) == 0 && len(remarks.without) > 0 {
		return Imported{}, Errors{*mistake(1, 1, "no device is left; left out: "+listing(remarks.without))}
	}
	for _, device := range devices {
		completeAddress(device, rules)
	}
	text, err := yaml.Marshal(root)
	if err != nil {
		return Imported{}, fmt.Errorf("write the inventory: %w", err)
	}
	d := decoder{Reader: strictyaml.Reader{Instead: "; use defaults"}, rules: rules}
	d.inventory(root)
	if err := d.Err(); err != nil {
		return Imported{}, err
	}
	return Imported{YAML: text, Warnings: remarks.warnings, Notes: remarks.notes()}, nil
}

// completeAddress puts https:// before a bare host or IP address.
func completeAddress(device *yaml.Node, rules Rules) {
	address := valueOf(device, "url")
	if address == nil {
		return
	}
	if canonical, err := rules.Address(address.Value); err == nil {
		address.Value = canonical
	}
}

// ParseMap reads what columns or fields stand for: "IP Address=url,Region=tags". A name with a
// comma is quoted as in CSV. The names in the map are as Import compares them, whatever their case.
func ParseMap(text string) (map[string]string, error) {
	reader := csv.NewReader(strings.NewReader(text))
	reader.LazyQuotes, reader.TrimLeadingSpace = true, true
	pairs, err := reader.Read()
	if err != nil {
		return nil, fmt.Errorf("%q is no list of COLUMN=KEY", text)
	}
	mapped := map[string]string{}
	for _, pair := range pairs {
		at := strings.LastIndex(pair, "=")
		if at < 0 || strings.TrimSpace(pair[:at]) == "" {
			return nil, fmt.Errorf("%q is not of the form COLUMN=KEY", pair)
		}
		column, key := columnName(pair[:at]), columnName(pair[at+1:])
		known, exists := keys[key]
		_, again := mapped[column]
		switch {
		case isPassword(key), isPassword(column):
			return nil, fmt.Errorf("%q is refused: %s", pair, passwordWays)
		case !exists || known.kind == records:
			return nil, fmt.Errorf("there is no key %q; the keys are %s", key, strings.Join(mappable(), ", "))
		case again:
			return nil, fmt.Errorf("the column %q is given twice", strings.TrimSpace(pair[:at]))
		}
		mapped[column] = key
	}
	return mapped, nil
}

// mappable are the keys that a column can stand for.
func mappable() []string {
	isRecords := func(name string) bool { return keys[name].kind == records }
	return slices.DeleteFunc(slices.Sorted(maps.Keys(keys)), isRecords)
}
