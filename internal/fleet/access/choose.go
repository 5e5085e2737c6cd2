package access

import (
	"fmt"
	"strings"

	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/internal/usage"
)

// ChooseDevices returns the devices of one run: those that are named, or the inventory's that limit
// selects; with "" all.
func (f *InventoryFile) ChooseDevices(arguments []string, limit string) ([]*Device, error) {
	if err := f.refuseFiles(arguments); err != nil {
		return nil, err
	}
	devices, err := f.choose(arguments, limit)
	if err != nil {
		return nil, err
	}
	for _, device := range devices {
		if device.File != "" {
			return nil, usage.Errorf("%s is the file %s in the inventory, not a device that can be reached",
				device.Name, device.File).Hint("acfix plan and acfix package read it; select the others with --limit")
		}
	}
	return devices, nil
}

func (f *InventoryFile) choose(arguments []string, limit string) ([]*Device, error) {
	switch {
	case f == nil:
		return parseEach(arguments, ParseDevice)
	case len(arguments) > 0 && limit != "":
		return nil, usage.Errorf("--limit selects from the whole inventory, but devices are named too").
			Hint("leave out the targets or --limit")
	case len(arguments) > 0:
		return parseEach(arguments, f.findTyped)
	}
	entries := f.Devices
	if limit != "" {
		var err error
		if entries, err = f.Select(limit); err != nil {
			return nil, usage.Errorf("--limit: %s", err).Hint(limitHint + f.suggestPattern(limit))
		}
	}
	devices := make([]*Device, 0, len(entries))
	for _, entry := range entries {
		devices = append(devices, f.device(f.names[entry.Name]))
	}
	return devices, nil
}

// refuseFiles refuses a file where a device is to be named, also one that is called like an address.
func (f *InventoryFile) refuseFiles(arguments []string) error {
	for _, argument := range arguments {
		kind := Classify(argument)
		if kind == ArgDevice || !exists(argument) && IsAddress(argument) {
			continue
		}
		if _, known, _ := f.Find(argument); !known {
			return kind.Refuse(argument)
		}
	}
	return nil
}

// parseEach reads the arguments; the same device twice is a mistake worth stopping for.
func parseEach(arguments []string, parse func(string) (*Device, error)) ([]*Device, error) {
	if len(arguments) == 0 {
		return nil, usage.Errorf("no device is named").Hint(addressHint + ", or an inventory with -i")
	}
	var devices []*Device
	seen := map[string]string{}
	for _, argument := range arguments {
		parsed, err := parse(argument)
		if err != nil {
			return nil, err
		}
		place := parsed.URL + parsed.File
		if first, twice := seen[place]; twice {
			return nil, usage.Errorf("%q and %q are the same device", first, argument).Hint("name each device once")
		}
		seen[place] = argument
		devices = append(devices, parsed)
	}
	return devices, nil
}

// findTyped is a device that an argument names. A word that no device of the inventory has is most
// likely mistyped: taken for a host, it would be sent a password.
func (f *InventoryFile) findTyped(argument string) (*Device, error) {
	found, known, err := f.Find(argument)
	switch {
	case known, err == nil && IsAddress(argument):
		return found, nil
	case err != nil && strings.ContainsAny(argument, "/@"): // an URL, perhaps with a password: not repeated
		return nil, err
	}
	hint := "any other device beside the inventory is given as https://HOST"
	if near := f.Nearest(argument); len(near) > 0 {
		hint = "did you mean " + usage.OneOf(near) + "? " + hint
	}
	return nil, usage.Errorf("the inventory has no device %q", argument).Hint(hint)
}

// Find takes a name of the inventory or an address; a device of the inventory is one by its
// address too. known reports whether the inventory lists the device.
func (f *InventoryFile) Find(argument string) (found *Device, known bool, err error) {
	if f.Lists(argument) {
		return f.device(f.names[argument]), true, nil
	}
	parsed, err := ParseDevice(argument)
	if err != nil || f == nil {
		return parsed, false, err
	}
	if entry, ok := f.urls[parsed.URL]; ok {
		return f.device(entry), true, nil
	}
	return parsed, false, nil
}

// FindSame returns the device that has the name and the address of one that a plan or a run was made for,
// with today's tags. Where none has both, no password may be sent there.
func (f *InventoryFile) FindSame(earlier *Device) (*Device, bool) {
	if f == nil {
		return nil, false
	}
	entry, ok := f.urls[earlier.URL]
	if !ok || entry.Name != earlier.Name {
		return nil, false
	}
	return f.device(entry), true
}

// HasInstead says where the inventory has the name of a device that FindSame does not find, and whom it has at the
// device's address; "" if it has neither.
func (f *InventoryFile) HasInstead(earlier *Device) string {
	var instead []string
	switch entry := f.names[earlier.Name]; {
	case entry == nil:
	case entry.URL == "":
		instead = append(instead, earlier.Name+" is a file there now")
	case entry.URL != earlier.URL:
		instead = append(instead, earlier.Name+" is at "+entry.URL+" now")
	}
	if entry := f.urls[earlier.URL]; entry != nil && entry.Name != earlier.Name {
		instead = append(instead, entry.Name+" is at "+earlier.URL+" now")
	}
	return strings.Join(instead, ", and ")
}

func (f *InventoryFile) device(entry *inventory.Device) *Device {
	return &Device{
		Name: entry.Name, URL: entry.URL, Tags: entry.Tags, File: inventory.Beside(f.folder, entry.File),
		listed: entry, folder: f.folder,
	}
}

// Lists reports whether a device has that name.
func (f *InventoryFile) Lists(name string) bool {
	if f == nil {
		return false
	}
	_, ok := f.names[name]
	return ok
}

// Nearest returns the names of devices that a mistyped one most likely stands for.
func (f *InventoryFile) Nearest(word string) []string {
	if f == nil {
		return nil
	}
	names := make([]string, 0, len(f.Devices))
	for _, device := range f.Devices {
		names = append(names, device.Name)
	}
	return usage.Nearest(word, names)
}

const limitHint = "a pattern is a name such as ams-*, or tag:NAME; several are separated by commas"

// suggestPattern completes the hint on patterns of which one fits no device.
func (f *InventoryFile) suggestPattern(patterns string) string {
	words := make([]string, 0, len(f.Devices))
	for _, device := range f.Devices {
		words = append(words, device.Name)
		for _, tag := range device.Tags {
			words = append(words, "tag:"+tag)
		}
	}
	for pattern := range strings.SplitSeq(patterns, ",") {
		if _, err := f.Select(pattern); err == nil {
			continue
		}
		if near := usage.Nearest(pattern, words); len(near) > 0 {
			return fmt.Sprintf("; did you mean %s?", usage.OneOf(near))
		}
	}
	return ""
}
