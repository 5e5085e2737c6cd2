package main

import (
	"time"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/planfile"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// carryingOut are the terms on which the plans of a run are carried out; opened is the store that keeps it,
// nil where none does.
func (a *app) carryingOut(what run.Assignment, opened *store.Store) run.WriteTerms {
	settings := what.Order.Settings
	terms := run.WriteTerms{LockTimeout: settings.LockTimeout.Value, Retry: a.patience(), Settle: a.settling()}
	if what.Saved {
		saved := a.savedPlan(what.Head, settings.MaxAge.Value, opened)
		terms.Saved = &saved
	}
	return terms
}

// savedPlan is a plan that was sealed, or approved. opened is the store of the run, nil where it has none;
// the one that every user has by default knows no more than the user's own marks.
func (a *app) savedPlan(plan remediate.Plan, maxAge time.Duration, opened *store.Store) planfile.SavedPlan {
	marks := planfile.Marks{State: a.stateDirectory, Patience: a.process().Patience(), Abort: a.abort, Holder: processName()}
	if opened != nil && (opened.Shared() || a.flags.store != "") {
		marks.Store = opened
	}
	return planfile.SavedPlan{Head: plan, MaxAge: maxAge, Marks: marks}
}
