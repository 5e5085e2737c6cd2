package evidence

import (
	"github.com/acfix/acfix/internal/records/statedir"
	"github.com/acfix/acfix/remediate"
)

// Subject identifies a device by everything known about it; an unknown field is "".
type Subject struct {
	Target string // the run's name for the device
	URL    string
	Serial string
	MAC    string // lower-case hex without separators
	// Certificate is the SHA-256 of the management certificate that was presented. It counts only where
	// neither serial number nor MAC address is known: a whole fleet may share one certificate.
	Certificate string
}

// DeviceOf returns the device that answered at a target's address.
func DeviceOf(name, url string, answered remediate.Identity) Subject {
	return Subject{Target: name, URL: url, Serial: answered.Serial, MAC: answered.MAC}
}

// Nameless reports whether only its address identifies the device.
func (d Subject) Nameless() bool { return d.Serial == "" && d.MAC == "" }

// Name returns the name of the device's journal and backups: the first of Names.
func (d Subject) Name() string { return d.Names()[0] }

// Names returns the names of the device's journals. A reading may lack names that an earlier reading had.
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

// lockNames returns the names under which the device is locked: two targets may lead to one device. Their order is
// the same everywhere, so that two runs never wait for each other; earlier versions of acfix lock the first name and
// the address, in this order.
func (d Subject) lockNames() []string {
	names := d.Names()
	if d.Nameless() && d.Certificate != "" {
		names = append(names, statedir.CertificateName(d.Certificate))
	}
	return names
}
