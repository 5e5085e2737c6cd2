package main

import (
	"time"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/planfile"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// writeTerms returns the conditions for carrying out the plans of a run; opened is its store, or nil.
func (a *app) writeTerms(what run.Assignment, opened *store.Store) run.WriteTerms {
	settings := what.Order.Settings
	terms := run.WriteTerms{LockTimeout: settings.LockTimeout.Value, Retry: a.patience(), Settle: a.settling()}
	if what.Saved {
		saved := a.savedPlan(what.Head, settings.MaxAge.Value, opened)
		terms.Saved = &saved
	}
	return terms
}

// savedPlan returns a sealed or approved plan. opened is the store of the run, or nil. A user's default store knows
// no more than the user's own marks.
func (a *app) savedPlan(plan remediate.Plan, maxAge time.Duration, opened *store.Store) planfile.SavedPlan {
	marks := planfile.Marks{State: a.stateDirectory, Patience: a.process().Patience(), Abort: a.abort, Holder: processName()}
	if opened != nil && (opened.Shared() || a.flags.store != "") {
		marks.Store = opened
	}
	return planfile.SavedPlan{Head: plan, MaxAge: maxAge, Marks: marks}
}
