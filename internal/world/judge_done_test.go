package world

import (
	"fmt"
	"slices"
	"strings"

	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
)

// holds: a wish is fulfilled, a root being there and a switch on.
func holds(held mockdevice.Holding, item mockdevice.Item) bool {
	if item.Kind == mockdevice.ItemRoot {
		return held[item] != ""
	}
	return held[item] == "1"
}

// doneIsDone holds the word "applied" against the device.
func (c *Chronicle) doneIsDone(p *played) []string {
	if p.Result == nil || p.Result.Status != remediate.Applied && (p.Result.Status != remediate.Unchanged || p.Nested) {
		return nil
	}
	b := c.bounds(p)
	if p.Act.Do == Restore {
		return c.restored(p, b)
	}
	var texts []string
	now := c.wishes(b.after.RAM, p.Act)
	for item := range c.wishes(b.before.RAM, p.Act) {
		if now[item] && !c.touched(b, item) && !(holds(b.after.RAM, item) && holds(b.after.Flash, item)) {
			texts = append(texts, fmt.Sprintf("%s, but %s: RAM %q, flash %q", p.Result.Status, c.name(item), b.after.RAM[item],
				b.after.Flash[item]))
		}
	}
	return append(texts, c.savedTooMuch(p, b, c.wishedSoFar(p))...)
}

// savesAll: the operator gave --save-unsaved, or agreed to a plan whose only step is the save.
func (p *played) savesAll() bool {
	return p.Act.SaveUnsaved || len(p.Steps) > 0 && !slices.ContainsFunc(p.Steps,
		func(step remediate.Step) bool { return step.Kind != remediate.StepSave })
}

// wishedSoFar are the wishes of this act and of all before it.
func (c *Chronicle) wishedSoFar(p *played) wish {
	all := wish{}
	for _, act := range c.Acts {
		if act.index > p.index || act.First == 0 {
			continue
		}
		b := c.bounds(act)
		for _, held := range []mockdevice.Holding{b.before.RAM, b.after.RAM} {
			for item := range c.wishes(held, act.Act) {
				all[item] = true
			}
		}
	}
	return all
}

// savedTooMuch is what flash has more, or less, than before, and that no actor wanted.
func (c *Chronicle) savedTooMuch(p *played, b bounds, wanted wish) []string {
	if p.savesAll() { // the operator has seen that changes wait, and wants them saved
		return nil
	}
	var texts []string
	for _, change := range telling(b.before.Flash.Changes(b.after.Flash)) {
		isCopy := change.Item.Kind == mockdevice.ItemRoot && change.Existed && change.Exists
		if wanted[change.Item] || isCopy || c.isNamed(strings.Join(p.Result.ByHand, "\n"), change.Item) {
			continue
		}
		// What another acfix did meanwhile has a later number, and is its own.
		if who, act, known := c.flashCause(b.to-1, change.Item); known && who == acfix && act <= p.index {
			texts = append(texts, fmt.Sprintf("%s, but flash has %s as %q instead of %q, by acfix", p.Result.Status,
				c.name(change.Item), change.After, change.Before))
		}
	}
	return texts
}

// flashCause is cause, for flash as it is after an event.
func (c *Chronicle) flashCause(at int, item mockdevice.Item) (who author, act int, known bool) {
	for i := at; i >= 0; i-- {
		if c.History[i].Kind == mockdevice.EventSave && changes(c.History[i], item) {
			if saver, _ := c.by(i); saver == another { // whoever made it, acfix did not save it
				return another, settling, true
			}
			return c.cause(i, item)
		}
	}
	return another, settling, false
}

// done are the items that an act changed on the device, as far as what it did still stands when
// another act begins.
func (c *Chronicle) done(of *played, at int) wish {
	b := c.bounds(of)
	all := wish{}
	for i := b.from; i < len(c.History) && i <= at; i++ {
		who, act := c.by(i)
		if who != acfix || act != of.index || c.History[i].Kind == mockdevice.EventSave {
			continue
		}
		for _, change := range telling(c.History[i].Changes) {
			if _, by, known := c.cause(at, change.Item); known && by == of.index && isOurKind(change.Item) {
				all[change.Item] = true
			}
		}
	}
	return all
}

// restored holds a restore against what the act of its backup had done.
func (c *Chronicle) restored(p *played, b bounds) []string {
	of := p.before()
	if of == nil || of.First == 0 || of.Act.Do == Restore { // acfix does not undo a restore
		return nil
	}
	start := c.bounds(of).before
	var texts []string
	byHand := strings.Join(p.Result.ByHand, "\n")
	mine := c.undoable(of, max(b.from-1, 0))
	for item := range c.wishedSoFar(p) { // what an earlier run of acfix left unsaved is saved with it
		mine[item] = mine[item] || b.before.Flash[item] == "" && b.after.Flash[item] != ""
	}
	for item := range c.done(of, max(b.from-1, 0)) {
		isBack := b.after.RAM[item] == start.RAM[item] && b.after.Flash[item] == start.RAM[item]
		if !isBack && !c.touched(b, item) && !c.isNamed(byHand, item) {
			texts = append(texts, fmt.Sprintf("restored, but %s is not as it was: RAM %q, flash %q", c.name(item),
				b.after.RAM[item], b.after.Flash[item]))
		}
	}
	return append(texts, c.savedTooMuch(p, b, mine)...)
}

// undoable are the items that a restore may take back: what the run of its backup did, be it that an
// earlier restore took it back and a later run did it again. Of a root that another administrator
// has added a copy of, all copies go.
func (c *Chronicle) undoable(of *played, at int) wish {
	all := wish{}
	for i := range at + 1 {
		who, act := c.by(i)
		if who != acfix || c.Acts[act].id != of.id && c.Acts[act].before() != of {
			continue
		}
		for _, change := range c.History[i].Changes {
			last, _, known := c.cause(at, change.Item)
			copies := change.Item.Kind == mockdevice.ItemRoot && len(c.History[at].RAM[change.Item]) > 0 && c.History[at].RAM[change.Item] != "1"
			if isOurKind(change.Item) && known && (last == acfix || copies) {
				all[change.Item] = true
			}
		}
	}
	return all
}
