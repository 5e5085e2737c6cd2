package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/internal/server/webdata"
)

// Retain deletes what is old, as "acfix history prune" and "acfix backup prune" do. Runs go first: a backup stays while
// its run can be resumed.
func (s *service) Retain(rules jobs.Retention, planned time.Time) error {
	entry := web.AuditEntry{Kind: web.AuditPrune, Subject: retained(rules), From: "serve"}
	return s.app.deed(s.store, entry, func() error {
		var failed []error
		if rules.RunDays > 0 {
			failed = append(failed, s.retainRuns(rules.RunDays, planned))
		}
		if rules.Backups.Days > 0 && !s.app.stopped() {
			failed = append(failed, s.retainBackups(rules.Backups, planned))
		}
		if rules.RecordDays > 0 && !s.app.stopped() {
			failed = append(failed, s.retainRecord(rules.RecordDays, planned))
		}
		return errors.Join(failed...)
	})
}

// retained says what a retention deletes.
func retained(rules jobs.Retention) string {
	var parts []string
	if rules.RunDays > 0 {
		parts = append(parts, fmt.Sprintf("runs older than %d days", rules.RunDays))
	}
	if rules.Backups.Days > 0 {
		const text = "backups older than %d days, but not the newest %d of a device"
		parts = append(parts, fmt.Sprintf(text, rules.Backups.Days, rules.Backups.Last))
	}
	if rules.RecordDays > 0 {
		parts = append(parts, fmt.Sprintf("entries of Record older than %d days", rules.RecordDays))
	}
	return strings.Join(parts, "; ")
}

func (s *service) retainRecord(days int, planned time.Time) error {
	entries := 0
	err := s.app.persist(func(ctx context.Context) (err error) {
		entries, err = webdata.PruneRecord(ctx, s.store, planned.AddDate(0, 0, -days))
		return err
	})
	if err == nil {
		s.app.say("retention: entries of Record deleted: %d", entries)
	}
	return err
}

func (s *service) retainRuns(days int, planned time.Time) error {
	runs := 0
	err := s.app.persist(func(ctx context.Context) (err error) {
		runs, err = s.store.Prune(ctx, planned.AddDate(0, 0, -days))
		return err
	})
	if err == nil {
		s.app.say("retention: runs deleted: %d", runs)
	}
	return err
}

func (s *service) retainBackups(kept jobs.KeptBackups, planned time.Time) error {
	pruner, closeIt, err := s.app.pruner(false)
	if err != nil {
		return err
	}
	defer closeIt()
	ctx, cancel := s.app.reading()
	defer cancel()
	rule := evidence.Rule{Last: kept.Last, Before: planned.AddDate(0, 0, -kept.Days)}
	old, _, err := pruner.Old(ctx, rule)
	if err != nil {
		return err
	}
	pruned, err := pruneEvidence(ctx, pruner, old, rule.Before)
	backups := counts(false, pruned.backups)
	s.app.say("retention: backups deleted: %d, kept for a run or for unsaved changes: %d; journals deleted: %d",
		backups["deleted"], backups["kept"], counts(false, pruned.journals)["deleted"])
	return errors.Join(err, notDeleted(pruned))
}

// notDeleted returns the first of the errors, and their number; nil for none.
func notDeleted(pruned prunedEvidence) error {
	var first error
	failed := 0
	for _, one := range pruned.all() {
		if one.Err == nil {
			continue
		}
		if failed++; first == nil {
			first = fmt.Errorf("%s: %w", one.Place, one.Err)
		}
	}
	if failed > 1 {
		return fmt.Errorf("%w (and %d more)", first, failed-1)
	}
	return first
}
