package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Approval says who approved a plan, when, and under which change number.
type Approval struct {
	Name   string
	Time   time.Time
	Change string
}

// Rejection says who refused a plan, when, and why; the reason may be empty.
type Rejection struct {
	Name   string
	Time   time.Time
	Reason string
}

const (
	// DefaultMaxAge is how long a plan may be approved and carried out where its run says nothing else.
	DefaultMaxAge = 7 * 24 * time.Hour
	// ClockSlack is how far the clocks of machines may differ. A time beyond it in the future comes from a wrong clock.
	ClockSlack = 5 * time.Minute
)

// Expires returns when the run's plan is too old to be approved or carried out.
func (r Run) Expires() time.Time {
	if r.MaxAge > 0 {
		return r.Created.Add(r.MaxAge)
	}
	return r.Created.Add(DefaultMaxAge)
}

// tooOld is the condition that a plan has expired at the time of a parameter.
func tooOld(parameter string) string {
	return fmt.Sprintf(`created + CASE WHEN max_age > 0 THEN max_age ELSE %d END < %s`,
		DefaultMaxAge.Microseconds(), parameter)
}

// Approve records who approved the plan of a run. It refuses a plan that is too old at that time, or made later than
// that. Errors: ErrNotWaiting, ErrUnknownRun.
func (s *Store) Approve(ctx context.Context, id string, approval Approval) error {
	return s.changeRun(ctx, id, ErrNotWaiting, `UPDATE runs
		SET state = 'approved', reason = '', approved_by = $2, approved_at = $3, approved_change = $4
		WHERE id = $1 AND state = 'waiting' AND created <= $5 AND NOT `+tooOld("$3"),
		text(approval.Name), micros(approval.Time), text(approval.Change), micros(approval.Time.Add(ClockSlack)))
}

// Reject refuses the plan of a run, also one that was approved and that no run carries out. Errors: ErrNotWaiting,
// ErrUnknownRun.
func (s *Store) Reject(ctx context.Context, id string, rejection Rejection) error {
	reason := "rejected by " + rejection.Name
	if rejection.Reason != "" {
		reason += ": " + rejection.Reason
	}
	return s.changeRun(ctx, id, ErrNotWaiting, `UPDATE runs SET state = 'rejected', reason = $2
		WHERE id = $1 AND state IN ('waiting', 'approved')`, text(reason))
}

// UseApproval takes an approved plan for this run alone, which may retry. Errors: ErrNotApproved, ErrUnknownRun.
func (s *Store) UseApproval(ctx context.Context, plan, run string) error {
	return s.changeRun(ctx, plan, ErrNotApproved, `UPDATE runs SET state = 'done', reason = $2
		WHERE id = $1 AND (state = 'approved' OR approved_at <> 0 AND state = 'done' AND reason = $2)`, usedBy(run))
}

func usedBy(run string) string { return "carried out by run " + run }

// IsFor reports whether the run's plan is approved and free to be carried out by a run, or was taken by that run.
func (r Run) IsFor(run string) bool {
	return r.State == RunApproved || r.Approval != nil && r.State == RunDone && r.Reason == usedBy(run)
}

// giveBack makes a plan that a run took approved again.
func (s *Store) giveBack(ctx context.Context, tx *sql.Tx, plan, run, why string) error {
	_, err := tx.ExecContext(ctx, `UPDATE runs SET state = 'approved', reason = $3
		WHERE id = $1 AND approved_at <> 0 AND state = 'done' AND reason = $2`, plan, usedBy(run), text(why))
	return err
}

// SettlePlans ends the plans that may no longer be approved or carried out at a time: a newer plan of the job
// supersedes a waiting one, and one that is too old expires, approved or not.
func (s *Store) SettlePlans(ctx context.Context, now time.Time) error {
	var open bool
	err := s.reads.QueryRowContext(ctx,
		`SELECT EXISTS (SELECT 1 FROM runs WHERE state IN ('waiting', 'approved'))`).Scan(&open)
	if err == nil && open {
		err = s.inTransaction(ctx, s.synced, func(tx *sql.Tx) error { return settlePlans(ctx, tx, now) })
	}
	return s.failed("settle the plans in", err)
}

func settlePlans(ctx context.Context, tx *sql.Tx, now time.Time) error {
	if err := supersede(ctx, tx, now); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE runs SET state = 'expired', reason = CASE state
			WHEN 'waiting' THEN 'expired: not approved in time' ELSE 'expired: approved, but not carried out in time' END
		WHERE state IN ('waiting', 'approved') AND `+tooOld("$1"), micros(now))
	return err
}

// newerPlan is the condition that the plan n replaces the one of the row. The order of creation decides; a plan from the
// future was made by a wrong clock and replaces none. Its parameter $1 is the latest time that a right clock shows.
const newerPlan = `n.job = runs.job AND n.action = 'plan' AND n.id <> runs.id AND n.ended > 0
	AND n.state IN ('waiting', 'approved', 'rejected', 'superseded', 'expired', 'done') AND n.created <= $1
	AND ((n.created, n.id) > (runs.created, runs.id) OR runs.created > $1)`

// supersede ends waiting plans that a newer plan of their job replaces, even if that one has nothing to do.
func supersede(ctx context.Context, tx *sql.Tx, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE runs SET state = 'superseded', reason = 'superseded by run ' ||
			(SELECT n.id FROM runs n WHERE `+newerPlan+` ORDER BY n.created DESC, n.id DESC LIMIT 1)
		WHERE state = 'waiting' AND job <> '' AND EXISTS (SELECT 1 FROM runs n WHERE `+newerPlan+`)`,
		micros(now.Add(ClockSlack)))
	return err
}
