package evidence

import (
	"time"

	"github.com/acfix/acfix/internal/records/journal"
	"github.com/acfix/acfix/remediate"
)

// Earlier returns what the device's journals hold about earlier runs.
func Earlier(kept Keeper, device Subject) (remediate.Earlier, error) {
	entries, err := kept.Entries(device)
	if err != nil {
		return remediate.Earlier{}, err
	}
	return journal.Earlier(entries, kept.Boot()), nil
}

// entry returns a record of a run as a line of the journal.
func entry(at time.Time, run string, device Subject, record remediate.Record) journal.Entry {
	entry := journal.Entry{Time: at.UTC(), Run: run, Target: device.Target, Serial: device.Serial, MAC: device.MAC}
	entry.Set(record)
	return entry
}
