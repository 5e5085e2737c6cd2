package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/acfix/acfix/internal/gather"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// Ticket is work on one device of a run.
type Ticket struct {
	Run   string `json:"run"`
	Place int    `json:"place"` // of the device in the run
}

// Kind is River's name for these tasks.
func (Ticket) Kind() string { return "acfix_device" }

// QueueOptions say what a queue is opened for.
type QueueOptions struct {
	// Workers is how many tasks this process works on at a time, of all runs; 0 only hands out.
	// docs/design/fleet.md: A run has one bound, each worker another
	Workers int
	// Work does one task. Its context ends when the queue is stopped at once.
	Work func(context.Context, Ticket)
	Log  *slog.Logger
	// Listen is the store's.
	Listen Listening
	// LookAgain is how often a worker looks for tasks that it did not hear of; with 0, every second.
	LookAgain time.Duration
}

// Queue hands tasks out, and takes them if it was opened for that.
type Queue struct {
	client *river.Client[pgx.Tx]
	works  bool
	news   *News
	offers *gather.Gatherer[*offered]
}

// offered is a task that is being handed out.
type offered struct {
	task Ticket
	err  error
}

const (
	// fetchAgain is how soon River looks for tasks again after it has looked. Each worker looks, so it is not zero;
	// River's own pause is as long as a device takes to be read.
	fetchAgain = 40 * time.Millisecond
	// offerWindow and mostOffered bound what is handed out at once.
	offerWindow = 8 * time.Millisecond
	mostOffered = 256
	// longestOffer is how long one attempt to hand out may take.
	longestOffer = time.Minute
)

// Open creates River's tables or brings them up to date, and opens the queue.
func Open(ctx context.Context, pool *pgxpool.Pool, options QueueOptions) (*Queue, error) {
	if err := migrate(ctx, pool, options.Log); err != nil {
		return nil, fmt.Errorf("prepare the queue: %w", err)
	}
	// River announces no task within the client's own pause after another one; a worker would find it a second later.
	config := &river.Config{
		Logger: options.Log, JobTimeout: -1, FetchCooldown: river.FetchCooldownMin, FetchPollInterval: options.LookAgain,
	}
	if options.Workers > 0 {
		config.Workers = river.NewWorkers()
		river.AddWorker(config.Workers, river.WorkFunc(func(ctx context.Context, job *river.Job[Ticket]) error {
			options.Work(ctx, job.Args)
			return nil
		}))
		config.Queues = map[string]river.QueueConfig{
			river.QueueDefault: {MaxWorkers: options.Workers, FetchCooldown: fetchAgain},
		}
	}
	client, err := river.NewClient(riverpgxv5.New(pool), config)
	if err != nil {
		return nil, fmt.Errorf("open the queue: %w", err)
	}
	q := &Queue{client: client, works: options.Workers > 0, news: newNews(options.Listen)}
	q.offers = gather.New(offerWindow, mostOffered, 1, q.insert)
	return q, nil
}

// migrationLock is the advisory lock of processes that migrate River's tables.
const migrationLock = 0x61636678 // "acfx"

// migrate lets one process at a time migrate, because River's migration takes several transactions.
func migrate(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) (err error) {
	connection, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer connection.Release()
	if _, err := connection.Exec(ctx, "SELECT pg_advisory_lock($1)", migrationLock); err != nil {
		return err
	}
	defer func() {
		_, unlock := connection.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", migrationLock)
		err = errors.Join(err, unlock)
	}()
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Logger: log})
	if err != nil {
		return err
	}
	_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

// Start starts taking tasks.
func (q *Queue) Start(ctx context.Context) error {
	if !q.works {
		return nil
	}
	if err := q.client.Start(ctx); err != nil {
		return fmt.Errorf("start the queue: %w", err)
	}
	return nil
}

// Stop takes no further task and waits for those in progress. When ctx ends first, it cancels them.
func (q *Queue) Stop(ctx context.Context) error {
	q.news.close()
	if !q.works {
		return nil
	}
	err := q.client.Stop(ctx)
	if err != nil && ctx.Err() != nil {
		err = q.client.StopAndCancel(context.WithoutCancel(ctx))
	}
	return err
}

// News returns what says that a task has changed.
func (q *Queue) News() *News { return q.news }

// Add hands a task out, together with others. River never retries it: the controller adds another one if no worker
// finishes it.
func (q *Queue) Add(ctx context.Context, task Ticket) error {
	own := &offered{task: task}
	select {
	case <-q.offers.Add(own):
		return own.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (q *Queue) insert(all []*offered) {
	ctx, cancel := context.WithTimeout(context.Background(), longestOffer)
	defer cancel()
	jobs := make([]river.InsertManyParams, len(all))
	for i, one := range all {
		jobs[i] = river.InsertManyParams{Args: one.task, InsertOpts: &river.InsertOpts{MaxAttempts: 1}}
	}
	if _, err := q.client.InsertManyFast(ctx, jobs); err != nil {
		for _, one := range all {
			one.err = fmt.Errorf("hand out a task: %w", err)
		}
	}
}
