package world

import (
	"fmt"
	"slices"

	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
)

// ours are the items that an act itself changed and that stand so at an event, where they stood
// otherwise when the act began.
func (c *Chronicle) ours(p *played, b bounds) wish {
	mine := wish{}
	for _, change := range b.before.RAM.Changes(b.after.RAM) {
		isGone := change.Item.Kind == mockdevice.ItemCell && !change.Exists // with its row, by damage
		who, act, known := c.cause(b.to-1, change.Item)
		if known && who == acfix && act == p.index && isOurKind(change.Item) && !isGone {
			mine[change.Item] = true
		}
	}
	return mine
}

// isOurKind: acfix changes roots and switches; all else is damage, and has its own words.
func isOurKind(item mockdevice.Item) bool {
	if item.Kind == mockdevice.ItemRoot {
		return slices.ContainsFunc(sevenRoots, func(root requiredRoot) bool { return root.sha256 == item.SHA256 })
	}
	return item.Table == tlsContexts && item.Column == bundleSwitch
}

// leftItems are the items that a result lists as left, with the value that each is said to have;
// marked are those that it says may still come.
func leftItems(p *played) (items, marked map[mockdevice.Item]bool) {
	items, marked = map[mockdevice.Item]bool{}, map[mockdevice.Item]bool{}
	for _, left := range p.Result.LeftOnDevice {
		var item mockdevice.Item
		var on bool
		switch left.Kind {
		case remediate.StepEnableBundle, remediate.StepDisableBundle:
			item, on = mockdevice.CellItem(tlsContexts, *left.Context, bundleSwitch), left.Kind == remediate.StepEnableBundle
		case remediate.StepImportRoot, remediate.StepRemoveRoot:
			item, on = mockdevice.RootItem(*left.Context, fingerprintOf(left.Root)), left.Kind == remediate.StepImportRoot
		}
		items[item], marked[item] = on, left.MayStillCome
	}
	return items, marked
}

func fingerprintOf(name string) string {
	for _, root := range sevenRoots {
		if root.name == name {
			return root.sha256
		}
	}
	return ""
}

// leftIsTrue holds what a failed run says it left against the device.
func (c *Chronicle) leftIsTrue(p *played) []string {
	if p.Result == nil || p.Result.Status == remediate.Applied {
		return nil
	}
	b := c.bounds(p)
	listed, marked := leftItems(p)
	var texts []string
	for item, on := range listed {
		if last, seen := c.lastShown(p, item); seen && last != on && !marked[item] {
			texts = append(texts, fmt.Sprintf("%s is listed as left, but was not so at the last reading", c.name(item)))
		}
	}
	for item := range c.ours(p, b) {
		if _, is := listed[item]; !is && !c.touched(b, item) && !c.deniedLast(p, b, item) {
			texts = append(texts, fmt.Sprintf("%s is left (%q) and not listed; the result: %s, %s", c.name(item),
				b.after.RAM[item], p.Result.Status, resultText(p)))
		}
	}
	texts = append(texts, c.cameLater(p, b, marked)...)
	texts = append(texts, c.saidRestarted(p, b)...)
	return append(texts, c.saidSaved(p, b)...)
}

// saidRestarted: a restart is only spoken of where there was one, or another unit took over.
func (c *Chronicle) saidRestarted(p *played, b bounds) []string {
	happened := slices.ContainsFunc(c.History[b.from:b.to], func(event mockdevice.Event) bool {
		return event.Kind == mockdevice.EventRestart || event.Kind == mockdevice.EventSwitch
	})
	if happened || !named(resultText(p), "the device restarted during the run") {
		return nil
	}
	return []string{"the device is said to have restarted, and did not"}
}

// deniedLast: the device did not show a change of the act, up to its last reading.
func (c *Chronicle) deniedLast(p *played, b bounds, item mockdevice.Item) bool {
	last, seen := c.lastShown(p, item)
	value, exists := b.after.RAM[item]
	return seen && last != (exists && value != "0") && c.denied(p, c.madeAt(b.to-1, item), item)
}

// lastShown is whether an item was there at the act's last reading of it; seen is false where it
// was never read. A reading without the cell's whole row, as of a short INI file, says nothing of the cell.
func (c *Chronicle) lastShown(p *played, item mockdevice.Item) (there, seen bool) {
	for _, event := range slices.Backward(c.History) {
		if event.Kind == mockdevice.EventRead && c.ActOf[event.Request] == p.index && event.Request <= p.Last &&
			c.shows(event, item) {
			value, exists := event.Shown[item]
			if item.Kind == mockdevice.ItemCell && !exists {
				continue
			}
			return exists && value != "0", true
		}
	}
	return false, false
}

// cameLater: what an act had sent happened only after its end.
func (c *Chronicle) cameLater(p *played, b bounds, marked map[mockdevice.Item]bool) []string {
	var texts []string
	for at := b.to; at < len(c.History); at++ {
		who, act := c.by(at)
		if who != acfix || act != p.index || c.History[at].Kind == mockdevice.EventSave {
			continue
		}
		for _, change := range c.History[at].Changes {
			if isOurKind(change.Item) && !marked[change.Item] {
				texts = append(texts, fmt.Sprintf("%s came after the run had ended, and is not marked as what may", c.name(change.Item)))
			}
		}
	}
	return texts
}

// saidSaved holds the sentence on where the changes stand against flash.
func (c *Chronicle) saidSaved(p *played, b bounds) []string {
	if !named(resultText(p), "is saved on the device") {
		return nil
	}
	var texts []string
	listed, _ := leftItems(p)
	for item, on := range listed {
		value, exists := b.after.Flash[item]
		if (exists && value != "0") != on && !c.touchedInFlash(b, item) {
			texts = append(texts, fmt.Sprintf("%s is said to be saved, and flash has %q", c.name(item), value))
		}
	}
	return texts
}

func (c *Chronicle) touchedInFlash(b bounds, item mockdevice.Item) bool {
	for at := b.from; at < b.to; at++ {
		who, _ := c.by(at)
		if who == another && changes(c.History[at], item) {
			return true
		}
	}
	return false
}
