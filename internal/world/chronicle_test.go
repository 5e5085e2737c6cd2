package world

import (
	"fmt"
	"slices"
	"strings"

	"github.com/acfix/acfix/mockdevice"
)

// Chronicle is what the judge is given: all that happened.
type Chronicle struct {
	World    World
	Firmware string
	Acts     []*played
	History  mockdevice.History
	Answers  []Answer
	// ActOf is the act that sent a request, by the request's number.
	ActOf map[int]int
	// Files are those below the world's directory in the end.
	Files map[string]File

	legs   map[uintptr][]int // of teams
	damage []span            // of the history: what the device did by itself because of an act
	others []span            // what another administrator did over REST
}

type span struct{ act, from, to int }

func (c *Chronicle) markDamage(act, from, to int) { c.damage = append(c.damage, span{act, from, to}) }
func (c *Chronicle) markOthers(from, to int)      { c.others = append(c.others, span{0, from, to}) }

func within(spans []span, at int) bool {
	return slices.ContainsFunc(spans, func(s span) bool { return s.from <= at && at < s.to })
}

// author is who is behind an event of the history.
type author int

const (
	theDevice author = iota // a restart, a switch-over
	acfix                   // a request, or damage that it led to
	another                 // another administrator
)

// by is who is behind the event at an index, and, for acfix, the act.
func (c *Chronicle) by(at int) (who author, act int) {
	event := c.History[at]
	for _, s := range c.damage {
		if s.from <= at && at < s.to {
			return acfix, s.act
		}
	}
	switch {
	case within(c.others, at):
		return another, settling
	case event.By == mockdevice.ByOther:
		return another, settling
	case event.By == mockdevice.ByDevice && event.Kind == mockdevice.EventChange: // damage
		if act, known := c.ActOf[event.Arrived]; known && act >= 0 {
			return acfix, act
		}
		return theDevice, settling
	case event.By == mockdevice.ByClient:
		if act, known := c.ActOf[event.Request]; known && act != settling {
			return acfix, act
		}
		return another, settling
	default:
		return theDevice, settling
	}
}

// window is the part of the history in which an act was at work: [from, to).
func (c *Chronicle) window(p *played) (from, to int) {
	if p.First == 0 {
		return len(c.History), len(c.History)
	}
	from = slices.IndexFunc(c.History, func(e mockdevice.Event) bool { return e.Arrived >= p.First })
	if from < 0 {
		return len(c.History), len(c.History)
	}
	// What another administrator did right before the first request was there when the act began.
	for from < len(c.History)-1 && c.History[from].Arrived == p.First && c.History[from].By == mockdevice.ByOther {
		from++
	}
	for to = from; to < len(c.History) && c.History[to].Arrived <= p.Last; to++ {
	}
	return from, to
}

// String tells what happened, for a person who looks for the cause.
func (c *Chronicle) String() string {
	var out strings.Builder
	for _, p := range c.Acts {
		fmt.Fprintf(&out, "act %d: %s, requests %d to %d", p.index, p.Act.Do, p.First, p.Last)
		if p.Killed {
			out.WriteString(", killed")
		}
		if p.Err != nil {
			fmt.Fprintf(&out, ", error %v", p.Err)
		}
		if p.Result != nil {
			fmt.Fprintf(&out, ", %s: %s; left %d", p.Result.Status, resultText(p), len(p.Result.LeftOnDevice))
		}
		out.WriteString("\n")
		for _, answer := range c.Answers {
			if answer.Act == p.index {
				fmt.Fprintf(&out, "  %3d %-4s %-40s %d, %d bytes%s\n", answer.Number, answer.Method, answer.Path, answer.Status,
					len(answer.Body), c.changesAt(answer.Number))
			}
		}
	}
	return out.String()
}

// changesAt is what happened to the device at a request.
func (c *Chronicle) changesAt(number int) string {
	text := ""
	for at, event := range c.History {
		if event.Arrived != number || event.Kind == mockdevice.EventRead {
			continue
		}
		who, _ := c.by(at)
		text += fmt.Sprintf("; %s by %s", event.Kind, [...]string{"the device", "acfix", "another"}[who])
		for i, change := range event.Changes {
			if i < 3 {
				text += fmt.Sprintf(", %s %q to %q", c.name(change.Item), change.Before, change.After)
			}
		}
	}
	return text
}
