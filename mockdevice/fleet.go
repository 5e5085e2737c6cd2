package mockdevice

import (
	"crypto/ecdsa"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

// maxFleet is how many devices the addresses of [Member.Address] can tell apart.
const maxFleet = 250 * 250 * 250

// FleetModel describes a fleet before it starts.
type FleetModel struct {
	// Size is the number of devices.
	Size int
	// Seed decides firmware and state of each device, and which are afflicted.
	Seed uint64
	// Uniform makes all devices alike: a preset, or preset/kind with one of [KindNames]; "" for a mixed fleet.
	Uniform string
	// Username and Password are the only account of every device, Admin/Admin if empty.
	Username, Password string
	// INISize pads every INI file to at least this many bytes.
	INISize int
	// Latency is added to every answer, SlowLatency to those of slow devices.
	Latency, SlowLatency time.Duration
	// Slow, Dead and Hang are the numbers of afflicted devices, see [Affliction].
	Slow, Dead, Hang int
	// Identities give each device certificates and trust stores of its own; nil for one certificate for all.
	Identities *Identities
	// Dialect is that of every device.
	Dialect Dialect
}

// Affliction is a permanent fault of a device of a fleet.
type Affliction string

// The afflictions.
const (
	Sound Affliction = ""
	// Slow answers after FleetModel.SlowLatency.
	Slow Affliction = "slow"
	// Dead resets every connection at once.
	Dead Affliction = "dead"
	// Hanging accepts connections but sends nothing, not even TLS.
	Hanging Affliction = "hang"
)

// Member describes a device of a fleet before it runs.
type Member struct {
	Name       string // sbc-00001 is the first
	Address    string // 127.x.y.z
	Serial     string
	Preset     string
	Kind       string // one of KindNames
	Affliction Affliction
	Canary     bool // the first two, which are sound and ready
}

// Fleet is many devices, distinguished by the loopback address that a client dials. They are created on first use,
// share what they have in common, and keep no log of requests, only [Counts]. A Fleet is safe for concurrent use.
type Fleet struct {
	model       FleetModel
	uniform     *prototype
	afflicted   map[int]Affliction
	certificate []byte // of all management interfaces
	key         *ecdsa.PrivateKey

	mu         sync.Mutex
	prototypes map[string]*Device
	devices    []*Device // nil if not used yet
	handshakes []int
	faults     map[int][]Fault
	closeIdle  func(address string)
}

type prototype struct {
	preset string
	kind   kind
}

// NewFleet makes a fleet. Nothing runs before [StartFleet].
func NewFleet(m FleetModel) (*Fleet, error) {
	if m.Size < 1 || m.Size > maxFleet {
		return nil, fmt.Errorf("a fleet has 1 to %d devices, not %d", maxFleet, m.Size)
	}
	if m.Slow < 0 || m.Dead < 0 || m.Hang < 0 || m.INISize < 0 {
		return nil, errors.New("numbers of devices and bytes are not negative")
	}
	if m.Identities != nil && len(m.Identities.Devices) < m.Size {
		return nil, fmt.Errorf("a fleet of %d devices has identities for %d", m.Size, len(m.Identities.Devices))
	}
	f := &Fleet{model: m, prototypes: map[string]*Device{}, faults: map[int][]Fault{}}
	if m.Uniform != "" {
		preset, k, err := parseUniform(m.Uniform)
		if err != nil {
			return nil, err
		}
		f.uniform = &prototype{preset, k}
	}
	var err error
	if f.afflicted, err = afflicted(m); err != nil {
		return nil, err
	}
	f.certificate, f.key = makeSelfSigned("mockdevice fleet")
	f.Reset()
	return f, nil
}

// Reset recreates all devices, with counters at zero. Faults stay.
func (f *Fleet) Reset() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.devices = make([]*Device, f.model.Size)
	f.handshakes = make([]int, f.model.Size)
}

// Len returns the number of devices.
func (f *Fleet) Len() int { return f.model.Size }

// Member describes a device by its index, from 0.
func (f *Fleet) Member(index int) Member {
	what := f.prototypeOf(index)
	return Member{
		Name: fmt.Sprintf("sbc-%05d", index+1), Address: address(index), Serial: fmt.Sprint(5000001 + index),
		Preset: what.preset, Kind: what.kind.name,
		Affliction: f.afflicted[index], Canary: index < canaries,
	}
}

func (f *Fleet) prototypeOf(index int) prototype {
	if f.uniform != nil {
		return *f.uniform
	}
	preset, k := mix(f.model.Seed, index)
	return prototype{preset, k}
}

// address returns the loopback address of a device; the last byte is never 0 or 255.
func address(index int) string {
	return fmt.Sprintf("127.%d.%d.%d", index/(250*250), index/250%250, 1+index%250)
}

// index returns the device that was dialled, or -1.
func (f *Fleet) index(local net.Addr) int {
	tcp, ok := local.(*net.TCPAddr)
	if !ok {
		return -1
	}
	ip := tcp.IP.To4()
	if ip == nil || ip[0] != 127 || ip[1] >= 250 || ip[2] >= 250 || ip[3] < 1 || ip[3] > 250 {
		return -1
	}
	index := (int(ip[1])*250+int(ip[2]))*250 + int(ip[3]) - 1
	if index >= f.model.Size {
		return -1
	}
	return index
}

// Named returns the index of the device with this name, or -1.
func (f *Fleet) Named(name string) int {
	var number int
	if _, err := fmt.Sscanf(name, "sbc-%d", &number); err != nil || number < 1 || number > f.model.Size {
		return -1
	}
	if f.Member(number-1).Name != name {
		return -1
	}
	return number - 1
}

// Device returns a device by its index, from 0. [Fleet.Reset] replaces it.
func (f *Fleet) Device(index int) (*Device, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if d := f.devices[index]; d != nil {
		return d, nil
	}
	like, err := f.prototype(f.prototypeOf(index))
	if err != nil {
		return nil, err
	}
	d := f.copyOf(like, index)
	f.devices[index] = d
	return d, nil
}

// copyOf shares the states of a prototype, which never change.
func (f *Fleet) copyOf(like *Device, index int) *Device {
	member := f.Member(index)
	d := &Device{model: like.model, files: like.files, memory: like.memory, revision: like.revision, forgetful: true}
	d.model.Serial = member.Serial
	d.model.MAC = fmt.Sprintf("00908f%06x", index+1)
	d.model.Address = "10" + strings.TrimPrefix(member.Address, "127")
	if f.model.Identities != nil {
		d.files = f.model.Identities.files(index)
	}
	d.booted, d.latency = d.model.Now(), f.model.Latency
	if member.Affliction == Slow {
		d.latency = f.model.SlowLatency
	}
	for _, fault := range f.faults[index] {
		d.rules = append(d.rules, &rule{Fault: fault})
	}
	if closeIdle := f.closeIdle; closeIdle != nil {
		d.closeAll = []func(){func() { closeIdle(member.Address) }}
	}
	return d
}

// AddFault adds a rule to a device. It survives a Reset.
func (f *Fleet) AddFault(index int, fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults[index] = append(f.faults[index], fault)
	if d := f.devices[index]; d != nil {
		d.AddFault(fault)
	}
}

// prototype returns the first device of its preset and kind. The lock is held.
func (f *Fleet) prototype(p prototype) (*Device, error) {
	name := p.preset + "/" + p.kind.name
	if d := f.prototypes[name]; d != nil {
		return d, nil
	}
	d, err := f.makePrototype(p)
	if err != nil {
		return nil, err
	}
	f.prototypes[name] = d
	return d, nil
}

func (f *Fleet) makePrototype(p prototype) (*Device, error) {
	model, err := Preset(p.preset)
	if err != nil {
		return nil, err
	}
	if err := model.PadINI(f.model.INISize); err != nil {
		return nil, err
	}
	model.Dialect = f.model.Dialect
	if f.model.Username != "" {
		model.Username, model.Password = f.model.Username, f.model.Password
	}
	model.Contexts[0].Certificate, model.Contexts[0].Key = f.certificate, f.key
	if f.model.Identities != nil {
		f.model.Identities.fill(model.Contexts)
	}
	d := New(model)
	if p.kind.edit != nil {
		p.kind.edit(d)
	}
	d.ram.keepWritten(model.Dialect)
	if !p.kind.unsaved {
		d.flash = d.ram
	}
	return d, nil
}

// Counts returns the totals of all devices.
func (f *Fleet) Counts() Counts {
	var total Counts
	for _, counts := range f.EachCounts() {
		total.add(counts)
	}
	return total
}

// EachCounts returns the counts of all devices that have been used, by name.
func (f *Fleet) EachCounts() map[string]Counts {
	f.mu.Lock()
	devices, handshakes := append([]*Device(nil), f.devices...), append([]int(nil), f.handshakes...)
	f.mu.Unlock()
	each := map[string]Counts{}
	for i, d := range devices {
		var counts Counts
		if d != nil {
			counts = d.Counts()
		}
		counts.Handshakes = handshakes[i]
		if counts != (Counts{}) {
			each[f.Member(i).Name] = counts
		}
	}
	return each
}

// Reboot reboots every device.
func (f *Fleet) Reboot() {
	f.mu.Lock()
	devices := append([]*Device(nil), f.devices...)
	f.mu.Unlock()
	for _, d := range devices {
		if d != nil {
			d.Reboot()
		}
	}
}
