package remediate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/acfix/acfix/certs"
)

// removal is what a restore takes out of one TLS Context's store.
type removal struct {
	id          int
	roots       []certs.Root // imported by that run, not in its backup, and there now
	unknown     bool         // no built-in policy has one of them
	now, before Store
	known       bool // the backup holds the store
	renamed     bool
	management  bool // the context serves the management interface
}

// keeps are the reasons not to replace a store; the first that fits is the one reported.
// docs/design/remediate.md: A restore undoes one run and nothing else
var keeps = []struct {
	fits func(removal) bool
	why  string
}{
	{func(r removal) bool { return r.id == defaultContext },
		"acfix never replaces the store of TLS Context 0, which also serves the management interface"},
	{func(r removal) bool { return r.management }, whyManagement},
	{func(r removal) bool { return !r.known }, "the backup does not hold this store"},
	{func(r removal) bool { return r.renamed },
		"the TLS Context had another name when the backup was made, so it may be another one now"},
	{func(r removal) bool { return r.before.Absent != 0 },
		"the device gave no store when the backup was made (400 or 404), and such a store is never replaced"},
	{func(r removal) bool { return len(r.before.Problems) > 0 }, "the store of the backup can't be read in full"},
	{func(r removal) bool { return len(r.now.Problems) > 0 },
		"the store can't be read in full now, and what can't be read would be lost"},
	{func(r removal) bool { return r.unknown }, "the manifest names a root that acfix does not import by a built-in policy"},
	{func(r removal) bool { return len(r.remaining()) == 0 }, "the store would end empty"},
}

const whyManagement = "acfix neither replaces the store nor touches the switch " +
	"of a TLS Context that serves the management interface"

// remaining are the certificates that stay, in the store's order.
func (r removal) remaining() []certs.Certificate {
	var stay []certs.Certificate
	for _, certificate := range r.now.Certificates {
		if !slices.ContainsFunc(r.roots, func(root certs.Root) bool { return root.SHA256 == certificate.SHA256 }) {
			stay = append(stay, certificate)
		}
	}
	return stay
}

// listDoubtful lists, to be undone by hand, what that run sent and never saw: it may be an administrator's work.
func (b *restoreBuilder) listDoubtful() {
	for _, step := range b.point.Doubtful {
		what := b.doubtful(step)
		if what == "" {
			continue
		}
		b.inDoubt = true
		b.byHand = append(b.byHand, fmt.Sprintf("TLS Context %s: that run sent %s, and never saw it take effect; "+
			"it is in effect now. If no administrator did it, undo it by hand (Setup > IP Network > TLS Contexts).",
			b.state.tables.label(*step.Context), what))
	}
}

// doubtful describes the change of a step if the device shows it now and the backup does not; else it returns "".
func (b *restoreBuilder) doubtful(step Step) string {
	before, _ := b.point.store(*step.Context)
	was, _ := switchCell(b.point.tables.context(*step.Context))
	is, has := switchCell(b.state.tables.context(*step.Context))
	switch {
	case step.Kind == StepImportRoot && !before.Has(step.SHA256) && b.state.Stores[*step.Context].Has(step.SHA256):
		return "the import of " + step.Root
	case step.Kind == StepEnableBundle && has && isSwitch(is, true) && isSwitch(was, false):
		return "the switch \"Use default CA Bundle\" to on"
	default:
		return ""
	}
}

// removals plans what to take out of one store, or notes why an operator has to do it by hand.
func (b *restoreBuilder) removals(id int) []Step {
	r := b.removal(id)
	if len(r.roots) == 0 {
		return nil
	}
	var names []string
	var steps []Step
	for _, root := range r.roots {
		names = append(names, fmt.Sprintf("%s (SHA-256 %s)", root.Name, root.SHA256))
		steps = append(steps, Step{
			Kind: StepRemoveRoot, Context: &r.id, Root: root.Name, SHA256: root.SHA256,
			Reason: "that run imported it, and it was not in the store before",
		})
	}
	for _, keep := range keeps {
		if keep.fits(r) {
			b.byHand = append(b.byHand, fmt.Sprintf("TLS Context %s: %s. "+
				"Remove by hand (Setup > IP Network > TLS Contexts > Trusted Root Certificates): %s.",
				b.state.tables.label(id), keep.why, strings.Join(names, ", ")))
			return nil
		}
	}
	b.replaces = append(b.replaces, id)
	return steps
}

func (b *restoreBuilder) removal(id int) removal {
	r := removal{id: id, now: b.state.Stores[id], management: b.state.tables.servesManagement(id)}
	r.before, r.known = b.point.store(id)
	now, _ := b.state.tables.context(id)
	before, _ := b.point.tables.context(id)
	r.renamed = now.name != before.name
	for _, step := range b.point.Steps {
		if step.Kind != StepImportRoot || step.Context == nil || *step.Context != id {
			continue
		}
		if r.before.Has(step.SHA256) || !r.now.Has(step.SHA256) {
			continue
		}
		root, required := certs.Find(step.SHA256)
		if !required {
			r.unknown = true
			root = certs.Root{Name: step.Root, SHA256: step.SHA256}
		}
		if !slices.ContainsFunc(r.roots, func(listed certs.Root) bool { return listed.SHA256 == root.SHA256 }) {
			r.roots = append(r.roots, root)
		}
	}
	return r
}

// switchBack plans to switch the bundle of one TLS Context off again, or notes why an operator has to do it by hand.
func (b *restoreBuilder) switchBack(id int) []Step {
	now, exists := b.state.tables.context(id)
	before, known := b.point.tables.context(id)
	cell, has := switchCell(now, exists)
	was, _ := switchCell(before, known)
	if !has || isSwitch(cell, false) || isSwitch(was, true) {
		return nil // the context or its switch is gone, it is off, or it was on before that run
	}
	why := ""
	switch {
	case id == defaultContext:
		why = "acfix never touches the switch of TLS Context 0"
	case b.state.tables.servesManagement(id):
		why = whyManagement
	case !known:
		why = "the backup does not hold this TLS Context"
	case now.name != before.name:
		why = "the TLS Context had another name when the backup was made, so it may be another one now"
	case !isSwitch(cell, true):
		why = fmt.Sprintf("it has the value %q, which is neither on nor off", conceal(cell))
	case b.tableHoldsSecret():
		why = "the table TLSContexts holds an obscured secret, which can't be written back"
	}
	if why != "" {
		b.byHand = append(b.byHand, fmt.Sprintf("TLS Context %s: \"Use default CA Bundle\" was off before that run: "+
			"%s. Switch it off by hand (Setup > IP Network > TLS Contexts).", b.state.tables.label(id), why))
		return nil
	}
	return []Step{{Kind: StepDisableBundle, Context: &now.index, Reason: "that run switched it on"}}
}

// switchCell returns the text of the switch; has is false where the context or the column does not exist.
func switchCell(context tlsContext, exists bool) (text string, has bool) {
	if !exists {
		return "", false
	}
	cell, has := context.row.Cell(columnBundle)
	return cell.Text(), has
}

func (b *restoreBuilder) tableHoldsSecret() bool {
	hasSecret := func(context tlsContext) bool { return context.row.HasSecret() }
	return slices.ContainsFunc(b.state.tables.contexts, hasSecret)
}
