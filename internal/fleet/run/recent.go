package run

import (
	"sync"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/remediate"
)

// mostRecent bounds how many devices keep what their plans were made from, and their connections, for the writing
// that follows: the memory of a large fleet's run must not grow with its devices.
const mostRecent = 16

// recentReadings are the newest readings of a run that writes in this process right after it has read.
type recentReadings struct {
	mutex   sync.Mutex
	byPlace map[int]*recentReading
}

// recentReading is the reading of one device, with the client that made it.
type recentReading struct {
	client      *audiocodes.Client
	open        func(gate func() error) // lets the client write
	state       remediate.State
	device      *access.Device
	connections int64 // made so far, when the reading ended
}

// recent returns what the executor may make its backup from.
func (r *recentReading) recent() *remediate.Recent {
	return &remediate.Recent{State: r.state, SameConnection: func() bool { return r.device.Connections() == r.connections }}
}

// takes reports whether one more reading may be kept.
func (r *recentReadings) takes() bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return len(r.byPlace) < mostRecent
}

func (r *recentReadings) put(place int, reading *recentReading) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.byPlace[place] = reading
}

// take returns a device's reading, once; nil if there is none.
func (r *recentReadings) take(place int) *recentReading {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	reading := r.byPlace[place]
	delete(r.byPlace, place)
	return reading
}

// drop closes what is kept of a device: its connections may be all that the device allows.
func (r *recentReadings) drop(place int) {
	if reading := r.take(place); reading != nil {
		reading.client.Close()
	}
}

// keep keeps a reading for as long as it counts as recent.
func (r *Run) keep(place int, reading *recentReading) {
	r.recent.put(place, reading)
	if r.After != nil {
		r.After(remediate.RecentFor, func() { r.recent.drop(place) })
	}
}
