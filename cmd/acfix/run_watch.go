package main

import (
	"sync"
	"time"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/output/progress"
)

// watcher returns the watcher that shows the progress of a run.
func (a *app) watcher(what run.Assignment, devices []*access.Device) run.Watcher {
	names := make([]string, len(devices))
	for i, device := range devices {
		names[i] = device.Name
	}
	scene := progress.Scene{Names: names, Now: a.now, Stopped: a.stopped, Window: what.Order.Settings.ChangeWindow()}
	switch {
	case a.flags.output == formatLines:
		return progress.NewEvents(a.stdout, what.ID, names, a.now)
	case a.flags.quiet:
		return run.Silent
	case a.drawsBars(len(devices)):
		bars := progress.NewBars(bare(a.stderr), scene)
		a.interrupts.answeredBy(bars)
		a.counting.follow(bars)
		return bars
	default:
		lines := progress.NewLines(scene, a.say)
		a.counting.follow(lines)
		return lines
	}
}

// counting moves on what the watcher of the newest run counts down.
type counting struct {
	mutex   sync.Mutex
	watcher progress.Ticker // nil before the first run
}

func (c *counting) follow(watcher run.Watcher) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.watcher, _ = watcher.(progress.Ticker)
}

func (c *counting) tick(now time.Time) {
	c.mutex.Lock()
	watcher := c.watcher
	c.mutex.Unlock()
	if watcher != nil {
		watcher.Tick(now)
	}
}
