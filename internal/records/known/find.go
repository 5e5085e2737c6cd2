package known

import (
	"slices"
	"strings"
)

// Find returns the devices that a word names: a name, an address with or without its scheme, or a serial number.
func Find(devices []Device, word string) []Device {
	var found []Device
	for _, d := range devices {
		if word != "" && slices.Contains(d.Words(), word) {
			found = append(found, d)
		}
	}
	return found
}

// Words are the words that name the device.
func (d Device) Words() []string {
	words := []string{d.Name}
	for _, address := range d.Addresses {
		words = append(words, address, strings.TrimPrefix(address, "https://"))
	}
	if d.Serial != "" {
		words = append(words, d.Serial)
	}
	return words
}
