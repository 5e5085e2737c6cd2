package journal

import "slices"

// Change is one change of a device that may stand in RAM because of us: it was intended
// since the last save.
type Change struct {
	Run     string
	Kind    string
	Context *int
	Root    string // SHA-256
}

// History is what a device's journal tells the next run.
type History struct {
	// Unsaved are the changes that were intended since the last save that was read back.
	Unsaved []Change
	// Baseline is the device before the first of them; nil when there are none.
	Baseline map[string]string
	// Died is the start of the last run when it never ended; nil when it did.
	Died *Entry
}

// Tell draws the conclusions from a device's journal. save is the kind of the step that
// writes RAM to flash.
func Tell(entries []Entry, save string) History {
	var history History
	var baseline map[string]string
	for i, entry := range entries {
		switch entry.Event {
		case Start:
			history.Died = &entries[i]
		case End:
			history.Died = nil
		case Backup:
			baseline = entry.Baseline
			if entry.Clean { // whatever we had left is gone, or was saved by somebody
				history.Unsaved, history.Baseline = nil, nil
			}
		case Intent:
			if len(history.Unsaved) == 0 && entry.Kind != save {
				history.Baseline = baseline
			}
			history.intend(entry, save)
		case Seen:
			if entry.Kind == save {
				history.Unsaved, history.Baseline = nil, nil
			}
		}
	}
	return history
}

// intend notes a change; a save is none.
func (h *History) intend(entry Entry, save string) {
	if entry.Kind == save {
		return
	}
	change := Change{Run: entry.Run, Kind: entry.Kind, Context: entry.Context, Root: entry.Root}
	for _, known := range h.Unsaved {
		if same(known, change) {
			return
		}
	}
	h.Unsaved = append(h.Unsaved, change)
}

func same(a, b Change) bool {
	return a.Kind == b.Kind && a.Root == b.Root &&
		(a.Context == nil) == (b.Context == nil) && (a.Context == nil || *a.Context == *b.Context)
}

// Done are the changes that one run made, or may have made: intended, and not refused by the
// device. known is false when the journal holds nothing of that run.
func Done(entries []Entry, run string) (changes []Change, known bool) {
	for _, entry := range entries {
		if entry.Run != run {
			continue
		}
		known = true
		change := Change{Run: run, Kind: entry.Kind, Context: entry.Context, Root: entry.Root}
		switch entry.Event {
		case Intent:
			changes = append(changes, change)
		case Refused:
			changes = slices.DeleteFunc(changes, func(made Change) bool { return same(made, change) })
		}
	}
	return changes, known
}
