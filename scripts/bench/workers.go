package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/acfix/acfix/mockdevice"
)

// workerCounts are how many "acfix worker" processes share the work.
var workerCounts = []int{1, 2, 3}

// postgresParallel is how many devices a run works on at a time, on any number of workers.
const postgresParallel = 32

// shared is one measurement of plan and apply over PostgreSQL.
type shared struct {
	walls        map[string]time.Duration // by task
	transactions float64                  // for each device, of all tasks
}

// postgres compares one process with SQLite against workers that share PostgreSQL.
func (b *bencher) postgres(ctx context.Context) (err error) {
	fmt.Fprintf(b.stdout, "\n## PostgreSQL and workers, %d devices\n\n", b.postgresDevices)
	server, err := startDatabase(ctx, b.postgresServer, debianPrograms)
	if errors.Is(err, errNoPostgres) {
		fmt.Fprintf(b.stdout, "Not measured: %s.\n", err)
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	f, err := b.startFleet(ctx, b.postgresDevices, slices.Max(b.latencies), mockdevice.IdentityRSA)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.stop()) }()
	jobs, err := b.writeJobs(f)
	if err != nil {
		return err
	}
	alone, with, err := b.takeTurns(ctx, server, f, jobs)
	if err != nil {
		return err
	}
	b.workerTable(alone, with)
	return nil
}

// takeTurns measures one process and each number of workers as often as required.
func (b *bencher) takeTurns(ctx context.Context, server *database, f *fleet, jobs string) (map[string][]cost,
	map[int][]shared, error) {
	alone, with := map[string][]cost{}, map[int][]shared{}
	for range b.runs {
		for _, task := range b.tasks {
			fmt.Fprintf(b.stderr, "SQLite: %s, %d devices\n", task, f.devices)
			spent, err := b.onSQLite(ctx, f, task, jobs)
			if err != nil {
				return nil, nil, err
			}
			alone[task] = append(alone[task], spent)
		}
		for _, workers := range workerCounts {
			fmt.Fprintf(b.stderr, "PostgreSQL: workers: %d, devices: %d\n", workers, f.devices)
			one, err := b.onPostgres(ctx, server, f, workers, jobs)
			if err != nil {
				return nil, nil, fmt.Errorf("PostgreSQL, workers: %d: %w", workers, err)
			}
			with[workers] = append(with[workers], one)
		}
	}
	return alone, with, nil
}

func (b *bencher) workerTable(alone map[string][]cost, with map[int][]shared) {
	fmt.Fprint(b.stdout, "| task | store | workers | wall s | speed × one process | transactions/device |\n",
		"|---|---|--:|--:|--:|--:|\n")
	for _, task := range b.tasks {
		one := median(alone[task]).wall
		fmt.Fprintf(b.stdout, "| %s | SQLite | one process | %.2f | 1.00 | |\n", task, one.Seconds())
		for _, workers := range workerCounts {
			took := middle(with[workers], func(s shared) time.Duration { return s.walls[task] })
			fmt.Fprintf(b.stdout, "| %s | PostgreSQL | %d | %.2f | %.2f | |\n", task, workers, took.Seconds(), ratio(one, took))
			b.figures[figure{part: "postgres", task: task, workers: workers, quantity: speed}] = ratio(one, took)
		}
	}
	both := strings.Join(b.tasks, " + ")
	for _, workers := range workerCounts {
		n := middle(with[workers], func(s shared) float64 { return s.transactions })
		fmt.Fprintf(b.stdout, "| %s | PostgreSQL | %d | | | %.1f |\n", both, workers, n)
		b.figures[figure{part: "postgres", task: both, workers: workers, quantity: transactions}] = n
	}
}

// writeJobs writes a jobs file with a job for each task, which never comes due while the benchmark runs.
func (b *bencher) writeJobs(f *fleet) (string, error) {
	jobs := "jobs:\n"
	for _, task := range b.tasks {
		jobs += fmt.Sprintf("  - name: %[1]s\n    schedule: \"0 0 29 2 *\"\n    time_zone: UTC\n    action: %[1]s\n"+
			"    inventory: %[2]s\n    parallel: %[3]d\n    batch: \"100%%\"\n", task, f.inventory, postgresParallel)
	}
	file := filepath.Join(b.folder, "jobs.yaml")
	return file, os.WriteFile(file, []byte(jobs), 0o600)
}

func (b *bencher) onSQLite(ctx context.Context, f *fleet, task, jobs string) (cost, error) {
	if err := f.reset(ctx); err != nil {
		return cost{}, err
	}
	folder, err := os.MkdirTemp(b.folder, "sqlite-*")
	if err != nil {
		return cost{}, err
	}
	defer os.RemoveAll(folder)
	command := exec.CommandContext(ctx, b.acfix, "job", "run", task, "--jobs", jobs, "-q", "-o", "json")
	command.Env = environment(folder)
	spent, err := measure(ctx, command)
	if err != nil {
		return cost{}, err
	}
	return spent, f.served(ctx, task)
}

// served returns an error unless all devices are as a task leaves them.
func (f *fleet) served(ctx context.Context, task string) error {
	counts, err := f.counts(ctx)
	if err != nil {
		return err
	}
	return complete(task, f.devices, counts)
}

// onPostgres lets "acfix serve" begin the runs, and that many workers do them.
func (b *bencher) onPostgres(ctx context.Context, server *database, f *fleet, workers int, jobs string) (one shared,
	err error) {
	name, err := server.fresh(ctx)
	if err != nil {
		return one, err
	}
	folder, err := os.MkdirTemp(b.folder, "postgres-*")
	if err != nil {
		return one, err
	}
	defer os.RemoveAll(folder)
	c := cluster{program: b.acfix, store: server.url(name), folder: folder}
	_, err = c.serve(ctx, jobs) // makes the tables, which must not be counted
	if err = errors.Join(err, c.stop()); err != nil {
		return one, err
	}
	before, err := server.transactions(ctx, name)
	if err != nil {
		return one, err
	}
	polls := 0
	one.walls, polls, err = b.throughCluster(ctx, &c, server, name, f, workers, jobs)
	if err := errors.Join(err, c.stop()); err != nil {
		return one, err
	}
	after, err := server.transactions(ctx, name)
	one.transactions = float64(after-before-polls) / float64(f.devices)
	return one, err
}

// throughCluster returns the wall time of each task, and how often it asked the database about it.
func (b *bencher) throughCluster(ctx context.Context, c *cluster, server *database, name string, f *fleet,
	workers int, jobs string) (walls map[string]time.Duration, polls int, err error) {
	pages, err := c.serve(ctx, jobs)
	if err != nil {
		return nil, 0, err
	}
	for range workers {
		if _, err := c.start(ctx, "working", "worker", "-i", f.inventory); err != nil {
			return nil, 0, err
		}
	}
	walls = map[string]time.Duration{}
	for _, task := range b.tasks {
		if err := f.reset(ctx); err != nil {
			return nil, 0, err
		}
		begun := time.Now()
		if err := startJob(ctx, pages, task); err != nil {
			return nil, 0, err
		}
		ended, asked, err := server.ended(ctx, name, task)
		if err == nil {
			err = f.served(ctx, task)
		}
		if err != nil {
			return nil, 0, fmt.Errorf("%s: %w", task, err)
		}
		walls[task], polls = ended.Sub(begun), polls+asked
	}
	return walls, polls, nil
}
