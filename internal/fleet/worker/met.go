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
	"github.com/acfix/acfix/internal/records/store"
)

// Met is a run as a worker goes about it. Which of its devices there are, and how to log in to
// them, says an inventory of the worker's own; the store only names them.
type Met struct {
	Run       *run.Run // without a book
	Terms     run.WriteTerms
	Open      func(time.Time) bool // the change window, by the clock of this machine; nil is always
	Strangers map[int]error        // why a device, by its place, is not for this worker
}

// refuses says why this worker leaves a device to others: it does not know it, or found no
// password for it where another may find one.
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

// under is the run with the right to write what came of one device.
func (m Met) under(writer store.Writer, opened *store.Store) *run.Run {
	one := *m.Run
	one.Book = run.NewBook(one.Process, opened, writer, one.ID)
	return &one
}

// remembered is how long an inventory and its passwords are taken for what they are.
const remembered = 5 * time.Minute

// runsMet are the runs that a worker has met lately.
type runsMet struct {
	mutex sync.Mutex
	known map[string]dated // by ID
}

type dated struct {
	Met
	since time.Time
}

// meet is the run of a task. An error means that this worker can't do the task.
func (w *Worker) meet(ctx context.Context, task Ticket) (Met, error) {
	w.runs.mutex.Lock()
	defer w.runs.mutex.Unlock()
	now := w.Process.Clock.Now()
	maps.DeleteFunc(w.runs.known, func(_ string, met dated) bool { return now.Sub(met.since) >= remembered })
	met, known := w.runs.known[task.Run]
	if !known {
		kept, err := w.store().Run(ctx, task.Run)
		if err == nil {
			met = dated{since: now}
			met.Met, err = w.Meet(kept)
		}
		if err != nil {
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

// ReplaceKnown puts the inventory's devices in the place of a run's that have the same name and address,
// and returns them; the others are strangers. path is the inventory's.
func ReplaceKnown(
	listed *access.InventoryFile, devices []*access.Device, path string,
) (ours []*access.Device, strangers map[int]error) {
	strangers = map[int]error{}
	for place, device := range devices {
		known, ok := listed.FindSame(device)
		if !ok {
			strangers[place] = fmt.Errorf("the run has %q at %s, the inventory %s has not", device.Name, device.URL, path)
			continue
		}
		devices[place] = known
		ours = append(ours, known)
	}
	return ours, strangers
}
