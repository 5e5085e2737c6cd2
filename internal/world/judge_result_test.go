package world

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
)

// ours are the items that an act itself changed and that stand so at an event, where they stood
// otherwise when the act began.
func (c *Chronicle) ours(p *played, b bounds) wish {
	mine := wish{}
	for _, change := range b.before.RAM.Changes(b.after.RAM) {
		if who, act, known := c.cause(b.to-1, change.Item); known && who == acfix && act == p.index && isOurKind(change.Item) {
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

// leftItems are the items that a result lists as left, with the value that each is said to have.
func leftItems(p *played) map[mockdevice.Item]bool {
	items := map[mockdevice.Item]bool{}
	for _, left := range p.Result.LeftOnDevice {
		switch left.Kind {
		case remediate.StepEnableBundle, remediate.StepDisableBundle:
			items[mockdevice.CellItem(tlsContexts, *left.Context, bundleSwitch)] = left.Kind == remediate.StepEnableBundle
		case remediate.StepImportRoot, remediate.StepRemoveRoot:
			items[mockdevice.RootItem(*left.Context, fingerprintOf(left.Root))] = left.Kind == remediate.StepImportRoot
		}
	}
	return items
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
	b, listed := c.bounds(p), leftItems(p)
	mayCome := marksWhatMayCome(p)
	var texts []string
	for item, on := range listed {
		if last, seen := c.lastShown(p, item); seen && last != on && !mayCome {
			texts = append(texts, fmt.Sprintf("%s is listed as left, but was not so at the last reading", c.name(item)))
		}
	}
	for item := range c.ours(p, b) {
		if _, is := listed[item]; !is && !c.touched(b, item) {
			texts = append(texts, fmt.Sprintf("%s is left (%q) and not listed; the result: %s, %s", c.name(item), b.after.RAM[item], p.Result.Status, resultText(p)))
		}
	}
	texts = append(texts, c.cameLater(p, b, listed, mayCome)...)
	return append(texts, c.saidSaved(p, b)...)
}

// marksWhatMayCome: the result says that something may still happen.
func marksWhatMayCome(p *played) bool {
	text := resultText(p)
	return named(text, "unknown") || named(text, "may still") || named(text, "may come")
}

// lastShown is whether an item was there at the act's last reading of it; seen is false where it
// was never read.
func (c *Chronicle) lastShown(p *played, item mockdevice.Item) (there, seen bool) {
	for _, event := range slices.Backward(c.History) {
		if event.Kind == mockdevice.EventRead && c.ActOf[event.Request] == p.index && event.Request <= p.Last && c.shows(event, item) {
			value, exists := event.Shown[item]
			return exists && value != "0", true
		}
	}
	return false, false
}

// cameLater: what an act had sent happened only after its end.
func (c *Chronicle) cameLater(p *played, b bounds, listed map[mockdevice.Item]bool, mayCome bool) []string {
	var texts []string
	for at := b.to; at < len(c.History); at++ {
		who, act := c.by(at)
		if who != acfix || act != p.index || c.History[at].Kind == mockdevice.EventSave {
			continue
		}
		for _, change := range c.History[at].Changes {
			if _, is := listed[change.Item]; isOurKind(change.Item) && (!is || !mayCome) {
				texts = append(texts, fmt.Sprintf("%s came after the run had ended; listed %t, marked %t", c.name(change.Item), is, mayCome))
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
	for item, on := range leftItems(p) {
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

// converges looks at the undisturbed runs at the end.
func (c *Chronicle) converges() []Breach {
	last := c.Acts[len(c.Acts)-undisturbed:]
	breach := func(p *played, format string, arguments ...any) []Breach {
		return []Breach{{Act: p.index, Text: fmt.Sprintf(format, arguments...)}}
	}
	for _, p := range last {
		if p.Err != nil || p.Result == nil {
			return breach(p, "the undisturbed run could not begin: %v", p.Err)
		}
	}
	p := last[undisturbed-1]
	wrote := slices.ContainsFunc(c.Answers, func(a Answer) bool { return a.Act == p.index && a.Method != http.MethodGet })
	switch p.Result.Status {
	case remediate.Unchanged:
		return nil
	case remediate.StatusBlocked, remediate.Stale:
		if c.namesTheWay(p) && !wrote {
			return nil
		}
		return breach(p, "%s, and nothing that is said names the thing in the way: %s", p.Result.Status, wayText(p))
	case remediate.StatusNotApplicable:
		return nil
	case remediate.Applied: // a device on which imports show late takes a run for each
		if c.World.hasQuirk() {
			return nil
		}
	case remediate.Failed, remediate.RolledBack:
		if c.World.hasQuirk() && wayText(p) != "" { // a device that takes no save will not take the next one either
			return nil
		}
	}
	why := ""
	if p.Result.Error != nil {
		why = p.Result.Error.Message
	}
	return breach(p, "the last of %d undisturbed runs ends %s (wrote: %t): %s", undisturbed, p.Result.Status, wrote, why)
}

// namesTheWay: what is said names one of the things that differ from flash, if any do, or that
// somebody else changed; or it says that changes wait there: without a baseline in its journal, acfix
// can't know which.
func (c *Chronicle) namesTheWay(p *played) bool {
	text := wayText(p)
	now := c.bounds(p).after
	differences := now.Flash.Changes(now.RAM)
	if len(differences) == 0 || named(text, "wait unsaved on this device") {
		return text != ""
	}
	for at := range c.History {
		if who, _ := c.by(at); who == another {
			differences = append(differences, c.History[at].Changes...)
		}
	}
	return slices.ContainsFunc(differences, func(change mockdevice.Change) bool { return c.isNamed(text, change.Item) })
}

// wayText is what a run says of what is in its way.
func wayText(p *played) string {
	var texts []string
	if p.Result.Error != nil {
		texts = append(texts, p.Result.Error.Message)
	}
	for _, finding := range p.Result.Findings {
		if finding.Level == remediate.Problem {
			texts = append(texts, finding.Message)
		}
	}
	return strings.Join(texts, "\n")
}

// noSecret looks through every byte that acfix wrote, and at who may read them.
func (c *Chronicle) noSecret() []Breach {
	var breaches []Breach
	secrets := c.secrets()
	for name, file := range c.Files {
		if want := map[bool]uint32{true: 0o700, false: 0o600}[file.Mode.IsDir()]; name != "." && uint32(file.Mode.Perm()) != want {
			breaches = append(breaches, Breach{Text: fmt.Sprintf("%s has mode %o", name, file.Mode.Perm())})
		}
		if strings.HasPrefix(name, "acfix/backups/") {
			continue
		}
		for _, secret := range secrets {
			if named(string(file.Data), secret) {
				breaches = append(breaches, Breach{Text: fmt.Sprintf("%s holds the secret %q", name, secret)})
			}
		}
	}
	for _, act := range c.Acts {
		text, _ := json.Marshal(act.Result)
		said := string(text)
		if act.Err != nil {
			said += act.Err.Error()
		}
		for _, secret := range secrets {
			if named(said, secret) {
				breaches = append(breaches, Breach{Act: act.index, Text: fmt.Sprintf("the result holds the secret %q: %s", secret, said)})
			}
		}
	}
	return breaches
}

// secretWords are in the names of columns and parameters that hold secrets.
var secretWords = []string{"password", "passw", "key", "secret", "community", "url", "token"}

// secrets are the password, and all values of the device that nobody else may read.
func (c *Chronicle) secrets() []string {
	found := []string{password, authorization()}
	add := func(name, value string) {
		value = strings.Trim(value, "'")
		isNamedSo := slices.ContainsFunc(secretWords, func(word string) bool { return strings.Contains(strings.ToLower(name), word) })
		if isNamedSo && len(value) >= 8 && !slices.Contains(found, value) {
			found = append(found, value)
		}
	}
	for at, event := range c.History {
		if at == 0 {
			for item, value := range event.RAM {
				add(item.Column+item.Parameter, value)
			}
		}
		for _, change := range event.Changes {
			add(change.Item.Column+change.Item.Parameter, change.After)
		}
	}
	return found
}
