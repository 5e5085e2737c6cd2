package world

import (
	"slices"

	"github.com/acfix/acfix/mockdevice"
)

// span of the history in which an act was at work, and what stood on either side.
type bounds struct {
	act, from, to int
	before, after mockdevice.Event
}

func (c *Chronicle) bounds(p *played) bounds {
	from, to := c.window(p)
	return bounds{p.index, from, to, c.History[max(from-1, 0)], c.History[max(to-1, 0)]}
}

// touched: another actor than this act changed an item of RAM in this part of the history.
func (c *Chronicle) touched(b bounds, item mockdevice.Item) bool {
	for at := b.from; at < b.to; at++ {
		who, act := c.by(at)
		if (who != acfix || act != b.act) && c.History[at].Kind != mockdevice.EventSave && changes(c.History[at], item) {
			return true
		}
	}
	return false
}

func changes(event mockdevice.Event, item mockdevice.Item) bool {
	return slices.ContainsFunc(event.Changes, func(change mockdevice.Change) bool { return change.Item == item })
}

// cause is who brought an item to where it is after an event; known is false when it is so since
// the start.
func (c *Chronicle) cause(at int, item mockdevice.Item) (who author, act int, known bool) {
	held := c.History[at].RAM
	if c.History[at].Kind == mockdevice.EventSave {
		held = c.History[at].Flash
	}
	value, exists := held[item]
	for i := at; i >= 0; i-- {
		if c.History[i].Kind == mockdevice.EventSave {
			continue
		}
		for _, change := range c.History[i].Changes {
			if change.Item == item && change.Exists == exists && change.After == value {
				who, act = c.by(i)
				return who, act, true
			}
		}
	}
	return another, settling, false
}

// telling leaves out the cells of rows that came or went as a whole.
func telling(all []mockdevice.Change) []mockdevice.Change {
	rows := map[mockdevice.Item]bool{}
	for _, change := range all {
		rows[change.Item] = change.Item.Kind == mockdevice.ItemRow
	}
	return slices.DeleteFunc(slices.Clone(all), func(change mockdevice.Change) bool {
		return change.Item.Kind == mockdevice.ItemCell && rows[mockdevice.RowItem(change.Item.Table, change.Item.Row)]
	})
}
