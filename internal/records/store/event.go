package store

import (
	"context"
	"encoding/json"
	"time"
)

// Event is one entry of a device's journal.
type Event struct {
	Device, Run string
	Time        time.Time
	Kind        string
	Entry       json.RawMessage
}

const appending = fence + `INSERT INTO events (device, run, time, kind, entry)
	SELECT $6, $7, $8, $9, $10 WHERE ` + unfenced

// Append adds an event, which survives a power cut once Append returns nil. With an invalid lease: ErrFenced.
func (s *Store) Append(ctx context.Context, event Event, lease *Lease) error {
	return s.AppendAll(ctx, []Event{event}, lease)
}

// AppendAll adds events in their order, as Append does, in one transaction.
func (s *Store) AppendAll(ctx context.Context, events []Event, lease *Lease) error {
	guard := guardOf(lease)
	commands := make([]*command, len(events))
	for i, event := range events {
		commands[i] = &command{text: appending, values: append(guard.key(),
			event.Device, event.Run, micros(event.Time), event.Kind, document(event.Entry))}
	}
	if err := s.commit(ctx, true, commands...); err != nil {
		return s.failed("write the journal to", err)
	}
	for _, one := range commands {
		if one.changed == 0 {
			return ErrFenced
		}
	}
	return nil
}

func guardOf(lease *Lease) Lease {
	if lease == nil {
		return Lease{}
	}
	return *lease
}

// Events returns the journals of the named devices, in the order in which they were written.
func (s *Store) Events(ctx context.Context, devices ...string) ([]Event, error) {
	query := `SELECT device, run, time, kind, entry FROM events
		WHERE device IN (` + listOf(1, len(devices)) + `) ORDER BY id`
	if !s.Shared() { // there, reads do not wait for the writer
		events, err := selectAll(ctx, s, scanEvent, query, anyOf(devices)...)
		return events, s.failed("read the journal from", err)
	}
	events, err := gathered(ctx, s, scanEvent, query, anyOf(devices)...)
	return events, s.failed("read the journal from", err)
}

// Journals returns the names of all journals, sorted.
func (s *Store) Journals(ctx context.Context) ([]string, error) {
	names, err := selectAll(ctx, s, func(row scanner) (name string, err error) {
		err = row.Scan(&name)
		return name, err
	}, `SELECT DISTINCT device FROM events ORDER BY device`)
	return names, s.failed("read the journal from", err)
}

// DeleteJournal deletes a device's journal that was read under the device's lease; ErrFenced once that has ended.
func (s *Store) DeleteJournal(ctx context.Context, name string, lease Lease) error {
	deleting := &command{
		text: fence + `DELETE FROM events WHERE device = $6 AND ` + unfenced, values: append(lease.key(), name),
	}
	switch err := s.commit(ctx, true, deleting); {
	case err != nil:
		return s.failed("delete a journal from", err)
	case deleting.changed == 0:
		return ErrFenced
	}
	return nil
}

// PruneEvents deletes the events of the named journals from before a time, and returns how many. It is for logs of what
// people did; a device's journal is evidence of what may be on the device.
func (s *Store) PruneEvents(ctx context.Context, before time.Time, journals ...string) (int, error) {
	deleted, err := s.execute(ctx, s.synced, `DELETE FROM events WHERE time < $1
		AND device IN (`+listOf(2, len(journals))+`)`, append([]any{micros(before)}, anyOf(journals)...)...)
	return int(deleted), s.failed("delete events from", err)
}

func scanEvent(row scanner) (event Event, err error) {
	var at int64
	err = row.Scan(&event.Device, &event.Run, &at, &event.Kind, (*[]byte)(&event.Entry))
	event.Time = moment(at)
	return event, err
}
