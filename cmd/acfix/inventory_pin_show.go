package main

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

// pinDocument is the document of "acfix inventory pin -o json".
type pinDocument struct {
	Schema  string                   `json:"schema"`
	File    string                   `json:"file"`
	Devices []pinnedDevice           `json:"devices"`
	Summary map[access.PinStatus]int `json:"summary"`

	declined bool
}

// pinnedDevice is one device and what it presented.
type pinnedDevice struct {
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

func newPinDocument(file string, collected []access.Presented) *pinDocument {
	document := &pinDocument{
		Schema: "acfix.inventory_pin/v1", File: file, Devices: []pinnedDevice{},
		Summary: map[access.PinStatus]int{access.PinSame: 0, access.PinNew: 0, access.PinChanged: 0, access.Unreachable: 0},
	}
	for _, seen := range collected {
		device := pinnedDevice{
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

// toWrite reports whether the presented certificate belongs into the inventory. Where a CA decides
// whom to trust, a pin would take its place.
func (d pinnedDevice) toWrite() bool {
	return d.Status == access.PinChanged || d.Status == access.PinNew && !d.byCA
}

// wanted names the devices that a pin is to be written for, and those whose pin is to be replaced.
func (p *pinDocument) wanted() (fresh, replaced []string) {
	for _, device := range p.Devices {
		switch {
		case device.toWrite() && device.Status == access.PinChanged:
			replaced = append(replaced, device.Name)
		case device.toWrite():
			fresh = append(fresh, device.Name)
		}
	}
	return fresh, replaced
}

func (p *pinDocument) pins() map[string]string {
	pins := map[string]string{}
	for _, device := range p.Devices {
		if device.toWrite() {
			pins[device.Name] = device.SHA256
		}
	}
	return pins
}

// wrote notes what stands in the file now, and what a person has to write.
func (p *pinDocument) wrote(byHand []inventory.Unwritten) {
	left := map[string]*inventory.Unwritten{}
	for i := range byHand {
		left[byHand[i].Device] = &byHand[i]
	}
	for i := range p.Devices {
		device := &p.Devices[i]
		device.ByHand = left[device.Name]
		device.Written = device.toWrite() && device.ByHand == nil
	}
}

// exit is 1 where a device could not be reached, and where a pin that was to be written is not.
func (p *pinDocument) exit(write bool) error {
	if p.Summary[access.Unreachable] > 0 {
		return exitCode(exitFailed)
	}
	for _, device := range p.Devices {
		if write && device.toWrite() && !device.Written {
			return exitCode(exitFailed)
		}
	}
	return nil
}

// showPins shows the document, or, where the devices were shown already, what came of them.
func (a *app) showPins(document *pinDocument, write bool) error {
	if a.flags.json() {
		return writeJSON(a.stdout, document)
	}
	var text strings.Builder
	written := 0
	for _, device := range document.Devices {
		if device.Written {
			written++
		}
		if left := device.ByHand; left != nil {
			fmt.Fprintf(&text, "%s: not written: %s. Write in line %d or below:\n    %s\n",
				foreign.Clean(left.Device), left.Why, left.Line, left.Paste)
		}
	}
	switch {
	case document.declined:
		fmt.Fprint(&text, "Declined: nothing was written.\n")
	case write && written > 0:
		fmt.Fprintf(&text, "Pins written to %s: %d.\n", foreign.Clean(document.File), written)
	case write || document.Summary[access.PinNew]+document.Summary[access.PinChanged] == 0:
		fmt.Fprint(&text, "Nothing was written.\n")
	default:
		fmt.Fprint(&text, "Compare each fingerprint with the device itself; --write then puts it into the inventory.\n")
	}
	if _, err := fmt.Fprint(a.stdout, text.String()); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

func (a *app) showPinDevices(out io.Writer, document *pinDocument) error {
	var text strings.Builder
	for _, device := range document.Devices {
		device.show(&text, a.now())
	}
	fmt.Fprintf(&text, "Devices: %d (%s)\n", len(document.Devices), document.counts())
	if _, err := fmt.Fprint(out, text.String()); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

func (p *pinDocument) counts() string {
	var counts []string
	for _, status := range []access.PinStatus{access.PinSame, access.PinNew, access.PinChanged, access.Unreachable} {
		if n := p.Summary[status]; n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, status))
		}
	}
	return strings.Join(counts, ", ")
}

func (d pinnedDevice) show(text *strings.Builder, now time.Time) {
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
func (d pinnedDevice) validity(now time.Time) string {
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
