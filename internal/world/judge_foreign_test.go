package world

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
)

// noForeignSave looks at each save of acfix, and at who made what it saved.
func (c *Chronicle) noForeignSave() []Breach {
	var breaches []Breach
	for at, event := range c.History {
		who, act := c.by(at)
		if event.Kind != mockdevice.EventSave || who != acfix || at == 0 {
			continue
		}
		p := c.Acts[act]
		if p.savesAll() {
			continue
		}
		b := c.bounds(p)
		wanted := c.wishes(b.before.RAM, p.Act)
		for _, change := range telling(event.Changes) {
			maker, _, known := c.cause(at, change.Item)
			if !known || maker != another || wanted[change.Item] || c.hidden(p, c.madeAt(at, change.Item)) {
				continue
			}
			if text := c.foreign(p, at, change.Item); text != "" {
				breaches = append(breaches, Breach{Act: act, Text: text})
			}
		}
	}
	return breaches
}

// hidden: a device that says too late that changes wait can't be asked for those that were there
// before the first write.
func (c *Chronicle) hidden(p *played, made int) bool {
	if !slices.Contains(c.World.Variants, "save-flag-cached") {
		return false
	}
	first := slices.IndexFunc(c.Answers, func(a Answer) bool { return a.Act == p.index && a.Method != http.MethodGet })
	return first >= 0 && c.History[made].Arrived < c.Answers[first].Number
}

// foreign says what is wrong with an item of another that was saved at an event; "" is nothing.
func (c *Chronicle) foreign(p *played, save int, item mockdevice.Item) string {
	made := c.madeAt(save, item)
	if c.readBetween(p, made, c.History[save].Request, item) {
		return fmt.Sprintf("saved %s, which another had changed and not saved, although it had been read", c.name(item))
	}
	switch {
	case p.Result == nil: // killed, or cut off before it could say so
		return ""
	case c.History[save].Arrived > p.Last && named(resultText(p), "not known"): // saved when the run had ended
		return ""
	case c.denied(p, made, item): // the device showed what was before, also after the save
		return ""
	case p.Result.Status == remediate.Applied:
		return fmt.Sprintf("saved %s, which another had changed after the last reading, and says applied", c.name(item))
	case !c.isNamed(resultText(p), item):
		return fmt.Sprintf("saved %s, which another had changed after the last reading, and does not name it: %s",
			c.name(item), resultText(p))
	}
	return ""
}

// denied: after an event, the device showed an act the item as it was before.
func (c *Chronicle) denied(p *played, made int, item mockdevice.Item) bool {
	return slices.ContainsFunc(c.History[made+1:], func(event mockdevice.Event) bool {
		return event.Kind == mockdevice.EventRead && c.ActOf[event.Request] == p.index && c.shows(event, item) &&
			event.Shown[item] != event.RAM[item]
	})
}

func (c *Chronicle) madeAt(at int, item mockdevice.Item) int {
	for i := at; i >= 0; i-- {
		if c.History[i].Kind != mockdevice.EventSave && changes(c.History[i], item) {
			return i
		}
	}
	return 0
}

// readBetween: an act was shown the item as it is now, after an event and before a request.
func (c *Chronicle) readBetween(p *played, made, request int, item mockdevice.Item) bool {
	for i := made + 1; i < len(c.History); i++ {
		event := c.History[i]
		if event.Kind != mockdevice.EventRead || event.Request >= request || c.ActOf[event.Request] != p.index {
			continue
		}
		if c.shows(event, item) && event.Shown[item] == c.History[made].RAM[item] {
			return true
		}
	}
	return false
}

// shows: acfix could see the item in what it was given at a reading.
func (c *Chronicle) shows(event mockdevice.Event, item mockdevice.Item) bool {
	answer := c.answer(event.Request)
	if answer.Status != http.StatusOK || !answer.Whole {
		return false
	}
	if item.Kind != mockdevice.ItemRoot {
		return answer.Path == "files/ini"
	}
	return answer.Path == fmt.Sprintf("files/tls/%d/trustedRoot", item.Context)
}

func (c *Chronicle) answer(number int) Answer {
	for _, answer := range c.Answers {
		if answer.Number == number {
			return answer
		}
	}
	return Answer{}
}
