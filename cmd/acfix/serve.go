package main

import (
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/fleet/worker"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/usage"
	"github.com/spf13/cobra"
)

func (a *app) serveCommand() *cobra.Command {
	var flags serveFlags
	command := &cobra.Command{
		Use:   "serve --jobs FILE",
		Short: "Run jobs by their schedules, here or on many machines",
		Long: `serve starts the runs of a jobs file on schedule, and resumes runs that a dead process left
behind. With a PostgreSQL store any number of serve processes may run: each planned time
starts one run, and all of them work on its devices, as "acfix worker" does.

The first Ctrl-C or SIGTERM finishes the devices in progress; the next serve does the rest.`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return a.serve(flags) },
	}
	flags.register(a, command.Flags())
	flags.http.register(command.Flags())
	return command
}

func (a *app) serve(flags serveFlags) error {
	if err := a.strict(); err != nil {
		return err
	}
	jobs, err := a.readJobs(flags.jobs)
	if err != nil {
		return err
	}
	if err := a.refuseInventories(jobs); err != nil {
		return err
	}
	opened, err := a.openStore()
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }()
	service := newService(a, opened, jobs)
	service.workers = flags.workers
	a.ownPolicy = jobs.policyOfRun
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
	a.warnOfInventories(a.inventoryProblems(jobs))
	a.notifier(jobs).Check()
	return service.scheduler.Work(ctx)
}

func (a *app) workerCommand() *cobra.Command {
	var flags serveFlags
	command := &cobra.Command{
		Use:   "worker --store postgres://... -i FILE",
		Short: "Work on the devices of other machines' runs",
		Long: `worker takes devices of runs that "acfix serve" has begun, one lease each. It touches only
devices of its own inventory, at the addresses given there.

A device has one worker at a time. When a worker dies, another one reads its devices again and
finishes them once the lease has expired; a frozen worker that wakes up writes nothing more.`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return a.worker(flags) },
	}
	flags.register(a, command.Flags())
	flags.settings = run.DefaultSettings()
	bind(command.Flags(), &flags.settings, usages{"trust-policy": policyUsages["trust-policy"]})
	command.Flags().StringVarP(&flags.inventory, "inventory", "i", "",
		"file with the devices that this worker may touch; or --jobs with the file of the scheduler")
	command.Flags().StringVar(&flags.health, "health-listen", listenNowhere,
		"address for /healthz and /readyz in plain HTTP, such as 0.0.0.0:8081; nothing else is served there")
	return command
}

func (a *app) worker(flags serveFlags) error {
	if err := a.strict(); err != nil {
		return err
	}
	inventory := func(store.Run) (string, error) { return flags.inventory, nil }
	switch {
	case flags.workers < 1:
		return usage.Errorf("a worker works on one device at least").Hint("give --workers 1 or more")
	case flags.inventory == "" && flags.jobs == "":
		return usage.Errorf("a worker needs an inventory of its own").Hint("give -i FILE, or --jobs FILE")
	case flags.inventory == "" && flags.settings.TrustPolicy.Given:
		return usage.Errorf("--trust-policy is for a worker with -i").Hint("a job says it by its key trust_policy")
	case flags.inventory == "":
		jobs, err := a.readJobs(flags.jobs)
		if err != nil {
			return err
		}
		if err := a.refuseInventories(jobs); err != nil {
			return err
		}
		inventory, a.ownPolicy = jobs.inventoryOf, jobs.policyOfRun
	default:
		read, err := a.readInventory(connection{inventory: flags.inventory})
		if err != nil {
			return err
		}
		if err := a.refuseInventory(flags.inventory); err != nil {
			return err
		}
		if err := a.policyProblem(flags.settings, read); err != nil {
			return err
		}
		a.ownPolicy = func(store.Run) run.Settings { return flags.settings }
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
	flags.say = func(line string) { a.say("%s", line) }
	stopQueue, err := a.work(opened, flags, inventory, &taken)
	if err != nil {
		return err
	}
	ended, err := a.answerProbes(flags, opened)
	if err != nil {
		stopQueue()
		return err
	}
	a.say("working; Ctrl-C finishes the devices in progress")
	<-a.stop
	stopQueue()
	ended()
	return nil
}
