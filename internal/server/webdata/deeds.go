package webdata

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/acfix/acfix/internal/records/runs"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/web"
)

// auditLog is the name of the web pages' events in the store. No device has it (package statedir).
const auditLog = "web"

// mostEntries limits the entries on a page.
const mostEntries = 500

// Record records an action on the web pages before it happens.
func (s *Provider) Record(ctx context.Context, deed web.AuditEntry) error {
	s.Log.Info("on the web pages", "person", deed.Person,
		"what", string(deed.Kind), "of", deed.Subject, "failed", deed.Failed)
	return webError(Record(ctx, s.store, deed))
}

// Record records an action in a store, where the pages show it.
func Record(ctx context.Context, opened *store.Store, deed web.AuditEntry) error {
	text, err := json.Marshal(deed)
	if err != nil {
		return fmt.Errorf("write the record: %w", err)
	}
	event := store.Event{Device: auditLog, Time: deed.Time, Kind: string(deed.Kind), Entry: text}
	return opened.Append(ctx, event, nil)
}

// AuditLog returns the recorded actions, newest first.
func (s *Provider) AuditLog(ctx context.Context) ([]web.AuditEntry, error) {
	events, err := s.store.Events(ctx, auditLog)
	if err != nil {
		return nil, webError(err)
	}
	deeds := make([]web.AuditEntry, 0, min(len(events), mostEntries))
	for _, event := range slices.Backward(events[max(0, len(events)-mostEntries):]) {
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
