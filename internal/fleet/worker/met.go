package worker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/run"
)

// Met is a run as a worker sees it. The worker's own inventory decides which of its devices exist and how to
// log in to them; the store only names them.
type Met struct {
	Run       *run.Run // without a book
	Terms     run.WriteTerms
	Open      func(time.Time) bool // the change window, by the clock of this machine; nil is always
	Strangers map[int]error        // why this worker refuses a device, by its place
}

// refuses returns why this worker leaves a device to others: the device is not in its inventory, or it has no
// password for it.
func (m Met) refuses(place int) error {
	if stranger := m.Strangers[place]; stranger != nil {
		return stranger
	}
	if failure := m.Run.Devices[place].NoPassword; failure != nil {
		return errors.New(failure.Message)
	}
	return nil
}

func (m Met) isOpen(now time.Time) bool { return m.Open == nil || m.Open(now) }

// runWith returns the run with the book of one task.
func (m Met) runWith(book run.Book) *run.Run {
	one := *m.Run
	one.Book = book
	return &one
}

// remembered is how long an inventory and its passwords are used before they are read again.
const remembered = 5 * time.Minute

// runsMet caches the runs that a worker has met lately.
type runsMet struct {
	mutex sync.Mutex
	known map[string]dated // by ID
}

type dated struct {
	Met
	since time.Time
}

// meet returns the run of a task. An error means that this worker can't do the task.
func (w *Worker) meet(ctx context.Context, task Ticket) (Met, error) {
	w.runs.mutex.Lock()
	defer w.runs.mutex.Unlock()
	now := w.Process.Clock.Now()
	maps.DeleteFunc(w.runs.known, func(_ string, met dated) bool { return now.Sub(met.since) >= remembered })
	met, known := w.runs.known[task.Run]
	if !known {
		kept, err := w.store().Run(ctx, task.Run)
		if err != nil {
			return Met{}, err
		}
		met = dated{since: now}
		if met.Met, err = w.Meet(kept); err != nil {
			return Met{}, err
		}
		w.runs.keep(task.Run, met)
	}
	return met.Met, met.refuses(task.Place)
}

func (m *runsMet) keep(run string, met dated) {
	if m.known == nil {
		m.known = map[string]dated{}
	}
	m.known[run] = met
}

// ReplaceKnown replaces each device of a run with the inventory's device of the same name and address, and
// returns those; the others are strangers. path is the inventory's.
func ReplaceKnown(
	listed *access.InventoryFile, devices []*access.Device, path string,
) (ours []*access.Device, strangers map[int]error) {
	strangers = map[int]error{}
	for place, device := range devices {
		known, ok := listed.FindSame(device)
		if !ok {
			const text = "the run has %q at %s, but the inventory %s does not"
			strangers[place] = fmt.Errorf(text, device.Name, device.URL, path)
			continue
		}
		devices[place] = known
		ours = append(ours, known)
	}
	return ours, strangers
}
