package journal

import (
	"fmt"
	"slices"

	"github.com/acfix/acfix/remediate"
)

// MayBeLost reports whether an entry need not be on disk before the run goes on: without it, a change of the
// run counts as perhaps made after a restart of the machine, never as not made.
// docs/design/records.md: A journal is synced where it would deny a change
func MayBeLost(entry Entry) bool {
	switch entry.Event {
	case remediate.EventStart, remediate.EventIntent, remediate.EventAnswer, remediate.EventEnd:
		return true
	case remediate.EventSeen:
		return entry.Kind != remediate.StepSave
	default:
		return false
	}
}

// Earlier returns what the next run must know about the runs in a device's journal. boot is this start of
// the machine.
func Earlier(entries []Entry, boot string) remediate.Earlier {
	var earlier remediate.Earlier
	var backup Entry
	for _, entry := range entries {
		switch entry.Event {
		case remediate.EventStart:
			earlier.Died = fmt.Sprintf("%s, begun %s", entry.Run, entry.Time.Format("2006-01-02 15:04:05 MST"))
		case remediate.EventEnd:
			earlier.Died = ""
		case remediate.EventBackup:
			backup = entry
			if entry.Clean { // acfix's earlier changes are gone, or another administrator saved them
				forgetUnsaved(&earlier)
			}
			earlier.Perhaps = append(earlier.Perhaps, unrecorded(entries, entry.Run, boot)...)
		case remediate.EventIntent:
			addIntent(&earlier, entry, backup)
		case remediate.EventRefused:
			earlier.Unsaved = withoutLast(earlier.Unsaved, changeOf(entry))
		case remediate.EventUndone:
			earlier.Unsaved = putBack(earlier.Unsaved, changeOf(entry))
		case remediate.EventSeen:
			if entry.Kind == remediate.StepSave {
				forgetUnsaved(&earlier)
			}
		}
	}
	earlier.Unsaved, earlier.Perhaps = unique(earlier.Unsaved), unique(earlier.Perhaps)
	return earlier
}

// unrecorded returns the planned changes of a run that may have been sent although the journal has no intent of
// them: the machine went down before the run ended.
func unrecorded(entries []Entry, run, boot string) []remediate.OwnChange {
	var planned []remediate.OwnChange
	for _, entry := range entries {
		switch {
		case entry.Run != run:
		case entry.Event == remediate.EventBackup && entry.Boot != "" && entry.Boot != boot:
			planned = entry.planned()
		case entry.Event == remediate.EventIntent:
			planned = withoutLast(planned, changeOf(entry))
		case entry.Event == remediate.EventEnd:
			return nil
		}
	}
	return planned
}

func (e Entry) planned() []remediate.OwnChange {
	var changes []remediate.OwnChange
	for _, step := range e.Steps {
		changes = append(changes, remediate.Step{Kind: step.Kind, Context: step.Context, SHA256: step.Root}.Change())
	}
	return changes
}

func forgetUnsaved(earlier *remediate.Earlier) { *earlier = remediate.Earlier{Died: earlier.Died} }

// addIntent adds a change each time it was sent; a save is not a change.
func addIntent(earlier *remediate.Earlier, entry, backup Entry) {
	earlier.Told = earlier.Told || entry.Waits
	if entry.Kind == remediate.StepSave {
		return
	}
	if len(earlier.Unsaved) == 0 {
		earlier.Baseline, earlier.Foreign = backup.Baseline, !backup.Clean
	}
	earlier.Unsaved = append(earlier.Unsaved, changeOf(entry))
}

func unique(changes []remediate.OwnChange) []remediate.OwnChange {
	var kept []remediate.OwnChange
	for _, change := range changes {
		if !slices.Contains(kept, change) {
			kept = append(kept, change)
		}
	}
	return kept
}

// putBack replaces the change of a switch that was set back by its opposite: setting it back is also acfix's change.
// For a step of another kind, EventUndone says only that a root that was lost meanwhile is there again.
func putBack(changes []remediate.OwnChange, change remediate.OwnChange) []remediate.OwnChange {
	opposite, isSwitch := change.Kind.Opposite()
	if !isSwitch {
		return changes
	}
	changes = slices.DeleteFunc(changes, func(made remediate.OwnChange) bool { return made == change })
	change.Kind = opposite
	return append(changes, change)
}

func changeOf(entry Entry) remediate.OwnChange {
	return remediate.Step{Kind: entry.Kind, Context: entry.Context, SHA256: entry.Root}.Change()
}

// Done returns the changes that one run made or may have made: intended, not refused by the device, not put back, and
// not absent at the last reading. known reports whether the journal has an entry of that run.
func Done(entries []Entry, run string) (changes []remediate.OwnChange, known bool) {
	for _, entry := range entries {
		if entry.Run != run {
			continue
		}
		known = true
		changes = addTo(changes, entry)
	}
	return changes, known
}

// Doubtful returns the changes of a run that the device accepted and that no reading of that run showed:
// they may have taken effect after it. Those of which the journal may have lost the record are among them; boot
// is this start of the machine.
func Doubtful(entries []Entry, run, boot string) []remediate.OwnChange {
	doubtful := unrecorded(entries, run, boot)
	for _, entry := range entries {
		change := changeOf(entry)
		switch {
		case entry.Run != run:
		case entry.Event == remediate.EventAbsent:
			doubtful = append(doubtful, change)
		case entry.Event == remediate.EventSeen, entry.Event == remediate.EventUndone:
			doubtful = slices.DeleteFunc(doubtful, func(made remediate.OwnChange) bool { return made == change })
		}
	}
	return unique(doubtful)
}

// UndoneSince returns the changes of a run that a later run undid and saved: whatever of them the device shows after
// that was done by another. A removal that was not saved in the same run is not among them, for a restart of the device
// brings back what it removed.
func UndoneSince(entries []Entry, run string) []remediate.OwnChange {
	var unsaved, undone []remediate.OwnChange
	for _, entry := range entries {
		change := changeOf(entry)
		is := func(made remediate.OwnChange) bool { return made == change }
		switch {
		case entry.Run == run && entry.Event == remediate.EventIntent: // the run was resumed and did it again
			undone = slices.DeleteFunc(undone, is)
		case entry.Event == remediate.EventBackup:
			unsaved = nil
		case entry.Event == remediate.EventSeen && entry.Kind == remediate.StepSave:
			undone, unsaved = append(undone, unsaved...), nil
		case entry.Event == remediate.EventSeen && undoes[change.Kind] != "":
			change.Kind = undoes[change.Kind]
			unsaved = append(unsaved, change)
		case entry.Event == remediate.EventUndone && undoes[change.Kind] != "": // what was removed is there again
			change.Kind = undoes[change.Kind]
			unsaved = slices.DeleteFunc(unsaved, is)
		}
	}
	return unique(undone)
}

// undoes says for each kind of a restore's steps which kind it undoes.
var undoes = map[remediate.StepKind]remediate.StepKind{
	remediate.StepRemoveRoot:    remediate.StepImportRoot,
	remediate.StepDisableBundle: remediate.StepEnableBundle,
}

// addTo returns the changes done after an entry, given those done before it.
func addTo(changes []remediate.OwnChange, entry Entry) []remediate.OwnChange {
	change := changeOf(entry)
	_, isSwitch := change.Kind.Opposite()
	refused, absent := entry.Event == remediate.EventRefused, entry.Event == remediate.EventAbsent
	switch {
	case entry.Event == remediate.EventIntent, entry.Event == remediate.EventSeen && !slices.Contains(changes, change):
		return append(changes, change)
	case isSwitch && (refused || absent):
		return withoutLast(changes, change) // the entry may be about setting it back: then the first change stands
	case refused, absent, isSwitch && entry.Event == remediate.EventUndone:
		return slices.DeleteFunc(changes, func(made remediate.OwnChange) bool { return made == change })
	default:
		return changes
	}
}

func withoutLast(changes []remediate.OwnChange, change remediate.OwnChange) []remediate.OwnChange {
	for i, made := range slices.Backward(changes) {
		if made == change {
			return slices.Delete(changes, i, i+1)
		}
	}
	return changes
}
