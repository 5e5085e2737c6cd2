package worker

import (
	"context"
	"errors"
	"testing"

	"github.com/acfix/acfix/internal/gather"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestNewsOfATask wake whoever waits for it and no other, and everyone when news may have been lost.
func TestNewsOfATask(t *testing.T) {
	t.Parallel()
	lines := make(chan func(run string, place int))
	lost := make(chan struct{})
	n := newNews(func(ctx context.Context, ready func(), heard func(string, int)) error {
		ready()
		lines <- heard
		select {
		case <-lost:
		case <-ctx.Done():
		}
		return errors.New("the connection is lost")
	})
	defer n.close()
	assert.False(t, n.hears(), "nothing is heard before somebody waits")
	one, forget := n.of(Ticket{Run: "run", Place: 1})
	two, _ := n.of(Ticket{Run: "run", Place: 2})
	heard := <-lines
	require.True(t, n.hears())
	drain(one)
	drain(two)
	heard("run", 2)
	heard("run", 2)
	heard("another", 1)
	<-two
	assert.Empty(t, two)
	assert.Empty(t, one)
	close(lost)
	<-one
	<-two
	forget()
	heard("run", 1)
	assert.Empty(t, one)
}

func drain(token <-chan struct{}) {
	select {
	case <-token:
	default:
	}
}

// TestManyTasksAreOneQuestion: a controller does not ask the store for each device.
func TestManyTasksAreOneQuestion(t *testing.T) {
	t.Parallel()
	f := newWorkerRig(t)
	p := newProgress(f.run, f.store, nil)
	questions := 0
	p.asked = gather.New(askWindow, mostAsked, 1, func(all []*question) {
		questions++
		p.ask(all)
	})
	const devices = 20
	answers := make(chan error, devices)
	for range devices {
		go func() {
			task, err := p.task(0)
			if err == nil && task.Target != "sbc" {
				err = errors.New("the answer is about " + task.Target)
			}
			answers <- err
		}()
	}
	for range devices {
		require.NoError(t, <-answers)
	}
	assert.Less(t, questions, devices/2)
}
