package main

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/store"
)

// What operators do now and then.

// approve approves the newest plan that waits.
func (s *soak) approve() {
	waiting, err := s.store.Runs(s.t.Context(), store.Filter{State: string(store.RunWaiting), Limit: 1})
	require.NoError(s.t, err)
	if len(waiting) > 0 {
		s.acfix("job", "approve", waiting[0].ID, "--name", "Kim", "--change", "CHG1")
	}
}

func (s *soak) prune() {
	s.acfix("history", "prune", "--older-than-days", fmt.Sprint(s.size.retention), "--yes")
}

// soakLacks are the parts of the retention that the test does in place of acfix. Each goes once acfix does it.
var soakLacks = struct{ settling, forgetting, locks, backups bool }{
	settling:   true, // plans are superseded by newer ones, and expire
	forgetting: true, // prune deletes the devices of runs, and devices that are gone are forgotten
	locks:      true, // a lock file goes with its lock
	backups:    true, // old backups are deleted by schedule
}

// lacking does each day what acfix does not do yet.
func (s *soak) lacking() {
	if soakLacks.settling {
		s.settle()
	}
	if soakLacks.forgetting {
		s.forget()
	}
	if soakLacks.locks {
		s.sweepLocks()
	}
	if soakLacks.backups {
		s.discardBackups()
	}
}

func (s *soak) alter(statement string, values ...any) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.folder, "runs.db")+"?_pragma=busy_timeout(30000)")
	require.NoError(s.t, err)
	defer func() { _ = db.Close() }()
	_, err = db.ExecContext(s.t.Context(), statement, values...)
	require.NoError(s.t, err)
}

// settle ends the plans that a newer one supersedes, and approvals of plans that are older than a week.
func (s *soak) settle() {
	s.alter(`UPDATE runs SET state = 'done', reason = 'superseded' WHERE state = 'waiting'
		AND EXISTS (SELECT 1 FROM runs n WHERE n.job = runs.job AND n.created > runs.created AND n.ended > 0)`)
	s.alter(`UPDATE runs SET state = 'done', reason = 'expired' WHERE state = 'approved' AND created < ?`,
		time.Now().AddDate(0, 0, -7).UnixMicro())
}

// forget deletes the devices of ended runs that are older than the retention.
func (s *soak) forget() {
	s.alter(`DELETE FROM run_devices WHERE run IN (SELECT id FROM runs WHERE ended > 0 AND ended < ?
		AND state NOT IN ('running', 'waiting', 'approved'))`, time.Now().AddDate(0, 0, -s.size.retention).UnixMicro())
}

func (s *soak) sweepLocks() {
	locks, err := filepath.Glob(filepath.Join(s.folder, "*", "acfix", "locks", "*"))
	require.NoError(s.t, err)
	for _, lock := range locks {
		require.NoError(s.t, os.Remove(lock))
	}
}

// discardBackups deletes backups that are older than the retention, but not a device's newest two.
func (s *soak) discardBackups() {
	all, err := filepath.Glob(filepath.Join(s.folder, "backups", "*"))
	require.NoError(s.t, err)
	when := func(path string) string { return path[strings.LastIndex(path, "_")+1:] }
	slices.SortFunc(all, func(a, b string) int { return strings.Compare(when(b), when(a)) })
	oldest := time.Now().AddDate(0, 0, -s.size.retention).UTC().Format("20060102T150405Z")
	kept := map[string]int{}
	for _, path := range all {
		device := strings.TrimSuffix(path, when(path))
		if kept[device]++; kept[device] > 2 && when(path) < oldest {
			require.NoError(s.t, os.RemoveAll(path))
		}
	}
}
