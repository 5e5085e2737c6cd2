package webdata

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/acfix/acfix/internal/records/runs"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/web"
)

// The names of the web pages' events in the store: of actions, and of logins. No device has them (package statedir).
const (
	auditLog  = "web"
	loginsLog = "web-logins"
)

// mostEntries limits the actions on a page, mostLogins the logins: however many, they push no action off it.
const (
	mostEntries = 500
	mostLogins  = 200
)

// Record records an action on the web pages before it happens.
func (s *Provider) Record(ctx context.Context, deed web.AuditEntry) error {
	s.Log.Info("on the web pages", "person", deed.Person,
		"what", string(deed.Kind), "of", deed.Subject, "failed", deed.Failed)
	return webError(Record(ctx, s.store, deed))
}

// Record puts an action on the page Record, whether it was done on a page or by a command.
func Record(ctx context.Context, opened *store.Store, deed web.AuditEntry) error {
	text, err := json.Marshal(deed)
	if err != nil {
		return fmt.Errorf("write the record: %w", err)
	}
	log := auditLog
	if deed.Kind.OfLogin() {
		log = loginsLog
	}
	event := store.Event{Device: log, Time: deed.Time, Kind: string(deed.Kind), Entry: text}
	return opened.Append(ctx, event, nil)
}

// PruneRecord deletes the entries of the page Record from before a time, and returns how many.
func PruneRecord(ctx context.Context, opened *store.Store, before time.Time) (int, error) {
	return opened.PruneEvents(ctx, before, auditLog, loginsLog)
}

// AuditLog returns the recorded actions and logins, newest first.
func (s *Provider) AuditLog(ctx context.Context) ([]web.AuditEntry, error) {
	deeds, err := s.newest(ctx, auditLog, mostEntries)
	if err != nil {
		return nil, err
	}
	logins, err := s.newest(ctx, loginsLog, mostLogins)
	if err != nil {
		return nil, err
	}
	deeds = append(deeds, logins...)
	slices.SortStableFunc(deeds, func(a, b web.AuditEntry) int { return b.Time.Compare(a.Time) })
	return deeds, nil
}

// newest returns the newest entries of one log, newest first.
func (s *Provider) newest(ctx context.Context, log string, most int) ([]web.AuditEntry, error) {
	events, err := s.store.Events(ctx, log)
	if err != nil {
		return nil, webError(err)
	}
	deeds := make([]web.AuditEntry, 0, min(len(events), most))
	for _, event := range slices.Backward(events[max(0, len(events)-most):]) {
		var deed web.AuditEntry
		if err := runs.Decode(event.Entry, &deed); err != nil {
			return nil, webError(err)
		}
		deeds = append(deeds, deed)
	}
	return deeds, nil
}

// Approve approves the plan of a run.
func (s *Provider) Approve(ctx context.Context, run string, approval store.Approval) error {
	return webError(s.store.Approve(ctx, run, approval))
}

// Reject refuses the plan of a run, withdraws its approval, or ends a paused run.
func (s *Provider) Reject(ctx context.Context, id string, rejection store.Rejection) error {
	run, err := s.exactly(ctx, id)
	switch {
	case err != nil:
		return err
	case run.State == store.RunPaused:
		return webError(s.EndPaused(id, rejection))
	default:
		return webError(s.store.Reject(ctx, id, rejection))
	}
}
