package progress

import (
	"fmt"
	"sync"
	"time"

	"github.com/acfix/acfix/audiocodes"
)

// waitsQuietly is the wait for a device before a line says so, and the time between two lines.
const waitsQuietly = 15 * time.Second

// Waits names the device that holds up the run. It reads no clock: the time comes with each call.
type Waits struct {
	say func(format string, arguments ...any)

	mutex   sync.Mutex
	pending map[request]*wait
	said    time.Time
}

// request is one request to a device, by the client's own number.
type request struct {
	device string
	number int64
}

type wait struct {
	audiocodes.Waiting
	since time.Time
}

// NewWaits writes its lines with say.
func NewWaits(say func(format string, arguments ...any)) *Waits {
	return &Waits{say: say, pending: map[request]*wait{}}
}

// Note records the stage of a request to a device.
func (w *Waits) Note(now time.Time, device string, how audiocodes.Waiting) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	key := request{device, how.Request}
	known := w.pending[key]
	switch {
	case how.Stage == audiocodes.Ended:
		delete(w.pending, key)
	case known == nil && how.Stage == audiocodes.Connecting:
		w.pending[key] = &wait{Waiting: how, since: now}
	case known != nil:
		known.Waiting = how
	}
}

// Tick writes a line, at most every 15 seconds, about the longest wait if that is long enough.
func (w *Waits) Tick(now time.Time) {
	line := w.line(now)
	if line != "" {
		w.say("%s", line)
	}
}

func (w *Waits) line(now time.Time) string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	var device string
	var longest *wait
	others := map[string]bool{}
	for key, one := range w.pending {
		if now.Sub(one.since) < waitsQuietly {
			continue
		}
		others[key.device] = true
		if longest == nil || one.since.Before(longest.since) || one.since.Equal(longest.since) && key.device < device {
			device, longest = key.device, one
		}
	}
	if longest == nil || now.Sub(w.said) < waitsQuietly {
		return ""
	}
	w.said = now
	text := fmt.Sprintf("still waiting for an answer from %s, %d s of %d s",
		device, int(now.Sub(longest.since).Seconds()), int(longest.Limit.Seconds()))
	switch {
	case longest.Stage == audiocodes.Connecting:
		text += "; no connection yet, and no password was sent"
	case !longest.Proven:
		text += "; the password was sent, so acfix waits for the answer or the time-out"
	}
	if len(others) > 1 {
		text += fmt.Sprintf("; devices waited for: %d", len(others))
	}
	return text
}
