package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/records/evidence"
)

// prunedBackup is one old backup in the document of "acfix backup prune -o json".
type prunedBackup struct {
	Backup string `json:"backup"`
	Target string `json:"target"`
	Serial string `json:"serial"`
	Taken  string `json:"taken"`
	Status string `json:"status"` // deleted, old (a dry run would delete it), kept, or failed
	Reason string `json:"reason"` // why it is kept, or what failed
}

// prunedFile is a journal without backups, or what a killed process left behind.
type prunedFile struct {
	Path   string `json:"path"`
	Status string `json:"status"` // as of a backup, but never kept
	Reason string `json:"reason"`
}

// prunedEvidence is what a prune of backups looked at.
type prunedEvidence struct{ backups, journals, leftovers []evidence.Pruned }

// all returns everything, backups first.
func (p prunedEvidence) all() []evidence.Pruned {
	return slices.Concat(p.backups, p.journals, p.leftovers)
}

// counts counts by status.
func counts(dryRun bool, pruned []evidence.Pruned) map[string]int {
	counted := map[string]int{}
	for _, one := range pruned {
		status, _ := statusOf(one, dryRun)
		counted[status]++
	}
	return counted
}

func statusOf(one evidence.Pruned, dryRun bool) (status, reason string) {
	switch {
	case one.Err != nil:
		return "failed", one.Err.Error()
	case one.Kept != "":
		return "kept", one.Kept
	case dryRun:
		return "old", ""
	default:
		return "deleted", ""
	}
}

func prunedBackups(pruned []evidence.Pruned, dryRun bool) []prunedBackup {
	listed := []prunedBackup{}
	for _, one := range pruned {
		m := one.Manifest
		shown := prunedBackup{
			Backup: one.Place, Target: m.Target, Serial: m.Serial, Taken: m.Taken.UTC().Format(time.RFC3339),
		}
		shown.Status, shown.Reason = statusOf(one, dryRun)
		listed = append(listed, shown)
	}
	return listed
}

func prunedFiles(pruned []evidence.Pruned, dryRun bool) []prunedFile {
	listed := []prunedFile{}
	for _, one := range pruned {
		shown := prunedFile{Path: one.Place}
		shown.Status, shown.Reason = statusOf(one, dryRun)
		listed = append(listed, shown)
	}
	return listed
}

func (a *app) showPruned(p evidence.Pruner, pruned prunedEvidence) error {
	deleted := counts(p.DryRun, pruned.backups)
	document := map[string]any{
		"schema": "acfix.backup-prune/v1", "directory": p.Directory, "dry_run": p.DryRun, "deleted": deleted["deleted"],
		"backups":   prunedBackups(pruned.backups, p.DryRun),
		"journals":  prunedFiles(pruned.journals, p.DryRun),
		"leftovers": prunedFiles(pruned.leftovers, p.DryRun),
	}
	if err := a.show(document, prunedText(p.DryRun, pruned)); err != nil {
		return err
	}
	return exitWith(map[int]bool{exitFailed: counts(p.DryRun, pruned.all())["failed"] > 0})
}

func prunedText(dryRun bool, pruned prunedEvidence) string {
	var text strings.Builder
	for _, one := range pruned.all() {
		status, reason := statusOf(one, dryRun)
		fmt.Fprintf(&text, "%-7s  %s", status, foreign.Clean(one.Place))
		if reason != "" {
			fmt.Fprintf(&text, ": %s", foreign.Clean(reason))
		}
		text.WriteString("\n")
	}
	if dryRun {
		fmt.Fprintf(&text, "Backups that would be deleted: %d.\n", counts(true, pruned.backups)["old"])
	} else {
		fmt.Fprintf(&text, "Backups deleted: %d.\n", counts(false, pruned.backups)["deleted"])
	}
	return text.String()
}
