package main

import (
	"sync"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTwoRunsNeverInterleave starts two applies of one device at once: one does the work,
// the other finds it done.
func TestTwoRunsNeverInterleave(t *testing.T) {
	t.Parallel()
	one := newTestApp(t, "7.4.500", "")
	two := newTestApp(t, "7.4.500", "")
	two.target = one.target
	two.app.getenv = one.app.getenv // the same host
	var runs sync.WaitGroup
	codes := make([]int, 2)
	for i, d := range []*testApp{one, two} {
		runs.Go(func() { codes[i] = d.run("apply", "--yes", "-o", "json") })
	}
	runs.Wait()
	for i, d := range []*testApp{one, two} {
		assert.Contains(t, []int{exitDone, exitStale}, codes[i], d.stdout.String())
	}
	assert.Equal(t, 4, one.device.Writes(), "one of them wrote")
	assert.Equal(t, one.device.Running(), one.device.Flash())
	assert.Equal(t, exitDone, one.run("plan", "--detailed-exitcode"))
}

// TestADeviceThatAnotherRunHasIsLeftAlone.
func TestADeviceThatAnotherRunHasIsLeftAlone(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.500", "")
	held, failure := d.app.evidence(nil).Hold(t.Context(), "other run", evidence.Subject{URL: d.target[0], Serial: "5740500"}, time.Second)
	require.Nil(t, failure)
	assert.Equal(t, exitFailed, d.run("apply", "--yes", "--lock-timeout", "50ms"))
	assert.Contains(t, d.stdout.String(), "[locked]")
	assert.Zero(t, d.device.Writes())
	held.Release()
	assert.Equal(t, exitDone, d.run("apply", "--yes"))
}
