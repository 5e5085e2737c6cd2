package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// soakFleet is a fleet of devices that answer at once. It is the truth that acfix is judged by.
type soakFleet struct {
	mutex   sync.Mutex
	random  *rand.Rand
	made    int // devices and addresses so far
	left    int // addresses that devices are at no more
	devices []*soakDevice
	writes  map[string]map[string]bool // by plan: the runs that wrote for it
	runs    map[string]string          // by job and planned time
	holders map[string]*store.Tenure   // by serial number
	doubled []string                   // what happened twice
	written int
	resumed int
}

type soakDevice struct {
	serial, name, url string
	lacks, dead       bool
	moved             bool // since it was last in order
	// what acfix put on record last
	word   string
	wordAt time.Time
	read   string // the last verdict of a reading that worked
	goodAt time.Time
}

func newSoakFleet(size soakSize, seed uint64) *soakFleet {
	f := &soakFleet{
		random: rand.New(rand.NewPCG(seed, 2)), writes: map[string]map[string]bool{}, runs: map[string]string{},
		holders: map[string]*store.Tenure{},
	}
	for range size.devices {
		f.come()
	}
	f.devices[0].dead = true
	return f
}

// come adds a new device, which lacks roots.
func (f *soakFleet) come() {
	f.made++
	f.devices = append(f.devices, &soakDevice{
		serial: fmt.Sprint(1_000_000 + f.made), name: fmt.Sprintf("sbc-%d", f.made), url: f.address(), lacks: true,
	})
}

func (f *soakFleet) address() string {
	f.made++
	return fmt.Sprintf("https://10.%d.%d.%d", f.made>>16&255, f.made>>8&255, f.made&255)
}

// change is a day's work of others. The first device, which is dead, stays.
func (f *soakFleet) change() {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	pick := func() int { return 1 + f.random.IntN(len(f.devices)-1) }
	if f.random.IntN(8) == 0 {
		gone := pick()
		f.left++
		f.devices = slices.Delete(f.devices, gone, gone+1)
		f.come()
	}
	if f.random.IntN(12) == 0 {
		device := f.devices[pick()]
		device.url, device.moved = f.address(), true
		f.left++
	}
	if f.random.IntN(3) == 0 {
		f.devices[pick()].lacks = true
	}
}

func (f *soakFleet) inventory() string {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	var text strings.Builder
	text.WriteString("devices:\n")
	for _, device := range f.devices {
		fmt.Fprintf(&text, "  - {name: %s, url: %q, pin: %q}\n", device.name, device.url, strings.Repeat("ab", 32))
	}
	return text.String()
}

func (f *soakFleet) at(url string) *soakDevice {
	for _, device := range f.devices {
		if device.url == url {
			return device
		}
	}
	return nil
}

// plan is the plan of whatever answers at an address.
func (f *soakFleet) plan(name, url string) remediate.DevicePlan {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	device := f.at(url)
	if device == nil || device.dead || f.random.IntN(300) == 0 {
		plan := remediate.ErrorPlan(errors.New("no answer"))
		plan.Target, plan.URL = name, url
		plan.Error.Code = remediate.CodeUnreachable
		return plan
	}
	plan := remediate.DevicePlan{
		Target: name, URL: url, Verdict: remediate.Compliant, Digest: strings.Repeat("d1", 32),
		Device: remediate.Identity{Product: "Mediant VE SBC", Serial: device.serial, Firmware: "7.40A.500.357"},
		Teams:  []remediate.TeamsLeg{{ProxySet: "Teams", SIPInterface: "Teams"}}, Findings: []remediate.Finding{},
		Steps: []remediate.Step{},
	}
	state := remediate.RootPresent
	if device.lacks {
		state, plan.Verdict = remediate.RootMissing, remediate.Change
		plan.Steps = append(plan.Steps, remediate.Step{Kind: remediate.StepBackup},
			remediate.Step{Kind: remediate.StepImportRoot, Context: new(1), Root: "DigiCert Global Root G2"},
			remediate.Step{Kind: remediate.StepSave})
	}
	context := remediate.ContextPlan{ID: 1, Name: "Teams"}
	for root := range 6 {
		context.Roots = append(context.Roots, remediate.RootStatus{
			Name: fmt.Sprintf("Root %d", root), SHA256: strings.Repeat(fmt.Sprintf("%02x", root), 32), State: state,
		})
	}
	plan.Contexts = []remediate.ContextPlan{context}
	return plan
}

// recorded notes what acfix has just put on record.
func (f *soakFleet) recorded(plan remediate.DevicePlan, word string) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	device := f.at(plan.URL)
	if device == nil {
		return
	}
	device.word, device.wordAt = word, time.Now()
	if plan.Error == nil {
		device.read = word
	}
	if word == string(remediate.Compliant) {
		device.goodAt, device.moved = time.Now(), false
	}
}

// applied notes that acfix has just put on record that a device was repaired.
func (f *soakFleet) applied(url string) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if device := f.at(url); device != nil {
		device.read, device.goodAt, device.moved = string(remediate.Compliant), time.Now(), false
	}
}

// taken notes by whom a device was leased last.
func (f *soakFleet) taken(serial string, by *store.Tenure) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.holders[serial] = by
}

// repair gives a device its roots, for an approved plan.
func (f *soakFleet) repair(url, serial, plan, run string, by *store.Tenure) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.written++
	if f.holders[serial] != by {
		f.doubled = append(f.doubled, "a process wrote to "+serial+" after another one had taken it over")
	}
	if f.writes[plan] == nil {
		f.writes[plan] = map[string]bool{}
	}
	f.writes[plan][run] = true
	if len(f.writes[plan]) > 1 {
		f.doubled = append(f.doubled, fmt.Sprintf("runs %v wrote for the plan %s", f.writes[plan], plan))
	}
	if device := f.at(url); device != nil {
		device.lacks = false
	}
}

// begun notes the run of a planned time.
func (f *soakFleet) begun(job string, due time.Time, run string) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	time := job + " " + due.UTC().Format(time.RFC3339)
	if known, ok := f.runs[time]; ok && known != run {
		f.doubled = append(f.doubled, fmt.Sprintf("%s has the runs %s and %s", time, known, run))
	}
	if f.runs[time] == run {
		f.resumed++
	}
	f.runs[time] = run
}

// dialledGone notes that a process worked on a device that the inventory no longer has.
func (f *soakFleet) dialledGone(name string) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.doubled = append(f.doubled, "a process worked on "+name+", which the inventory no longer has there")
}

// luck is between 0 and most.
func (f *soakFleet) luck(most time.Duration) time.Duration {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return time.Duration(f.random.Int64N(int64(most)))
}
