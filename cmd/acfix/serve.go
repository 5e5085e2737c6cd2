package main

import (
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
