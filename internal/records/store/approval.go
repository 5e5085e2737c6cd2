package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
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

// rejectedBy begins the reason of a run that a person ended, and of one whose plan a person refused.
const rejectedBy = "rejected by "

// Words says who refused the plan, and why.
func (r Rejection) Words() string {
	if r.Reason == "" {
		return rejectedBy + r.Name
	}
	return rejectedBy + r.Name + ": " + r.Reason
}

// EndedByPerson reports whether a person ended the run while it was paused. Nothing resumes it.
func (r Run) EndedByPerson() bool {
	return r.State == RunStopped && strings.HasPrefix(r.Reason, rejectedBy)
}

// Reject refuses the plan of a run, also one that was approved and that no run carries out. Errors: ErrNotWaiting,
// ErrUnknownRun.
func (s *Store) Reject(ctx context.Context, id string, rejection Rejection) error {
	changed := int64(0)
	err := s.inTransaction(ctx, s.synced, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE runs SET state = 'rejected', reason = $2
			WHERE id = $1 AND state IN ('waiting', 'approved')`, id, text(rejection.Words()))
		if err != nil {
			return err
		}
		changed, err = correctedWith(ctx, tx, result)
		return err
	})
	if err != nil || changed > 0 {
		return s.failed("change the run in", err)
	}
	if err := s.hasRun(ctx, id); err != nil {
		return err
	}
	return ErrNotWaiting
}

// UseApproval takes an approved plan for this run alone, which may retry. Errors: ErrNotApproved, ErrUnknownRun.
func (s *Store) UseApproval(ctx context.Context, plan, run string) error {
	going, paused, ended := takenBy(run)
	return s.changeRun(ctx, plan, ErrNotApproved, `UPDATE runs SET state = 'done', reason = $2 WHERE id = $1
		AND (state = 'approved' OR approved_at <> 0 AND state = 'done' AND reason IN ($2, $3, $4))`, going, paused, ended)
}

// takenBy returns the reason of a plan that a run took: while the run works, while it is paused, and once it has ended.
func takenBy(run string) (going, paused, ended string) {
	return "run " + run + " carries it out", "run " + run + " carries it out and is paused", "carried out by run " + run
}

// IsFor reports whether the run's plan is approved and free to be carried out by a run, or was taken by that run.
func (r Run) IsFor(run string) bool {
	going, paused, ended := takenBy(run)
	return r.State == RunApproved || r.Approval != nil && r.State == RunDone &&
		(r.Reason == going || r.Reason == paused || r.Reason == ended)
}

// giveBack makes a plan that a run took approved again.
func (s *Store) giveBack(ctx context.Context, tx *sql.Tx, plan, run, why string) error {
	going, paused, ended := takenBy(run)
	_, err := tx.ExecContext(ctx, `UPDATE runs SET state = 'approved', reason = $2 WHERE id = $1
		AND approved_at <> 0 AND state = 'done' AND reason IN ($3, $4, $5)`, plan, text(why), going, paused, ended)
	return err
}

// noteTaken notes at a plan what became of the run that took it.
func noteTaken(ctx context.Context, tx *sql.Tx, run string, state RunState) error {
	going, paused, ended := takenBy(run)
	now := ended
	if state == RunPaused {
		now = paused
	}
	result, err := tx.ExecContext(ctx, `UPDATE runs SET reason = $2 WHERE id = (SELECT plan_run FROM runs WHERE id = $1)
		AND approved_at <> 0 AND state = 'done' AND reason IN ($3, $4, $5)`, run, now, going, paused, ended)
	if err == nil {
		_, err = correctedWith(ctx, tx, result)
	}
	return err
}

// StaysApproved are the words by which the reason of a run says that the approval of its plan is not used.
const StaysApproved = "the plan stays approved until"

// correctedWith takes these words back from the runs whose plan is approved no longer, if a statement changed plans; it
// returns how many.
func correctedWith(ctx context.Context, tx *sql.Tx, result sql.Result) (plans int64, err error) {
	if plans, err = result.RowsAffected(); err != nil || plans == 0 {
		return plans, err
	}
	_, err = tx.ExecContext(ctx, `UPDATE runs
		SET reason = replace(reason, '`+StaysApproved+`', 'the plan stayed approved then, at the longest until')
		WHERE plan_run <> '' AND reason LIKE '%`+StaysApproved+`%'
			AND NOT EXISTS (SELECT 1 FROM runs taken WHERE taken.id = runs.plan_run AND taken.state = 'approved')`)
	return plans, err
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
	result, err := tx.ExecContext(ctx, `UPDATE runs SET state = 'expired', reason = CASE state
			WHEN 'waiting' THEN 'expired: not approved in time' ELSE 'expired: approved, but not carried out in time' END
		WHERE state IN ('waiting', 'approved') AND `+tooOld("$1"), micros(now))
	if err == nil {
		_, err = correctedWith(ctx, tx, result)
	}
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
