package remediate

import (
	"errors"
	"fmt"
)

// Event is the kind of a journal record.
type Event string

// The events of a run on a device.
const (
	EventStart   Event = "start"
	EventBackup  Event = "backup"
	EventIntent  Event = "intent"  // a write is about to be sent; it survives the process, not always the machine
	EventAnswer  Event = "answer"  // the device's answer; it proves nothing
	EventSeen    Event = "seen"    // reading back shows the change
	EventRefused Event = "refused" // the device said no, and reading back agrees
	EventUndone  Event = "undone"  // reading back shows that it was put back
	EventAbsent  Event = "absent"  // the device accepted it, and no reading shows it; it may still come
	EventEnd     Event = "end"
)

// Record is one line of the journal. Step is nil for the run as a whole.
type Record struct {
	Event  Event
	Step   *Step
	Detail string
	// Baseline comes with EventBackup: the device before the run. Clean: nothing waited unsaved at that time.
	Baseline Baseline
	Clean    bool
	// Policy comes with it too: the SHA-256 of the rule by which the run decides.
	Policy string
	// Steps come with it too: what the run is about to change. Of a step without an EventIntent nothing was
	// sent, unless the machine went down meanwhile.
	Steps []Step
	// Waits comes with EventIntent: nothing had waited before the run, and after its writes so far
	// the device said that something does.
	Waits bool
}

// record writes a record and returns when it survives this process.
func (r *run) record(event Event, detail string) error {
	return r.recordStep(r.current, event, detail)
}

func (r *run) recordStep(step *Step, event Event, detail string) error {
	waits := event == EventIntent && r.toldUnsaved()
	return r.writeRecord(Record{Event: event, Step: step, Detail: detail, Waits: waits})
}

// toldUnsaved reports whether the device reported unsaved changes because of this run's writes.
func (r *run) toldUnsaved() bool {
	return r.attempted && r.unit.waited && r.clean
}

// writeRecord remembers the first error of the journal: no write follows it, even if the journal would accept the
// next record.
// docs/design/remediate.md: A refused journal entry ends all writing
func (r *run) writeRecord(record Record) error {
	if r.Journal == nil {
		return nil
	}
	err := r.Journal(record)
	if err != nil && !errors.Is(err, ErrFenced) {
		err = fmt.Errorf("%w: %w", ErrJournal, err)
	}
	if r.journalBroke == nil {
		r.journalBroke = err
	}
	return err
}

// recordAfter records what has already happened: a failing journal must not keep the run from finding out the
// device's state.
func (r *run) recordAfter(event Event, detail string) { _ = r.record(event, detail) }

// unrecorded reports whether a write was not sent because the journal did not record it.
func unrecorded(err error) bool { return errors.Is(err, ErrJournal) || errors.Is(err, ErrFenced) }
