package mockdevice_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/mockdevice"
)

func TestCountsWrites(t *testing.T) {
	s := start(t, preset(t, "7.4.500"))
	s.get("status")
	assert.Equal(t, 200, s.put(addPath, pemText("A")).status)
	assert.Equal(t, 200, s.put(loadPath, teamsRow(1, "Name", `"Teams"`)).status)
	assert.Equal(t, 400, s.put(loadPath, "nonsense").status)
	assert.Equal(t, 200, s.save().status)
	assert.Equal(t, mockdevice.Counts{Requests: 5, Rounds: 5, Writes: 4, Done: 3}, s.device.Counts())
	s.device.ResetLog()
	s.put("files/ini", "nonsense")
	s.pass = "wrong"
	s.save()
	assert.Equal(t, mockdevice.Counts{Requests: 7, Rounds: 7, Writes: 6, Done: 3, Tripped: 1, FailedLogins: 1}, s.device.Counts())
}

func TestCountsNeedlessWrites(t *testing.T) {
	for _, known := range []mockdevice.KnownRoot{mockdevice.KnownRootAccepted, mockdevice.KnownRootTwice} {
		model := preset(t, "7.4.500")
		model.Dialect.KnownRoot = known
		s := start(t, model)
		writes := []func() reply{
			func() reply { return s.put(addPath, pemText("A")) },
			func() reply { return s.put(loadPath, teamsRow(1, "Name", `"Teams"`)) },
			s.save,
		}
		for i, write := range writes {
			write()
			assert.Equal(t, i, s.device.Counts().Needless, "the first time")
			assert.Zero(t, s.device.Counts().NeedlessSaves)
			write()
			assert.Equal(t, i+1, s.device.Counts().Needless, "the second time")
		}
		assert.Equal(t, 1, s.device.Counts().NeedlessSaves)
	}
}

// An ignored write is answered and not carried out; a late one is carried out later.
func TestCountsWhatIsCarriedOut(t *testing.T) {
	s := start(t, preset(t, "7.4.500"))
	s.device.AddFault(mockdevice.Fault{Path: addPath, Count: 1, Do: mockdevice.Ignore})
	s.device.AddFault(mockdevice.Fault{Path: addPath, Count: 1, Do: mockdevice.Late, LateAfter: 1})
	s.put(addPath, pemText("A"))
	assert.Equal(t, 0, s.device.Counts().Done)
	_, err := s.tryPut(addPath, pemText("A"))
	assert.Error(t, err)
	assert.Equal(t, 0, s.device.Counts().Done)
	s.get("status")
	assert.Equal(t, mockdevice.Counts{Requests: 3, Rounds: 3, Writes: 2, Done: 1}, s.device.Counts())
}

func TestCountsOverlappingWriters(t *testing.T) {
	s := start(t, preset(t, "7.4.500"))
	s.put(addPath, pemText("A"))
	s.put(addPath, pemText("B"))
	assert.Zero(t, s.device.Counts().Overlapping, "one after the other")

	s.device.SetLatency(time.Minute) // the first hangs until its client gives up
	s.client.Timeout = 30 * time.Second
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		s.tryPut(addPath, pemText("C"))
	}()
	assert.Eventually(t, func() bool { return s.device.Writes() == 3 }, 30*time.Second, time.Millisecond)
	s.device.SetLatency(0)
	assert.Equal(t, 200, s.get("status").status)
	assert.Zero(t, s.device.Counts().Overlapping, "a reader is no writer")
	assert.Equal(t, 200, s.put(addPath, pemText("D")).status)
	assert.Equal(t, 1, s.device.Counts().Overlapping)
	s.server.Close()
	<-gone
}

// A round is a wait: requests that overlap are one, each of those that follow one another is one.
func TestCountsRounds(t *testing.T) {
	s := start(t, preset(t, "7.4.500"))
	s.get("status")
	s.get("files/ini")
	assert.Equal(t, 2, s.device.Counts().Rounds)

	arrived, resume := make(chan struct{}), make(chan struct{})
	s.device.OnRequest(func(int, *http.Request) {
		arrived <- struct{}{}
		<-resume
	})
	var both sync.WaitGroup
	for _, path := range []string{"status", "files/ini"} {
		both.Go(func() { s.get(path) })
	}
	<-arrived
	<-arrived
	close(resume)
	both.Wait()
	assert.Equal(t, mockdevice.Counts{Requests: 4, Rounds: 3}, s.device.Counts())

	s.device.OnRequest(nil)
	s.device.AddFault(mockdevice.Fault{Path: addPath, Count: 1, Do: mockdevice.Drop})
	_, err := s.tryPut(addPath, pemText("A"))
	require.Error(t, err)
	s.get("status")
	assert.Equal(t, 5, s.device.Counts().Rounds, "a broken answer ends a round too")
}
