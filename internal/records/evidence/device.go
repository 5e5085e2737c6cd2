package evidence

import (
	"github.com/acfix/acfix/internal/records/statedir"
	"github.com/acfix/acfix/remediate"
)

// Subject is one device, by all that it is found again by. What is not known of it is "".
type Subject struct {
	Target string // as the run calls it
	URL    string
	Serial string
	MAC    string // lower-case hex without separators
	// Certificate is the SHA-256 of the management certificate that was presented. It counts only where
	// neither serial number nor MAC address is known: a whole fleet may have one certificate.
	Certificate string
}

// DeviceOf is the device that answered at the address of a target.
func DeviceOf(name, url string, answered remediate.Identity) Subject {
	return Subject{Target: name, URL: url, Serial: answered.Serial, MAC: answered.MAC}
}

// Nameless reports whether nothing but its address tells the device from others.
func (d Subject) Nameless() bool { return d.Serial == "" && d.MAC == "" }

// Name is the name that the device's journal and backups are written under: the first of Names.
func (d Subject) Name() string { return d.Names()[0] }

// Names are those that the device's journals are read by. Not every reading of a device tells all of
// them, and one of an earlier run may be missing now.
// docs/design/records.md: A device is locked by all its names and has one journal
func (d Subject) Names() []string {
	var names []string
	if d.Serial != "" {
		names = append(names, statedir.SerialName(d.Serial))
	}
	if d.MAC != "" {
		names = append(names, statedir.MACName(d.MAC))
	}
	return append(names, statedir.AddressName(d.URL))
}

// lockNames returns the names that the device is locked by: two targets may lead to one device. They stand in one
// order everywhere, so that two runs never wait for each other; earlier versions know the first and the
// address, in this order.
func (d Subject) lockNames() []string {
	names := d.Names()
	if d.Nameless() && d.Certificate != "" {
		names = append(names, statedir.CertificateName(d.Certificate))
	}
	return names
}
