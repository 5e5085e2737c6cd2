package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/remediate"
)

// Pins is the document of "acfix inventory pin -o json".
type Pins struct {
	Schema  string                   `json:"schema"`
	File    string                   `json:"file"`
	Devices []PinnedDevice           `json:"devices"`
	Summary map[access.PinStatus]int `json:"summary"`

	Declined bool `json:"-"` // whoever was asked said no
}

// PinnedDevice is one device and what it presented.
type PinnedDevice struct {
	Name      string               `json:"name"`
	URL       string               `json:"url"`
	Status    access.PinStatus     `json:"status"`
	Pins      []string             `json:"pins"` // those of the inventory
	SHA256    string               `json:"sha256"`
	Subject   string               `json:"subject"`
	NotBefore string               `json:"not_before"`
	NotAfter  string               `json:"not_after"`
	Written   bool                 `json:"written"`
	ByHand    *inventory.Unwritten `json:"by_hand"` // why its pin is not written, and what to write
	Error     *remediate.Failure   `json:"error"`

	byCA bool
}

// NewPins makes the document of what the devices of an inventory file presented.
func NewPins(file string, collected []access.PresentedCertificate) *Pins {
	document := &Pins{
		Schema: "acfix.inventory_pin/v1", File: file, Devices: []PinnedDevice{},
		Summary: map[access.PinStatus]int{
			access.PinSame: 0, access.PinNew: 0, access.PinChanged: 0, access.Unreachable: 0},
	}
	for _, seen := range collected {
		device := PinnedDevice{
			Name: seen.Name, URL: seen.URL, Status: seen.Status,
			Pins: append([]string{}, seen.Pins...), SHA256: seen.SHA256, byCA: seen.ByCA,
		}
		if seen.Err != nil {
			device.Error = remediate.Fail(seen.Err)
		} else {
			device.Subject = seen.Certificate.Subject.String()
			device.NotBefore = seen.Certificate.NotBefore.UTC().Format(time.RFC3339)
			device.NotAfter = seen.Certificate.NotAfter.UTC().Format(time.RFC3339)
		}
		document.Summary[device.Status]++
		document.Devices = append(document.Devices, device)
	}
	return document
}

// ToWrite reports whether the certificate belongs into the inventory: a pin would replace a CA's decision.
func (d PinnedDevice) ToWrite() bool {
	return d.Status == access.PinChanged || d.Status == access.PinNew && !d.byCA
}

// Wanted names the devices that a pin is to be written for, and those whose pin is to be replaced.
func (p *Pins) Wanted() (fresh, replaced []string) {
	for _, device := range p.Devices {
		switch {
		case device.ToWrite() && device.Status == access.PinChanged:
			replaced = append(replaced, device.Name)
		case device.ToWrite():
			fresh = append(fresh, device.Name)
		}
	}
	return fresh, replaced
}

// ByName returns the pins to write, by the names of the devices.
func (p *Pins) ByName() map[string]string {
	pins := map[string]string{}
	for _, device := range p.Devices {
		if device.ToWrite() {
			pins[device.Name] = device.SHA256
		}
	}
	return pins
}

// Wrote notes what stands in the file now, and what a person has to write.
func (p *Pins) Wrote(byHand []inventory.Unwritten) {
	left := map[string]*inventory.Unwritten{}
	for i := range byHand {
		left[byHand[i].Device] = &byHand[i]
	}
	for i := range p.Devices {
		device := &p.Devices[i]
		device.ByHand = left[device.Name]
		device.Written = device.ToWrite() && device.ByHand == nil
	}
}

// Outcome says what was written, and what to do about the rest, for people who saw the devices already.
func (p *Pins) Outcome(w io.Writer, write bool) error {
	var text strings.Builder
	written := 0
	for _, device := range p.Devices {
		if device.Written {
			written++
		}
		if left := device.ByHand; left != nil {
			fmt.Fprintf(&text, "%s: not written: %s. Write in line %d or below:\n    %s\n",
				foreign.Clean(left.Device), left.Why, left.Line, left.Paste)
		}
	}
	switch {
	case p.Declined:
		fmt.Fprint(&text, "Declined: nothing was written.\n")
	case write && written > 0:
		fmt.Fprintf(&text, "Pins written to %s: %d.\n", foreign.Clean(p.File), written)
	case write || p.Summary[access.PinNew]+p.Summary[access.PinChanged] == 0:
		fmt.Fprint(&text, "Nothing was written.\n")
	default:
		fmt.Fprint(&text, "Compare each fingerprint with the device itself; --write then puts it into the inventory.\n")
	}
	_, err := io.WriteString(w, text.String())
	return wrap(err)
}

// Text shows each device and what it presented, for people.
func (p *Pins) Text(w io.Writer, now time.Time) error {
	var text strings.Builder
	for _, device := range p.Devices {
		device.show(&text, now)
	}
	fmt.Fprintf(&text, "Devices: %d (%s)\n", len(p.Devices), p.counts())
	_, err := io.WriteString(w, text.String())
	return wrap(err)
}

func (p *Pins) counts() string {
	var counts []string
	for _, status := range []access.PinStatus{access.PinSame, access.PinNew, access.PinChanged, access.Unreachable} {
		if n := p.Summary[status]; n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, status))
		}
	}
	return strings.Join(counts, ", ")
}

func (d PinnedDevice) show(text *strings.Builder, now time.Time) {
	fmt.Fprintf(text, "%s  %s  %s\n", foreign.Clean(d.Name), foreign.Clean(d.URL), d.Status)
	if d.Error != nil {
		fmt.Fprintf(text, "  error: %s [%s]\n  hint:  %s\n",
			foreign.Clean(d.Error.Message), d.Error.Code, foreign.Clean(d.Error.Hint))
		return
	}
	fmt.Fprintf(text, "  Presented  %s\n", d.SHA256)
	if d.Status == access.PinChanged {
		fmt.Fprintf(text, "  Pinned     %s\n", strings.Join(d.Pins, ", "))
	}
	fmt.Fprintf(text, "  Subject    %s, %s\n", foreign.Clean(d.Subject), d.validity(now))
	if d.byCA {
		fmt.Fprint(text, "  Its ca_file decides whom to trust; no pin is written for it.\n")
	}
}

// validity is said, not judged: a pin holds whatever the dates are.
func (d PinnedDevice) validity(now time.Time) string {
	day := func(text string) string { return text[:min(len(text), len(time.DateOnly))] }
	text := "valid from " + day(d.NotBefore) + " to " + day(d.NotAfter)
	moment := now.UTC().Format(time.RFC3339)
	switch {
	case moment > d.NotAfter:
		return text + " (expired)"
	case moment < d.NotBefore:
		return text + " (not valid yet)"
	}
	return text
}
