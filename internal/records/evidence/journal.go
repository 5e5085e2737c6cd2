package evidence

import (
	"fmt"
	"time"

	"github.com/acfix/acfix/internal/records/journal"
	"github.com/acfix/acfix/remediate"
)

// Earlier is what the journals of a device tell of earlier runs.
func Earlier(kept Keeper, device Device) (remediate.Earlier, error) {
	entries, err := kept.Entries(device)
	if err != nil {
		return remediate.Earlier{}, err
	}
	history := journal.Tell(entries, string(remediate.StepSave))
	earlier := remediate.Earlier{Died: died(history), Baseline: history.Baseline, Foreign: history.Foreign, Told: history.Told}
	for _, change := range history.Unsaved {
		own := remediate.OwnChange{Kind: remediate.StepKind(change.Kind), Root: change.Root}
		if change.Context != nil {
			own.Context = *change.Context
		}
		earlier.Unsaved = append(earlier.Unsaved, own)
	}
	return earlier, nil
}

func died(history journal.History) string {
	if history.Died == nil {
		return ""
	}
	return fmt.Sprintf("%s, begun %s", history.Died.Run, history.Died.Time.Format("2006-01-02 15:04:05 MST"))
}

// entry is a record of a run as the journal has it.
func entry(at time.Time, run string, device Device, record remediate.Record) journal.Entry {
	entry := journal.Entry{
		Time: at.UTC(), Run: run, Target: device.Target, Serial: device.Serial, MAC: device.MAC,
		Event: journal.Event(record.Event), Detail: record.Detail, Baseline: record.Baseline, Clean: record.Clean, Waits: record.Waits,
	}
	if record.Step != nil {
		entry.Kind, entry.Context, entry.Root = string(record.Step.Kind), record.Step.Context, record.Step.SHA256
	}
	return entry
}

// OfStep tells whether a change in a journal is that of a step.
func OfStep(step remediate.Step) func(journal.Change) bool {
	return func(change journal.Change) bool {
		return change.Kind == string(step.Kind) && change.Root == step.SHA256 &&
			(change.Context == nil) == (step.Context == nil) && (step.Context == nil || *change.Context == *step.Context)
	}
}
