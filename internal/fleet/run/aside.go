package run

import (
	"errors"
	"sync"

	"github.com/acfix/acfix/internal/fleet/rollout"
)

// errAside ends the work on a device before anything was sent to it.
var errAside = errors.New("another device of this login is tried first")

// withdrawn are the devices, by place, whose work ended with errAside.
type withdrawn struct {
	mutex  sync.Mutex
	places map[int]bool
}

func (w *withdrawn) add(place int) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.places[place] = true
}

func (w *withdrawn) has(place int) bool {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.places[place]
}

// take reports whether a device was withdrawn, and forgets it: it will be started again.
func (w *withdrawn) take(place int) bool {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	was := w.places[place]
	delete(w.places, place)
	return was
}

// AskBefore makes every client of the run ask before it sends a password for the first time; with nil, none
// asks. A no holds for every client of that device until the device is started again.
func (r *Run) AskBefore(may func(place int) bool) {
	for place, device := range r.Devices {
		if may == nil {
			device.Admit(nil)
			continue
		}
		device.Admit(func() error {
			if !r.withdrawn.has(place) && may(place) {
				return nil
			}
			r.withdrawn.add(place)
			return errAside
		})
	}
}

// Withdrew reports whether the work on a device ended because another device with its login is tried first:
// nothing was sent, and nothing is recorded. It forgets that, because the device will be started again.
func (r *Run) Withdrew(place int) bool { return r.withdrawn.take(place) }

// Ask has the clients ask the rule for credentials.
func (r reader) Ask(may func(place int) bool)   { r.AskBefore(may) }
func (w writer) Ask(may func(place int) bool)   { w.AskBefore(may) }
func (c comparer) Ask(may func(place int) bool) { c.AskBefore(may) }

var (
	_ rollout.Asking = reader{}
	_ rollout.Asking = comparer{}
	_ rollout.Asking = writer{}
)
