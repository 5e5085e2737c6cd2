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
	// Unsaved are the changes intended since the last save that was read back, without those that the
	// device refused; absent ones count. Of a switch that was put back it is the opposite that stands here: the put-back
	// is a change of ours too, and what sets the switch again later is not.
	Unsaved []Change
	// Baseline is the device before the first of them; nil when there are none.
	Baseline map[string]string
	// Foreign: changes of others waited unsaved already when the Baseline was read.
	Foreign bool
	// Told: after one of them the device said that changes wait unsaved. Of one that never did, it
	// proves nothing that it says that none do.
	Told bool
	// Died is the start of the last run when it never ended; nil when it did.
	Died *Entry
}

// Tell draws the conclusions from a device's journal. save is the kind of the step that
// writes RAM to flash.
func Tell(entries []Entry, save string) History {
	var history History
	var backup Entry
	for i, entry := range entries {
		switch entry.Event {
		case Start:
			history.Died = &entries[i]
		case End:
			history.Died = nil
		case Backup:
			backup = entry
			if entry.Clean { // whatever we had left is gone, or was saved by another administrator
				history.settle()
			}
		case Intent:
			history.intend(entry, backup, save)
		case Refused:
			history.Unsaved = withoutLast(history.Unsaved, changeOf(entry))
		case Undone:
			history.putBack(changeOf(entry))
		case Seen:
			if entry.Kind == save {
				history.settle()
			}
		}
	}
	history.Unsaved = eachOnce(history.Unsaved)
	return history
}

// settle: nothing of ours waits any more.
func (h *History) settle() { h.Unsaved, h.Baseline, h.Foreign, h.Told = nil, nil, false, false }

// intend notes a change, as often as it was sent; a save is none.
func (h *History) intend(entry, backup Entry, save string) {
	h.Told = h.Told || entry.Waits
	if entry.Kind == save {
		return
	}
	if len(h.Unsaved) == 0 {
		h.Baseline, h.Foreign = backup.Baseline, !backup.Clean
	}
	h.Unsaved = append(h.Unsaved, changeOf(entry))
}

func eachOnce(changes []Change) []Change {
	var once []Change
	for _, change := range changes {
		if !slices.ContainsFunc(once, change.is) {
			once = append(once, change)
		}
	}
	return once
}

// opposite are the kinds of steps that an Undone is about, each with the kind that the put-back was of.
// Within a step of another kind it says only that a root which was lost on the way is there again.
var opposite = map[string]string{"enable_bundle": "disable_bundle", "disable_bundle": "enable_bundle"}

func (h *History) putBack(change Change) {
	kind, isSwitch := opposite[change.Kind]
	if !isSwitch {
		return
	}
	h.Unsaved = slices.DeleteFunc(h.Unsaved, change.is)
	change.Kind = kind
	h.Unsaved = append(h.Unsaved, change)
}

func changeOf(entry Entry) Change {
	return Change{Run: entry.Run, Kind: entry.Kind, Context: entry.Context, Root: entry.Root}
}

// is reports whether two changes are the same one, in whichever run.
func (c Change) is(other Change) bool {
	return c.Kind == other.Kind && c.Root == other.Root &&
		(c.Context == nil) == (other.Context == nil) && (c.Context == nil || *c.Context == *other.Context)
}

// Done are the changes that one run made, or may have made: intended, not refused by the device, not put
// back, and not absent at the last reading. known is false when the journal holds nothing of that run.
func Done(entries []Entry, run string) (changes []Change, known bool) {
	for _, entry := range entries {
		if entry.Run != run {
			continue
		}
		known = true
		changes = after(changes, entry)
	}
	return changes, known
}

// Doubtful are the changes of a run that the device accepted and that no reading of that run showed:
// they may have come after it.
func Doubtful(entries []Entry, run string) []Change {
	var doubtful []Change
	for _, entry := range entries {
		switch {
		case entry.Run != run:
		case entry.Event == Absent:
			doubtful = append(doubtful, changeOf(entry))
		case entry.Event == Seen:
			doubtful = slices.DeleteFunc(doubtful, changeOf(entry).is)
		}
	}
	return eachOnce(doubtful)
}

// after is what an entry makes of the changes that were done before it.
func after(changes []Change, entry Entry) []Change {
	change := changeOf(entry)
	_, isSwitch := opposite[change.Kind]
	switch {
	case entry.Event == Intent, entry.Event == Seen && !slices.ContainsFunc(changes, change.is):
		return append(changes, change)
	case isSwitch && (entry.Event == Refused || entry.Event == Absent):
		return withoutLast(changes, change) // it may be the put-back's, and what that was to put back stands
	case entry.Event == Refused, entry.Event == Absent, entry.Event == Undone && isSwitch:
		return slices.DeleteFunc(changes, change.is)
	default:
		return changes
	}
}

func withoutLast(changes []Change, change Change) []Change {
	for i, made := range slices.Backward(changes) {
		if made.is(change) {
			return slices.Delete(changes, i, i+1)
		}
	}
	return changes
}
