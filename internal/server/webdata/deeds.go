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

// deedsOf is where the store keeps what people did on the web pages. No device is called like
// this (package statedir).
const deedsOf = "web"

// mostDeeds is how many of them a page shows.
const mostDeeds = 500

// Note puts on record what somebody is about to do.
func (s *Provider) Record(ctx context.Context, deed web.AuditEntry) error {
	text, err := json.Marshal(deed)
	if err != nil {
		return fmt.Errorf("write the record: %w", err)
	}
	s.Log.Info("on the web pages", "person", deed.Person, "what", string(deed.Kind), "of", deed.Subject, "failed", deed.Failed)
	event := store.Event{Device: deedsOf, Time: deed.Time, Kind: string(deed.Kind), Entry: text}
	return webError(s.store.Append(ctx, event, nil))
}

// Deeds are what people did, newest first.
func (s *Provider) AuditLog(ctx context.Context) ([]web.AuditEntry, error) {
	events, err := s.store.Events(ctx, deedsOf)
	if err != nil {
		return nil, webError(err)
	}
	deeds := make([]web.AuditEntry, 0, min(len(events), mostDeeds))
	for _, event := range slices.Backward(events[max(0, len(events)-mostDeeds):]) {
		var deed web.AuditEntry
		if err := runs.Decode(event.Entry, &deed); err != nil {
			return nil, webError(err)
		}
		deeds = append(deeds, deed)
	}
	return deeds, nil
}

// Approve allows the plan of a run to be carried out.
func (s *Provider) Approve(ctx context.Context, run string, approval store.Approval) error {
	return webError(s.store.Approve(ctx, run, approval))
}
