package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// RunState is the progress of a run.
type RunState string

// The states of a run. A waiting run needs a person's approval, an approved one has it.
const (
	RunRunning     RunState = "running"
	RunPaused      RunState = "paused" // its change window closed, and it resumes when the window opens again
	RunWaiting     RunState = "waiting"
	RunApproved    RunState = "approved"
	RunRejected    RunState = "rejected"   // a person refused the plan
	RunSuperseded  RunState = "superseded" // a newer plan of the job replaced a waiting one
	RunExpired     RunState = "expired"    // the plan was too old before it was carried out
	RunDone        RunState = "done"
	RunStopped     RunState = "stopped" // by its budget or window
	RunInterrupted RunState = "interrupted"
	RunFailed      RunState = "failed"
)

// RunStates lists the states in the order of a run's life.
func RunStates() []RunState {
	return []RunState{
		RunRunning, RunPaused, RunWaiting, RunApproved, RunRejected, RunSuperseded, RunExpired,
		RunDone, RunStopped, RunInterrupted, RunFailed,
	}
}

// Run is one plan, apply, dry run or backup of a number of devices.
type Run struct {
	ID             string
	Action         string    // plan, apply, dry_run, backup
	Job            string    // name of the scheduled job, or ""
	Due            time.Time // when the schedule wanted it, or zero
	State          RunState  // CreateRun sets RunRunning if it is empty
	Created, Ended time.Time
	Acfix, Host    string
	PlanRun        string          // the run whose approved plan this one carries out
	Order          json.RawMessage // what was asked for
	Header         json.RawMessage // head of the run's document
	Exit           *int
	Reason         string // why it was stopped, for people
	Approval       *Approval
	// MaxAge is how long after its creation the run's plan may be approved and carried out; 0 is DefaultMaxAge.
	MaxAge       time.Duration
	Pruned       int    // how many of its devices Prune has deleted
	Person       string // user@host; "" for a run of an acfix that did not know
	Flags        []string
	Inventory    string // as it was named; "" for none
	InventorySHA string // SHA-256 of its bytes, hex
	// OtherPolicy: a command's run by another policy than the fleet's own. What it finds is in its report alone; lists of
	// devices show of it what it wrote to.
	OtherPolicy bool
}

// CreateRun makes a run and its devices, with any plans they already have, or nothing. ErrExists:
// the ID is taken, or the job has a run for this scheduled time.
func (s *Store) CreateRun(ctx context.Context, run Run, devices []Device) error {
	err := s.inTransaction(ctx, s.synced, func(tx *sql.Tx) error { return s.insertAll(ctx, tx, run, devices) })
	return s.failed("create the run in", err)
}

func (s *Store) insertAll(ctx context.Context, tx *sql.Tx, run Run, devices []Device) error {
	if err := s.insertRun(ctx, tx, run); err != nil {
		return err
	}
	for start := 0; start < len(devices); start += insertedAtOnce {
		part := devices[start:min(start+insertedAtOnce, len(devices))]
		if err := s.insertDevices(ctx, tx, run, part); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) insertRun(ctx context.Context, tx *sql.Tx, run Run) error {
	if run.State == "" {
		run.State = RunRunning
	}
	approval := Approval{}
	if run.Approval != nil {
		approval = *run.Approval
	}
	flags, err := listText(run.Flags)
	if err != nil {
		return err
	}
	result, err := tx.ExecContext(ctx, `INSERT INTO runs (`+runColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)
		ON CONFLICT DO NOTHING`,
		run.ID, run.Action, text(run.Job), micros(run.Due), run.State, micros(run.Created), micros(run.Ended),
		run.Acfix, text(run.Host), run.PlanRun, document(run.Order), document(run.Header), run.Exit, text(run.Reason),
		text(approval.Name), micros(approval.Time), text(approval.Change), run.MaxAge.Microseconds(),
		run.Pruned, text(run.Person), flags, text(run.Inventory), run.InventorySHA, number(run.OtherPolicy))
	if err != nil {
		return err
	}
	inserted, err := result.RowsAffected()
	if err != nil || inserted > 0 {
		return err
	}
	return ErrExists
}

const runColumns = `id, action, job, due, state, created, ended, acfix, host, plan_run,
	asked, header, exit, reason, approved_by, approved_at, approved_change, max_age,
	pruned, person, flags, inventory, inventory_sha256, other_policy`

// shortest is the minimum length of an abbreviated run ID.
const shortest = 4

// Run finds a run by its ID or by a unique prefix of at least four characters. Errors: ErrUnknownRun, ErrAmbiguous.
func (s *Store) Run(ctx context.Context, id string) (Run, error) {
	runs, err := s.selectRuns(ctx, `WHERE id = $1`, id)
	if err == nil && len(runs) == 0 && len(id) >= shortest {
		runs, err = s.selectRuns(ctx, `WHERE substr(id, 1, length($1)) = $1 LIMIT 2`, id)
	}
	switch {
	case err != nil:
		return Run{}, s.failed("read the run from", err)
	case len(runs) == 0:
		return Run{}, fmt.Errorf("%w: %q", ErrUnknownRun, id)
	case len(runs) > 1:
		return Run{}, fmt.Errorf("%w: %q", ErrAmbiguous, id)
	}
	return runs[0], nil
}

// Filter selects runs; empty fields match all.
type Filter struct {
	Job, Action, State string
	// URLs selects the runs that read or ended a device at one of these addresses.
	URLs []string
	// Deciding selects the runs that decide what devices need, by the fleet's own policy.
	Deciding bool
	Limit    int
}

// Runs returns the runs that the filter selects, newest first.
func (s *Store) Runs(ctx context.Context, filter Filter) ([]Run, error) {
	query := `WHERE ($1 = '' OR job = $1) AND ($2 = '' OR action = $2) AND ($3 = '' OR state = $3)`
	values := []any{filter.Job, filter.Action, filter.State}
	if len(filter.URLs) > 0 {
		urls := listOf(len(values)+1, len(filter.URLs))
		query += ` AND id IN (SELECT run FROM run_devices WHERE url IN (` + urls + `) AND ` + isEnded + `
			UNION SELECT run FROM run_devices WHERE url IN (` + urls + `) AND ` + isRead + `)`
		values = append(values, anyOf(filter.URLs)...)
	}
	if filter.Deciding {
		query += ` AND action IN ('plan', 'apply', 'dry_run') AND other_policy = 0`
	}
	query += ` ORDER BY created DESC, id DESC`
	if filter.Limit > 0 {
		query += fmt.Sprintf(" LIMIT %d", filter.Limit)
	}
	runs, err := s.selectRuns(ctx, query, values...)
	return runs, s.failed("read the runs from", err)
}

func (s *Store) selectRuns(ctx context.Context, which string, values ...any) ([]Run, error) {
	return selectAll(ctx, s, scanRun, `SELECT `+runColumns+` FROM runs `+which, values...)
}

func scanRun(row scanner) (run Run, err error) {
	var due, created, ended, approvedAt, maxAge, otherPolicy int64
	var exit sql.Null[int]
	var flags []byte
	approval := Approval{}
	err = row.Scan(&run.ID, &run.Action, &run.Job, &due, &run.State, &created, &ended,
		&run.Acfix, &run.Host, &run.PlanRun, (*[]byte)(&run.Order), (*[]byte)(&run.Header), &exit, &run.Reason,
		&approval.Name, &approvedAt, &approval.Change, &maxAge,
		&run.Pruned, &run.Person, &flags, &run.Inventory, &run.InventorySHA, &otherPolicy)
	if err == nil && flags != nil {
		err = json.Unmarshal(flags, &run.Flags)
	}
	run.OtherPolicy = otherPolicy == 1
	run.MaxAge = time.Duration(maxAge) * time.Microsecond
	run.Due = moment(due)
	run.Created, run.Ended = moment(created), moment(ended)
	if exit.Valid {
		run.Exit = &exit.V
	}
	if approval.Name != "" || approvedAt != 0 {
		approval.Time = moment(approvedAt)
		run.Approval = &approval
	}
	return run, err
}

// Reopen makes a run running again, to resume it. Errors: ErrUnknownRun; ErrNotResumable if it
// waits for approval, or has or had it, or was refused it: the record of what was decided must not change; ErrRejected
// if a person ended it or rejected the plan that it carries out; ErrPruned.
func (s *Store) Reopen(ctx context.Context, id string) error {
	err := s.changeRun(ctx, id, ErrNotResumable, `UPDATE runs
		SET state = 'running', ended = 0, exit = NULL, reason = ''
		WHERE id = $1 AND state NOT IN ('waiting', 'rejected', 'superseded', 'expired') AND approved_at = 0 AND pruned = 0
		AND NOT (state = 'stopped' AND reason LIKE '`+rejectedBy+`%')
		AND NOT EXISTS (SELECT 1 FROM runs planned WHERE planned.id = runs.plan_run AND planned.state = 'rejected')`)
	if !errors.Is(err, ErrNotResumable) {
		return err
	}
	run, found := s.Run(ctx, id)
	switch {
	case found != nil:
		return err
	case run.Pruned > 0:
		return ErrPruned
	case run.EndedByPerson() || run.PlanRun != "" && run.State != RunRejected:
		return ErrRejected
	default:
		return err
	}
}

// changeRun returns otherwise if the run exists but the statement did not change it.
func (s *Store) changeRun(ctx context.Context, id string, otherwise error, statement string, values ...any) error {
	changed, err := s.execute(ctx, s.synced, statement, append([]any{id}, values...)...)
	if err != nil || changed > 0 {
		return s.failed("change the run in", err)
	}
	if err := s.hasRun(ctx, id); err != nil {
		return err
	}
	return otherwise
}

func (s *Store) hasRun(ctx context.Context, id string) error {
	var one int
	err := s.reads.QueryRowContext(ctx, `SELECT 1 FROM runs WHERE id = $1`, id).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%w: %q", ErrUnknownRun, id)
	}
	return s.failed("read the run from", err)
}

// scanner is a row that can be read once.
type scanner interface{ Scan(into ...any) error }

func selectAll[T any](ctx context.Context, s *Store, scan func(scanner) (T, error), query string,
	values ...any) ([]T, error) {
	rows, err := s.reads.QueryContext(ctx, s.sql(query), values...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// rowsOf writes the placeholders of n rows of the given width.
func rowsOf(n, width int) string {
	var all strings.Builder
	for i := range n * width {
		switch {
		case i == 0:
			all.WriteString("(")
		case i%width == 0:
			all.WriteString("), (")
		default:
			all.WriteString(", ")
		}
		fmt.Fprintf(&all, "$%d", i+1)
	}
	return all.String() + ")"
}

// listOf writes n placeholders, the first with the given number.
func listOf(first, n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("$%d", first+i)
	}
	return strings.Join(all, ", ")
}
