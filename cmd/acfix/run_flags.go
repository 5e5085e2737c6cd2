package main

import (
	"time"

	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/fleet/window"
	"github.com/acfix/acfix/internal/usage"
	"github.com/spf13/pflag"
)

// runFlags say in which order and how far a run goes over its devices.
type runFlags struct {
	parallel                    int
	batch                       string
	soak, pause                 time.Duration
	maxFailures, maxUnreachable string
	window                      string
	resume                      string

	given *pflag.FlagSet
}

// What holds where no flag is given (the contract, section "Fleets").
const (
	defaultParallel    = 32
	defaultMaxFailures = 3
)

var defaultMaxUnreachable = rollout.Percent(10, 3)

func (f *runFlags) register(flags *pflag.FlagSet) {
	f.given = flags
	flags.IntVar(&f.parallel, "parallel", defaultParallel, "devices at a time")
	flags.StringVar(&f.batch, "batch", "", "waves in order, each a tag:NAME, a percentage or a count, cumulative; the rest comes last (apply on more than ten devices: "+run.DefaultBatch+")")
	flags.DurationVar(&f.soak, "soak", 0, "after a wave wait so long, then read its devices again: a lost change or a new alarm is a failure")
	flags.DurationVar(&f.pause, "pause", 0, "wait so long between waves")
	flags.StringVar(&f.maxFailures, "max-failures", "", "start no further device once more than this many, or this percentage, failed after they were written to (default 3)")
	flags.StringVar(&f.maxUnreachable, "max-unreachable", "", "start no further device once more than this many, or this percentage, could not be read (default 10%, at least 3)")
	flags.StringVar(&f.window, "window", "", "start devices inside this change window only, such as \"Sat,Sun 22:00-04:00 Europe/Berlin\"")
	flags.StringVar(&f.resume, "resume", "", "go on with this run: devices that are done are not touched again")
}

// reading are the rules for reading devices. Waves are for runs that read and no more.
func (f *runFlags) reading(waves bool) (rollout.Settings, error) {
	settings := rollout.Settings{Parallel: f.parallel, MaxUnreachable: defaultMaxUnreachable}
	if f.parallel < 1 {
		return settings, usage.Errorf("--parallel must be at least 1").
			Hint("give --parallel 1 for one device after the other")
	}
	if f.soak < 0 || f.pause < 0 {
		return settings, usage.Errorf("--soak and --pause can't be negative").Hint("give a time such as 10m")
	}
	var err error
	if f.given.Changed("max-unreachable") {
		if settings.MaxUnreachable, err = rollout.ParseLimit(f.maxUnreachable); err != nil {
			return settings, usage.Errorf("--max-unreachable: %s", err).
				Hint("give a number such as 5, or a percentage such as 10%")
		}
	}
	if f.window != "" {
		open, err := window.Parse(f.window)
		if err != nil {
			return settings, usage.Errorf("--window: %s", err).
				Hint("write it as in --window \"Sat,Sun 22:00-04:00 Europe/Berlin\"")
		}
		settings.Open, settings.Opens = open.Open, open.Opens
	}
	if waves && f.batch != "" {
		settings.Pause = f.pause
		settings.Batches, err = run.ParseBatches(f.batch)
	}
	return settings, err
}

// isOpen tells whether the change window is open.
func (f *runFlags) isOpen(now time.Time) bool {
	settings, err := f.reading(false)
	return err == nil && (settings.Open == nil || settings.Open(now))
}

// checkRun finds mistakes before anybody is asked for a password.
func (f *runFlags) checkRun() error {
	_, err := f.writing(0)
	return err
}

// writing are the rules for carrying plans out on so many devices.
func (f *runFlags) writing(devices int) (rollout.Settings, error) {
	settings, err := f.reading(false)
	if err != nil {
		return settings, err
	}
	settings.Soak, settings.Pause = f.soak, f.pause
	settings.MaxFailures, settings.Canary = rollout.Count(defaultMaxFailures), true
	if f.given.Changed("max-failures") {
		// Who names a number has decided how many canaries may fail.
		settings.Canary = false
		if settings.MaxFailures, err = rollout.ParseLimit(f.maxFailures); err != nil {
			return settings, usage.Errorf("--max-failures: %s", err).
				Hint("give a number such as 3, or a percentage such as 5%")
		}
	}
	if list := run.Batches(run.ActionApply, f.batch, devices); list != "" {
		settings.Batches, err = run.ParseBatches(list)
	}
	return settings, err
}
