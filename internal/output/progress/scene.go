package progress

import (
	"fmt"
	"time"

	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/fleet/window"
	"github.com/acfix/acfix/internal/moment"
	"github.com/acfix/acfix/internal/span"
)

// Scene is the run that is shown.
type Scene struct {
	Names   []string // of the devices, in the order of the run
	Now     func() time.Time
	Stopped func() bool   // reports whether a stop was requested
	Window  window.Window // the change window; the zero Window where there is none
}

// left says how much of a soak or pause is left: "soak: 4 min 10 s left".
func (s Scene) left(event rollout.Happening) string {
	word := "pause"
	if event.Soak {
		word = "soak"
	}
	return fmt.Sprintf("%s: %s left", word, span.Short(event.Until.Sub(s.Now())))
}

// window says how long the change window is still open, or when it opens; "" without one, or if it never closes.
func (s Scene) window() string {
	now := s.Now()
	until := s.Window.Until(now)
	opens := s.Window.Opens(now)
	switch {
	case opens.IsZero() || !until.IsZero() && s.Window.Open(until):
		return ""
	case until.IsZero():
		return "window opens " + moment.Ahead(opens, now)
	default:
		return "window: " + span.Short(until.Sub(now)) + " left"
	}
}

// countdown says, on output that only grows, how much of a soak or pause is left: when it begins, and then as often as
// a quarter of what was left has passed, but at most once a minute.
// docs/design/output.md: A countdown is drawn, or said ever less often
type countdown struct {
	event rollout.Happening
	on    bool
	said  time.Duration // what was left when it was last said
}

// begins reports whether the event begins a wait that is not counted down yet.
func (c *countdown) begins(event rollout.Happening, now time.Time) bool {
	if event.Kind != rollout.Waits {
		c.on = false
		return false
	}
	if c.on && c.event == event {
		return false
	}
	*c = countdown{event: event, on: true, said: event.Until.Sub(now)}
	return true
}

// due reports whether it is time to say again what is left.
func (c *countdown) due(now time.Time) bool {
	left := c.event.Until.Sub(now)
	if !c.on || left <= 0 || c.said-left < max(time.Minute, c.said/4) {
		return false
	}
	c.said = left
	return true
}
