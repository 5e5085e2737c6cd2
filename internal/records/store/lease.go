package store

import (
	"context"
	"slices"
	"time"
)

// Lease is the exclusive right to write to a device or to control a run, across all machines, until
// it ends or is renewed. Holder identifies exactly one process.
type Lease struct {
	Device string // "" for the lease of a run's controller
	Holder string
	Run    string
	Epoch  int64 // rises with every new lease of the same device or run
}

// scope separates the names of devices and runs; "" means no lease.
func (l Lease) scope() (scope, name string) {
	switch {
	case l == Lease{}:
		return "", ""
	case l.Device == "":
		return "run", l.Run
	default:
		return "device", l.Device
	}
}

// key returns the values that identify a lease in a statement: $1 to $5.
func (l Lease) key() []any {
	scope, name := l.scope()
	return []any{scope, name, l.Holder, l.Run, l.Epoch}
}

// owned is the condition that no other process has taken over the lease of key; valid adds that it has not ended.
const (
	owned = `scope = $1 AND name = $2 AND holder = $3 AND run = $4 AND epoch = $5`
	valid = owned + ` AND expires > {now}`
)

// fence begins a statement that a lease guards, and unfenced is its condition; fenceKept is the same for a lease that
// may have ended, unless another process has taken it over. The lease's row is locked until the statement is
// complete: the next holder reads everything that was written under it.
const (
	fence     = `WITH fence AS MATERIALIZED (SELECT 1 FROM leases WHERE ` + valid + ` {share}) `
	fenceKept = `WITH fence AS MATERIALIZED (SELECT 1 FROM leases WHERE ` + owned + ` {share}) `
	unfenced  = `($1 = '' OR EXISTS (SELECT 1 FROM fence))`
)

// Acquire takes the lease of a device unless another process has it; ErrHeld.
func (s *Store) Acquire(ctx context.Context, device, holder, run string, ttl time.Duration) (Lease, error) {
	return s.acquire(ctx, Lease{Device: device, Holder: holder, Run: run}, ttl)
}

// AcquireRun takes the lease of a run's controller unless another process has it; ErrHeld.
func (s *Store) AcquireRun(ctx context.Context, run, holder string, ttl time.Duration) (Lease, error) {
	return s.acquire(ctx, Lease{Holder: holder, Run: run}, ttl)
}

func (s *Store) acquire(ctx context.Context, lease Lease, ttl time.Duration) (Lease, error) {
	taken, err := s.acquireAll(ctx, []Lease{lease}, ttl, nil)
	if err != nil {
		return Lease{}, err
	}
	if len(taken) == 0 {
		return Lease{}, ErrHeld
	}
	return taken[0], nil
}

const acquiring = `INSERT INTO leases (scope, name, holder, run, epoch, expires)
	VALUES ($1, $2, $3, $4, 1, {now} + $5)
	ON CONFLICT (scope, name) DO UPDATE
	SET holder = $3, run = $4, epoch = leases.epoch + 1, expires = {now} + $5
	WHERE leases.expires <= {now}
	RETURNING epoch`

// acquireAll takes what it can get of the leases in one transaction, and returns those that it got. The transaction
// ends with the statement then, unless that is nil.
func (s *Store) acquireAll(ctx context.Context, leases []Lease, ttl time.Duration, then *command) (taken []Lease,
	err error) {
	commands, epochs := make([]*command, len(leases)), make([]int64, len(leases))
	for i, lease := range leases {
		scope, name := lease.scope()
		values := []any{scope, name, lease.Holder, lease.Run, ttl.Microseconds()}
		epoch := func(row scanner) error { return row.Scan(&epochs[i]) }
		commands[i] = &command{text: acquiring, values: values, read: epoch}
	}
	all := commands
	if then != nil {
		all = append(slices.Clone(commands), then)
	}
	if err := s.commit(ctx, false, all...); err != nil {
		return nil, s.failed("take a lease in", err)
	}
	for i, lease := range leases {
		if commands[i].changed > 0 {
			lease.Epoch = epochs[i]
			taken = append(taken, lease)
		}
	}
	return taken, nil
}

// Renew extends a lease that has not ended; ErrFenced.
func (s *Store) Renew(ctx context.Context, lease Lease, ttl time.Duration) error {
	return s.changeLease(ctx, lease, `{now} + $6`, valid, ttl.Microseconds())
}

// Regain revives a lease that has ended, unless another process has had it since; ErrFenced. It is for bookkeeping
// leases and never for a device: a process that lost a device's lease must not continue writing.
// docs/design/records.md: A device lease is never taken up again
func (s *Store) Regain(ctx context.Context, lease Lease, ttl time.Duration) error {
	return s.changeLease(ctx, lease, `{now} + $6`, owned, ttl.Microseconds())
}

// Release ends a lease; ErrFenced if it had already ended.
func (s *Store) Release(ctx context.Context, lease Lease) error {
	return s.changeLease(ctx, lease, `{now} + $6`, valid, 0)
}

func (s *Store) changeLease(ctx context.Context, lease Lease, expires, which string, value int64) error {
	changed, err := s.execute(ctx, s.writes, `UPDATE leases SET expires = `+expires+` WHERE `+which,
		append(lease.key(), value)...)
	if err != nil || changed > 0 {
		return s.failed("change a lease in", err)
	}
	return ErrFenced
}

// extending sets when a valid lease ends: in $6 microseconds.
const extending = `UPDATE leases SET expires = {now} + $6 WHERE ` + valid

func extensions(leases []Lease, ttl time.Duration) []*command {
	commands := make([]*command, len(leases))
	for i, lease := range leases {
		commands[i] = &command{text: extending, values: append(lease.key(), ttl.Microseconds())}
	}
	return commands
}

// renewAll extends the leases that have not ended, in one transaction of their own: other writes must not delay it.
func (s *Store) renewAll(ctx context.Context, leases []Lease, ttl time.Duration) (extended map[Lease]bool, err error) {
	commands := extensions(leases, ttl)
	if err := s.attempt(ctx, &portion{commands: commands}); err != nil {
		return nil, s.failed("change a lease in", err)
	}
	extended = map[Lease]bool{}
	for i, lease := range leases {
		extended[lease] = commands[i].changed > 0
	}
	return extended, nil
}

// releaseAll ends the leases that have not ended.
func (s *Store) releaseAll(ctx context.Context, leases []Lease) error {
	return s.failed("change a lease in", s.commit(ctx, false, extensions(leases, 0)...))
}

// Orphans returns the running runs whose controller's lease has ended, newest first. It leaves out
// runs that never had a lease: nothing shows whether their process is alive.
func (s *Store) Orphans(ctx context.Context) ([]Run, error) {
	runs, err := s.selectRuns(ctx, `WHERE state = 'running' AND EXISTS (
		SELECT 1 FROM leases WHERE scope = 'run' AND name = runs.id AND expires <= {now})
		ORDER BY created DESC, id DESC`)
	return runs, s.failed("read the runs from", err)
}

// LeaseEnd returns when the lease of a run's controller ended or will end; zero if it never had one.
func (s *Store) LeaseEnd(ctx context.Context, run string) (time.Time, error) {
	var expires int64
	err := s.reads.QueryRowContext(ctx,
		`SELECT coalesce(max(expires), 0) FROM leases WHERE scope = 'run' AND name = $1`, run).Scan(&expires)
	return moment(expires), s.failed("read a lease from", err)
}

// HasController reports whether a run is running and has a controller now.
func (s *Store) HasController(ctx context.Context, run string) (led bool, err error) {
	query := s.sql(`SELECT EXISTS (SELECT 1 FROM runs JOIN leases ON leases.name = runs.id
		WHERE runs.id = $1 AND runs.state = 'running' AND leases.scope = 'run' AND leases.expires > {now})`)
	err = s.reads.QueryRowContext(ctx, query, run).Scan(&led)
	return led, s.failed("read the run from", err)
}
