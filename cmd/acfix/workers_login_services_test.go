//go:build services

package main

import (
	"testing"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
)

// TestAWrongPasswordIsTriedTwiceByAllWorkersTogether: who leads the run counts, whoever asks.
func TestAWrongPasswordIsTriedTwiceByAllWorkersTogether(t *testing.T) {
	c := newCluster(t, freshSchema(t), "5s", mockdevice.FleetModel{Size: 40, Seed: 5, Username: "Admin", Password: "changed"}, "parallel: 8", `batch: "100%"`)
	c.worker("worker-1", 4)
	c.worker("worker-2", 4)
	c.serve("scheduler", 0)
	c.until("the run ends", c.isOver)
	assert.Equal(t, 2, c.fleet.Counts().FailedLogins)
	assert.Zero(t, c.fleet.Counts().Writes)
	run, _ := c.theRun()
	assert.Equal(t, store.RunDone, run.State, run.Reason)
	assert.Equal(t, exitFailed, *run.Exit)
}
