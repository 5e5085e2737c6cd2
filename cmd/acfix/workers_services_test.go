//go:build services

package main

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/store"
	"github.com/acfix/acfix/store/storetest"
	"github.com/stretchr/testify/assert"
)

func freshSchema(t *testing.T) string {
	return storetest.Schema(t, os.Getenv("ACFIX_TEST_POSTGRES"))
}

// TestWorkersAreKilledAllTheTime: two schedulers, three workers, of which one dies every now
// and then; each device ends as it asks, none has two writers or is written to without need,
// and the planned time has one run.
func TestWorkersAreKilledAllTheTime(t *testing.T) {
	c := newCrew(t, freshSchema(t), "2s", mockdevice.FleetModel{Size: 200, Seed: 11, Latency: 5 * time.Millisecond}, "parallel: 16", `batch: "5,100%"`)
	c.serve("scheduler-1", 1)
	c.serve("scheduler-2", 1)
	workers := []*process{c.worker("worker-0", 6), c.worker("worker-1", 6), c.worker("worker-2", 6)}
	c.until("the run begins", func() bool { _, known := c.theRun(); return known })
	killed := 0
	for next := time.Now(); !c.isOver(); time.Sleep(20 * time.Millisecond) {
		if time.Since(next) > 3*time.Second {
			n := killed % len(workers)
			workers[n].kill()
			killed++
			workers[n] = c.worker(fmt.Sprintf("worker-%d", n), 6)
			next = time.Now()
		}
	}
	assert.GreaterOrEqual(t, killed, 2)
	c.requireAllWell()
	runs, err := c.store.Runs(t.Context(), store.Filter{Job: nightly})
	assert.NoError(t, err)
	assert.Len(t, runs, 2, "the one on record, and one for the planned time")
	t.Logf("%d workers killed", killed)
}
