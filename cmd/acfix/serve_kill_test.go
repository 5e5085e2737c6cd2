//go:build !windows

package main

import (
	"syscall"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestASchedulerOfOneMachineIsKilled in the middle of a run, on SQLite and without workers,
// and started again, several times: the run goes on to its end, and nothing but a save is done twice.
func TestASchedulerOfOneMachineIsKilled(t *testing.T) {
	t.Parallel()
	c := newCluster(t, "sqlite:"+t.TempDir()+"/runs.db", "1s", mockdevice.FleetModel{Size: 24, Seed: 9, Latency: 10 * time.Millisecond}, "parallel: 4", `batch: "100%"`)
	for n, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGKILL} {
		enough := c.fleet.Counts().Done + 5 + 3*n
		p := c.serve("machine", 1)
		c.until("devices are written to", func() bool { return c.fleet.Counts().Done >= enough || c.isOver() })
		require.NoError(t, p.Process.Signal(signal))
		if signal == syscall.SIGKILL {
			c.unrecorded += 4
		}
		<-p.ended
	}
	require.False(t, c.isOver(), "the run was too fast")
	c.serve("machine", 1)
	c.until("the run ends", c.isOver)
	c.requireAllWell()
	runs, err := c.store.Runs(t.Context(), store.Filter{Job: nightly})
	require.NoError(t, err)
	assert.Len(t, runs, 2, "the one on record, and one for the planned time")
}
