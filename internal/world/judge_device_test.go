package world

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
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

// touched: somebody else than this act had a hand in an item of RAM in this part of the history.
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
			texts = append(texts, fmt.Sprintf("%s, but %s: RAM %q, flash %q", p.Result.Status, c.name(item), b.after.RAM[item], b.after.Flash[item]))
		}
	}
	return append(texts, c.savedTooMuch(p, b, c.wishedSoFar(p))...)
}

// savesAll: the operator gave --save-unsaved, or agreed to a plan whose only step is the save.
func (p *played) savesAll() bool {
	return p.Act.SaveUnsaved || len(p.Steps) > 0 && !slices.ContainsFunc(p.Steps, func(step remediate.Step) bool { return step.Kind != remediate.StepSave })
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

// savedTooMuch is what flash has more, or less, than before, and that nobody wanted.
func (c *Chronicle) savedTooMuch(p *played, b bounds, wanted wish) []string {
	if p.savesAll() { // the operator has seen that changes wait, and wants them saved
		return nil
	}
	var texts []string
	for _, change := range telling(b.before.Flash.Changes(b.after.Flash)) {
		if wanted[change.Item] {
			continue
		}
		// What another acfix did meanwhile has a later number, and is its own.
		if who, act, known := c.flashCause(b.to-1, change.Item); known && who == acfix && act <= p.index {
			texts = append(texts, fmt.Sprintf("%s, but flash has %s as %q instead of %q, by acfix", p.Result.Status, c.name(change.Item), change.After, change.Before))
		}
	}
	return texts
}

// flashCause is cause, for flash as it is after an event.
func (c *Chronicle) flashCause(at int, item mockdevice.Item) (who author, act int, known bool) {
	for i := at; i >= 0; i-- {
		if c.History[i].Kind == mockdevice.EventSave && changes(c.History[i], item) {
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
	for item := range c.done(of, max(b.from-1, 0)) {
		isBack := b.after.RAM[item] == start.RAM[item] && b.after.Flash[item] == start.RAM[item]
		if !isBack && !c.touched(b, item) && !c.isNamed(byHand, item) {
			texts = append(texts, fmt.Sprintf("restored, but %s is not as it was: RAM %q, flash %q", c.name(item), b.after.RAM[item], b.after.Flash[item]))
		}
	}
	return append(texts, c.savedTooMuch(p, b, mine)...)
}

// undoable are the items that a restore may take back: what the run of its backup did, or an earlier
// restore of it, as far as it stands so when this one begins.
func (c *Chronicle) undoable(of *played, at int) wish {
	all := wish{}
	for i := range at + 1 {
		for _, change := range c.History[i].Changes {
			who, act, known := c.cause(at, change.Item)
			if known && who == acfix && isOurKind(change.Item) && (c.Acts[act].id == of.id || c.Acts[act].before() == of) {
				all[change.Item] = true
			}
		}
	}
	return all
}

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
	case p.Result.Status == remediate.Applied:
		return fmt.Sprintf("saved %s, which another had changed after the last reading, and says applied", c.name(item))
	case !c.isNamed(resultText(p), item):
		return fmt.Sprintf("saved %s, which another had changed after the last reading, and does not name it: %s", c.name(item), resultText(p))
	}
	return ""
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
		if change.Existed && who == acfix && !excused && !c.lossNamed(p, b, change.Item) {
			texts = append(texts, fmt.Sprintf("%s was %q in RAM and is %q%s, and %q does not name it",
				c.name(change.Item), change.Before, change.After, c.everRead(p, b, change.Item), resultText(p)))
		}
	}
	for _, change := range telling(b.before.Flash.Changes(b.after.Flash)) {
		who, _, _ := c.flashCause(b.to-1, change.Item)
		if change.Existed && !allowed[change.Item] && !p.savesAll() && who == acfix && !c.isNamed(resultText(p), change.Item) {
			texts = append(texts, fmt.Sprintf("%s was %q in flash and is %q, and %q does not name it", c.name(change.Item), change.Before, change.After, resultText(p)))
		}
	}
	return texts
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

// unreadAfter: after something had happened, the device could not be read, or the operator asked to
// stop.
func (c *Chronicle) unreadAfter(p *played, at int) bool {
	if p.Result != nil && p.Result.Error != nil && p.Result.Error.Code == remediate.CodeInterrupted {
		return true
	}
	return slices.ContainsFunc(c.Answers, func(a Answer) bool {
		return a.Act == p.index && a.Method == http.MethodGet && a.Number > c.History[at].Arrived && (!a.Whole || a.Status != http.StatusOK)
	})
}

// resultText is what acfix says of what went wrong.
func resultText(p *played) string {
	if p.Result == nil || p.Result.Error == nil {
		return ""
	}
	text := p.Result.Error.Message + " " + p.Result.Error.Hint
	for _, left := range p.Result.LeftOnDevice {
		text += " " + left.Root
	}
	return text
}

// namesSome: messages name some of many things and count the rest.
var namesSome = regexp.MustCompile(`and \d+ more`)

// isNamed: a text names the item, as exactly as messages do: a root by its name or fingerprint, a
// row or cell by its table, a parameter by its name.
func (c *Chronicle) isNamed(text string, item mockdevice.Item) bool {
	if namesSome.MatchString(text) {
		return true
	}
	switch item.Kind {
	case mockdevice.ItemRoot:
		return named(text, item.SHA256) || named(text, c.commonName(item.SHA256)) || named(text, fmt.Sprintf("trusted roots of TLS Context %d", item.Context))
	case mockdevice.ItemParameter:
		return named(text, item.Parameter) || named(text, "a parameter")
	default:
		return named(text, item.Table)
	}
}

// name is an item as the judge's own messages have it.
func (c *Chronicle) name(item mockdevice.Item) string {
	if item.Kind != mockdevice.ItemRoot {
		return item.String()
	}
	return fmt.Sprintf("root %q of TLS Context %d", c.commonName(item.SHA256), item.Context)
}

// commonName is that of a root of this world; its fingerprint where none is known.
func (c *Chronicle) commonName(fingerprint string) string {
	for _, root := range sevenRoots {
		if root.sha256 == fingerprint {
			return root.name
		}
	}
	for _, answer := range c.Answers {
		if !strings.HasSuffix(answer.Path, "/trustedRoot") {
			continue
		}
		for block, rest := pem.Decode(answer.Body); block != nil; block, rest = pem.Decode(rest) {
			certificate, err := x509.ParseCertificate(block.Bytes)
			if err == nil && sha256Of(block.Bytes) == fingerprint {
				return certificate.Subject.CommonName
			}
		}
	}
	return fingerprint
}
