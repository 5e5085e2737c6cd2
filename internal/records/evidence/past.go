package evidence

import (
	"slices"
	"time"

	"github.com/acfix/acfix/internal/records/journal"
	"github.com/acfix/acfix/remediate"
)

// line is an entry and the name of its journal.
type line struct {
	name  string
	entry journal.Entry
}

// history returns this device's entries from every journal that may hold some, each once, in read's order.
func (d Subject) history(read func(names []string) ([]line, error)) ([]journal.Entry, error) {
	names := d.Names()
	lines, err := read(names)
	if err != nil {
		return nil, err
	}
	if more := d.pointedTo(lines); len(more) > 0 {
		if lines, err = read(append(names, more...)); err != nil {
			return nil, err
		}
	}
	return d.ownEntries(lines), nil
}

// pointedTo returns the other journals that the lines point to. Only the last pointer of each journal counts: it
// belongs to the device that had the name last.
func (d Subject) pointedTo(lines []line) []string {
	last := map[string]string{}
	for _, l := range lines {
		if l.entry.Event == journal.Named {
			last[l.name] = ""
			if d.mayBe(l.entry) {
				last[l.name] = l.entry.Detail
			}
		}
	}
	var more []string
	for _, name := range d.Names() {
		if to := last[name]; to != "" && !slices.Contains(d.Names(), to) && !slices.Contains(more, to) {
			more = append(more, to)
		}
	}
	return more
}

// mayBe reports whether an entry may belong to this device. A different serial number, or MAC address if a serial
// number is missing, belongs to a device that had the address before.
func (d Subject) mayBe(entry journal.Entry) bool {
	switch {
	case d.Serial != "" && entry.Serial != "":
		return d.Serial == entry.Serial
	case d.MAC != "" && entry.MAC != "":
		return d.MAC == entry.MAC
	default:
		return true
	}
}

// mark is what two copies of an entry have in common.
type mark struct {
	time              time.Time
	run, root, detail string
	kind              remediate.StepKind
	event             remediate.Event
	context           int
}

func markOf(entry journal.Entry) mark {
	context := -1
	if entry.Context != nil {
		context = *entry.Context
	}
	return mark{entry.Time.UTC(), entry.Run, entry.Root, entry.Detail, entry.Kind, entry.Event, context}
}

// ownEntries returns the entries that may belong to this device. The same entry in two journals is a copy; twice in
// one journal, it happened twice.
func (d Subject) ownEntries(lines []line) []journal.Entry {
	var entries []journal.Entry
	first := map[mark]string{}
	for _, l := range lines {
		if l.entry.Event == journal.Named || !d.mayBe(l.entry) {
			continue
		}
		mark := markOf(l.entry)
		if name, known := first[mark]; known && name != l.name {
			continue
		}
		first[mark] = l.name
		entries = append(entries, l.entry)
	}
	return entries
}

// merged merges journals by time; each keeps its own order, whatever its clock said. Of two entries of the same
// moment, the later journal's comes first: devices start to report a name more often than they stop.
func merged(journals [][]line) []line {
	var all []line
	for {
		first := -1
		for i, lines := range journals {
			if len(lines) > 0 && (first < 0 || !lines[0].entry.Time.After(journals[first][0].entry.Time)) {
				first = i
			}
		}
		if first < 0 {
			return all
		}
		all, journals[first] = append(all, journals[first][0]), journals[first][1:]
	}
}

// pointer returns the entry for the journals of the device's other names.
func (d Subject) pointer(at time.Time) journal.Entry {
	return journal.Entry{
		Time: at.UTC(), Target: d.Target, Serial: d.Serial, MAC: d.MAC, Event: journal.Named, Detail: d.Name(),
	}
}

// lacksPointer reports whether the last pointer of a journal leads to another device, or there is none.
func (d Subject) lacksPointer(entries []journal.Entry) bool {
	for _, entry := range slices.Backward(entries) {
		if entry.Event == journal.Named {
			return entry.Detail != d.Name() || entry.Serial != d.Serial || entry.MAC != d.MAC
		}
	}
	return true
}
