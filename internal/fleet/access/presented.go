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

// Presented is the management certificate that a device presented.
type Presented struct {
	Target
	Status      PinStatus
	Pins        []string // those of the inventory
	ByCA        bool     // a CA of the inventory decides whom to trust, not a pin
	SHA256      string   // lower-case hex
	Certificate *x509.Certificate
	Err         error // where unreachable
}

// CollectPresented asks devices of the inventory for their certificates, so many at a time, and
// returns them in the order of the targets.
func (r *Roster) CollectPresented(ctx context.Context, d *Dialer, targets []Target, parallel int) []Presented {
	collected := make([]Presented, len(targets))
	places := make(chan int)
	var workers sync.WaitGroup
	for range min(parallel, len(targets)) {
		workers.Go(func() {
			for place := range places {
				collected[place] = r.present(ctx, d, targets[place])
			}
		})
	}
	for place := range targets {
		places <- place
	}
	close(places)
	workers.Wait()
	return collected
}

func (r *Roster) present(ctx context.Context, d *Dialer, t Target) Presented {
	seen := Presented{Target: t, Status: Unreachable}
	if device, known := r.names[t.Name]; known {
		seen.Pins, seen.ByCA = device.Pins, device.CAFile != "" && len(device.Pins) == 0
	}
	chain, err := d.PresentedChain(ctx, t)
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
