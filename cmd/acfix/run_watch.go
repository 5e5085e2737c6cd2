package main

import (
	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/output/progress"
)

// watcher returns the watcher that shows the progress of a run.
func (a *app) watcher(id string, devices []*access.Device) run.Watcher {
	names := make([]string, len(devices))
	for i, device := range devices {
		names[i] = device.Name
	}
	switch {
	case a.flags.output == formatLines:
		return progress.NewEvents(a.stdout, id, names, a.now)
	case a.flags.quiet:
		return run.Silent
	case a.stderrIsTerminal && len(devices) > 1:
		bars := progress.NewBars(bare(a.stderr), names, a.now, a.stopped)
		a.interrupts.answeredBy(bars)
		return bars
	default:
		return progress.NewLines(names, a.say)
	}
}
