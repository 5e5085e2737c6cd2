package world

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
)

// nothingLost compares the device before and after an act.
func (c *Chronicle) nothingLost(p *played) []string {
	if p.Killed {
		return nil
	}
	b := c.bounds(p)
	allowed := c.wishedSoFar(p)
	if of := p.before(); p.Act.Do == Restore && of != nil {
		allowed = c.undoable(of, max(b.from-1, 0))
	}
	var texts []string
	for _, change := range telling(b.before.RAM.Changes(b.after.RAM)) {
		who, _, _ := c.cause(b.to-1, change.Item)
		excused := allowed[change.Item] || c.touched(b, change.Item) || c.unreadAfter(p, c.madeAt(b.to-1, change.Item))
		if isLoss(change) && who == acfix && !excused && !c.lossNamed(p, b, change.Item) {
			texts = append(texts, fmt.Sprintf("%s was %q in RAM and is %q%s, and %q does not name it",
				c.name(change.Item), change.Before, change.After, c.everRead(p, b, change.Item), resultText(p)))
		}
	}
	for _, change := range telling(b.before.Flash.Changes(b.after.Flash)) {
		who, _, _ := c.flashCause(b.to-1, change.Item)
		if isLoss(change) && !allowed[change.Item] && !p.savesAll() && who == acfix && c.saves(p) &&
			!c.isNamed(resultText(p), change.Item) {
			texts = append(texts, fmt.Sprintf("%s was %q in flash and is %q, and %q does not name it", c.name(change.Item),
				change.Before, change.After, resultText(p)))
		}
	}
	return texts
}

// saves: an act has sent a save. What an earlier one left in RAM, another administrator may save.
func (c *Chronicle) saves(p *played) bool {
	return slices.ContainsFunc(c.Answers, func(a Answer) bool { return a.Act == p.index && a.Path == "actions/saveConfiguration" })
}

// isLoss: of a root that a store has twice, a copy may go.
func isLoss(change mockdevice.Change) bool {
	return change.Existed && (change.Item.Kind != mockdevice.ItemRoot || !change.Exists)
}

// lossNamed: a root that acfix's own request took away is named by name or fingerprint; of damage it
// is enough to say which store it is in.
func (c *Chronicle) lossNamed(p *played, b bounds, item mockdevice.Item) bool {
	text := resultText(p)
	if item.Kind == mockdevice.ItemRoot && c.History[c.madeAt(b.to-1, item)].By == mockdevice.ByClient {
		return named(text, item.SHA256) || named(text, c.commonName(item.SHA256))
	}
	return c.isNamed(text, item)
}

// everRead says so where an act did not look again after something had happened to an item.
func (c *Chronicle) everRead(p *played, b bounds, item mockdevice.Item) string {
	if c.readBetween(p, c.madeAt(b.to-1, item), p.Last+1, item) {
		return ""
	}
	return neverRead
}

const neverRead = " (and was not read again)"

// unreadAfter: after something had happened, the device could not be read or showed what was
// before, or the operator asked to stop.
func (c *Chronicle) unreadAfter(p *played, at int) bool {
	if p.Result != nil && p.Result.Error != nil && p.Result.Error.Code == remediate.CodeInterrupted {
		return true
	}
	stale := slices.ContainsFunc(c.History[at:], func(event mockdevice.Event) bool {
		return event.Kind == mockdevice.EventRead && c.ActOf[event.Request] == p.index && len(event.Shown.Changes(event.RAM)) > 0
	})
	return stale || slices.ContainsFunc(c.Answers, func(a Answer) bool {
		return a.Act == p.index && a.Method == http.MethodGet && a.Number > c.History[at].Arrived &&
			(!a.Whole || a.Status != http.StatusOK)
	})
}
