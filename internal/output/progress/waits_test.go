package progress_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/internal/output/progress"
	"github.com/stretchr/testify/assert"
)

func TestALineSaysWhichDeviceIsWaitedFor(t *testing.T) {
	t.Parallel()
	var said []string
	waits := progress.NewWaits(func(format string, arguments ...any) { said = append(said, fmt.Sprintf(format, arguments...)) })
	begin := time.Date(2026, 11, 29, 3, 0, 0, 0, time.UTC)
	at := func(seconds int) time.Time { return begin.Add(time.Duration(seconds) * time.Second) }
	note := func(seconds int, device string, number int64, stage audiocodes.Stage, proven bool) {
		waits.Note(at(seconds), device, audiocodes.Waiting{Request: number, Stage: stage, Limit: time.Minute, Proven: proven})
	}
	until := func(from, to int) []string {
		said = nil
		for second := from; second <= to; second++ {
			waits.Tick(at(second))
		}
		return said
	}
	note(0, "ams-1", 1, audiocodes.Connecting, false)
	assert.Equal(t, []string{
		"still waiting for an answer from ams-1, 15 s of 60 s; no connection yet, and no password was sent",
		"still waiting for an answer from ams-1, 30 s of 60 s; no connection yet, and no password was sent",
	}, until(0, 39))
	note(40, "ams-1", 1, audiocodes.Answering, false)
	assert.Equal(t, []string{"still waiting for an answer from ams-1, 45 s of 60 s; the password was sent, so acfix waits for the answer or the time-out"}, until(40, 59))
	note(60, "ams-1", 1, audiocodes.Ended, false)
	assert.Empty(t, until(60, 100), "it has answered")

	for second := range 40 { // a device that answers each request in time is no wait
		note(100+second, "ams-1", int64(second), audiocodes.Connecting, true)
		waits.Tick(at(100 + second))
		note(100+second, "ams-1", int64(second), audiocodes.Ended, true)
	}
	assert.Empty(t, said)

	note(200, "ams-1", 1, audiocodes.Connecting, true)
	note(200, "ams-1", 1, audiocodes.Answering, true)
	for i := range 30 {
		note(201, fmt.Sprintf("lon-%d", i), 1, audiocodes.Connecting, true)
	}
	assert.Equal(t, []string{
		"still waiting for an answer from ams-1, 15 s of 60 s",
		"still waiting for an answer from ams-1, 30 s of 60 s; devices waited for: 31",
	}, until(200, 231), "one line at a time, however many hang")
}

func TestTwoRequestsToOneDeviceAreTwo(t *testing.T) {
	t.Parallel()
	var said []string
	waits := progress.NewWaits(func(format string, arguments ...any) { said = append(said, fmt.Sprintf(format, arguments...)) })
	begin := time.Date(2026, 11, 29, 3, 0, 0, 0, time.UTC)
	waits.Note(begin, "ams-1", audiocodes.Waiting{Request: 1, Limit: time.Minute})
	waits.Note(begin.Add(10*time.Second), "ams-1", audiocodes.Waiting{Request: 2, Limit: 2 * time.Minute})
	waits.Note(begin.Add(11*time.Second), "ams-1", audiocodes.Waiting{Request: 1, Stage: audiocodes.Ended})
	waits.Note(begin.Add(11*time.Second), "ams-1", audiocodes.Waiting{Request: 1, Stage: audiocodes.Answering})
	waits.Tick(begin.Add(20 * time.Second))
	assert.Empty(t, said)
	waits.Tick(begin.Add(50 * time.Second))
	assert.Len(t, said, 1)
	assert.Contains(t, said[0], "ams-1, 40 s of 120 s")
}
