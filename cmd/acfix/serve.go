package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/acfix/acfix/internal/fleet/worker"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/usage"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// serveFlags are those of serve and worker.
type serveFlags struct {
	jobs      string
	inventory string
	workers   int
	http      httpFlags // of serve alone
}

func (f *serveFlags) register(a *app, flags *pflag.FlagSet) {
	flags.StringVar(&f.jobs, "jobs", "", "the jobs file")
	flags.IntVar(&f.workers, "workers", defaultParallel, "devices that this process works on at a time, with a shared store; 0 leaves them to \"acfix worker\"")
	flags.DurationVar(&a.flags.lease, "lease", store.DefaultTerm, "how long a device is held without a word to a shared store")
	a.registerRecipients(flags)
}

func (a *app) serveCommand() *cobra.Command {
	var flags serveFlags
	command := &cobra.Command{
		Use:   "serve --jobs FILE",
		Short: "Run jobs by their schedules, here or on many machines",
		Long: `serve begins the runs of a jobs file when their time comes, and goes on with runs that a
dead process left behind. With a PostgreSQL store any number of it may run: each planned
time begins one run, and all of them work on its devices, as "acfix worker" does.

The first Ctrl-C or SIGTERM finishes the devices in hand; the next serve goes on.`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return a.serve(flags) },
	}
	flags.register(a, command.Flags())
	flags.http.register(command.Flags())
	return command
}

func (a *app) serve(flags serveFlags) error {
	jobs, err := a.readJobs(flags.jobs)
	if err != nil {
		return err
	}
	opened, err := a.openStore()
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }()
	service := newService(a, opened, jobs)
	stopQueue, err := a.work(opened, flags, jobs.inventoryOf, &service.queue)
	if err != nil {
		return err
	}
	defer stopQueue()
	ctx, cancel := a.reading()
	defer cancel()
	ended, err := service.answer(ctx, flags.http)
	if err != nil {
		return err
	}
	defer func() { cancel(); ended() }()
	a.warnOfInventories(jobs)
	a.notifier(jobs).Check()
	return service.scheduler.Work(ctx)
}

// inventoryOf is the inventory of a run by our own jobs file: the store may only name it.
func (f jobFile) inventoryOf(run store.Run) (string, error) {
	found, known := f.Job(run.Job)
	if !known {
		return "", fmt.Errorf("the run's job %q is not in our jobs file", run.Job)
	}
	return f.InventoryPath(found), nil
}

// work takes tasks from the queue of a shared store; on one machine there is none.
func (a *app) work(opened *store.Store, flags serveFlags, inventory func(store.Run) (string, error), into **worker.Queue) (stop func(), err error) {
	if !opened.Shared() {
		return func() {}, nil
	}
	if flags.workers < 0 {
		return nil, usage.Errorf("--workers can't be negative").
			Hint("give a number of devices, or 0 for a scheduler that leaves them to others")
	}
	quiet := a.unattended()
	hand := &worker.Worker{
		Process: quiet.process(), Holder: quiet.holder(opened), Log: quiet.log(),
		Meet: func(kept store.Run) (worker.Met, error) { return quiet.meet(opened, kept, inventory) },
	}
	opening, err := worker.Open(a.abort, opened.Pool(), worker.QueueOptions{Workers: flags.workers, Work: hand.Attend, Log: a.queueLog()})
	if err != nil {
		return nil, err
	}
	*into = opening
	if err := opening.Start(context.WithoutCancel(a.abort)); err != nil {
		return nil, err
	}
	return func() {
		if err := opening.Stop(a.abort); err != nil {
			a.warn("stop the queue: " + err.Error())
		}
	}, nil
}

// queueLog leaves out what the queue says of a store that is away: acfix says so itself, once.
func (a *app) queueLog() *slog.Logger {
	if a.level > slog.LevelInfo {
		return slog.New(slog.DiscardHandler)
	}
	return a.log()
}

func (a *app) workerCommand() *cobra.Command {
	var flags serveFlags
	command := &cobra.Command{
		Use:   "worker --store postgres://... -i FILE",
		Short: "Work on the devices of other machines' runs",
		Long: `worker takes devices of runs that "acfix serve" has begun, one lease each. It touches only
devices of its own inventory, at the addresses that stand there.

Only one worker is ever at a device. When one dies, its devices are read again and finished
by another after the time of a lease; one that was frozen and wakes up writes nothing more.`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return a.worker(flags) },
	}
	flags.register(a, command.Flags())
	command.Flags().StringVarP(&flags.inventory, "inventory", "i", "", "file with the devices that this worker may touch; or --jobs with the file of the scheduler")
	return command
}

func (a *app) worker(flags serveFlags) error {
	inventory := func(store.Run) (string, error) { return flags.inventory, nil }
	switch {
	case flags.workers < 1:
		return usage.Errorf("a worker works on one device at least").Hint("give --workers 1 or more")
	case flags.inventory == "" && flags.jobs == "":
		return usage.Errorf("a worker needs an inventory of its own").Hint("give -i FILE, or --jobs FILE")
	case flags.inventory == "":
		jobs, err := a.readJobs(flags.jobs)
		if err != nil {
			return err
		}
		inventory = jobs.inventoryOf
	default:
		if _, err := a.roster(connection{inventory: flags.inventory}); err != nil {
			return err
		}
	}
	opened, err := a.openStore()
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }()
	if !opened.Shared() {
		return usage.Errorf("a worker needs a store that machines share").
			Hint("give --store postgres://HOST/DATABASE; on one machine \"acfix serve\" does the work itself")
	}
	var taken *worker.Queue
	stopQueue, err := a.work(opened, flags, inventory, &taken)
	if err != nil {
		return err
	}
	a.say("working; Ctrl-C finishes the devices in hand")
	<-a.stop
	stopQueue()
	return nil
}
