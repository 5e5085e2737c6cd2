package access

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"slices"
	"sync"
)

// PinStatus is how a presented certificate compares with the pins of a device.
type PinStatus string

// The words of PinStatus.
const (
	PinSame     PinStatus = "same"
	PinNew      PinStatus = "new" // the device has no pin
	PinChanged  PinStatus = "changed"
	Unreachable PinStatus = "unreachable"
)

// PresentedCertificate is the management certificate that a device presented.
type PresentedCertificate struct {
	*Device
	Status      PinStatus
	Pins        []string // those of the inventory
	ByCA        bool     // a CA of the inventory decides whom to trust, not a pin
	SHA256      string   // lower-case hex
	Certificate *x509.Certificate
	Err         error // where unreachable
}

// CollectPresented asks devices of the inventory for their certificates, so many at a time, and
// returns them in the order of the devices.
func CollectPresented(ctx context.Context, devices []*Device, parallel int) []PresentedCertificate {
	collected := make([]PresentedCertificate, len(devices))
	slots := make(chan struct{}, parallel)
	var asked sync.WaitGroup
	for place, device := range devices {
		slots <- struct{}{}
		asked.Go(func() {
			collected[place] = device.comparePins(ctx)
			<-slots
		})
	}
	asked.Wait()
	return collected
}

// comparePins compares the certificate that the device presents with its pins in the inventory.
func (d *Device) comparePins(ctx context.Context) PresentedCertificate {
	seen := PresentedCertificate{Device: d, Status: Unreachable}
	if d.listed != nil {
		seen.Pins, seen.ByCA = d.listed.Pins, d.listed.CAFile != "" && len(d.listed.Pins) == 0
	}
	chain, err := d.PresentedChain(ctx)
	if err != nil {
		seen.Err = err
		return seen
	}
	sum := sha256.Sum256(chain[0].Raw)
	seen.Certificate, seen.SHA256 = chain[0], hex.EncodeToString(sum[:])
	switch {
	case len(seen.Pins) == 0:
		seen.Status = PinNew
	case slices.Contains(seen.Pins, seen.SHA256):
		seen.Status = PinSame
	default:
		seen.Status = PinChanged
	}
	return seen
}
