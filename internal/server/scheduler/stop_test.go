package scheduler_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/server/scheduler"
)

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// TestAPersonStopsOneRun: the run that is named, while it is led here, and no other; and an interrupt of the process stops
// all of them.
func TestAPersonStopsOneRun(t *testing.T) {
	t.Parallel()
	interrupt := make(chan struct{})
	var stops scheduler.Stops
	one, other := stops.Begin(run.Process{Stop: interrupt}), stops.Begin(run.Process{Stop: interrupt})
	assert.False(t, stops.Ask("one", "ada"), "it is not known yet which run it is")
	one.Lead("one")
	other.Lead("other")
	assert.True(t, stops.Leads("one"))
	assert.True(t, stops.Ask("one", "ada"))
	assert.True(t, stops.Ask("one", "bob"), "again")
	assert.True(t, isClosed(one.C))
	assert.Equal(t, "ada", one.By())
	assert.False(t, isClosed(other.C))
	assert.Empty(t, other.By())
	one.End()
	assert.False(t, stops.Leads("one"))
	assert.False(t, stops.Ask("one", "ada"))
	assert.True(t, stops.Ask("other", ""))
	assert.NotEmpty(t, other.By(), "however the caller is called")

	last := stops.Begin(run.Process{Stop: interrupt})
	close(interrupt)
	<-last.C
	assert.Empty(t, last.By(), "no person asked for that")
	last.End()
	other.End()
	var none *scheduler.Stop
	none.Lead("run")
	assert.Empty(t, none.By())
}
