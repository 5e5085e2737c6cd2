package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"time"
)

// cost is what a process and its children used. Peak is the largest's resident bytes; 0 if not reported.
type cost struct {
	wall, cpu time.Duration
	peak      int64
}

// measure runs a command to its end; its output goes to a file that is read only if it fails.
func measure(ctx context.Context, command *exec.Cmd) (cost, error) {
	var complaint bytes.Buffer
	tail := &tailWriter{buffer: &complaint}
	command.Stderr = tail
	begun := time.Now()
	err := command.Run()
	wall := time.Since(begun)
	if err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return cost{}, fmt.Errorf("%s: %w\n%s", command.Args[0], err, complaint.Bytes())
	}
	state := command.ProcessState
	return cost{wall: wall, cpu: state.UserTime() + state.SystemTime(), peak: peakMemory(state)}, nil
}

// tailWriter keeps the end of the output only: a child's peak memory starts with its parent's.
type tailWriter struct{ buffer *bytes.Buffer }

const tailSize = 4096

func (t *tailWriter) Write(text []byte) (int, error) {
	t.buffer.Write(text)
	if extra := t.buffer.Len() - tailSize; extra > 0 {
		t.buffer.Next(extra)
	}
	return len(text), nil
}

// median returns the median of each quantity.
func median(costs []cost) cost {
	return cost{
		wall: middle(costs, func(c cost) time.Duration { return c.wall }),
		cpu:  middle(costs, func(c cost) time.Duration { return c.cpu }),
		peak: middle(costs, func(c cost) int64 { return c.peak }),
	}
}

// middle returns the median of a quantity, of an even number the upper one.
func middle[T any, N cmp.Ordered](all []T, of func(T) N) N {
	values := make([]N, len(all))
	for i, one := range all {
		values[i] = of(one)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// environment returns the environment of the programs under test: account and state directory.
func environment(state string) []string {
	return append(os.Environ(), "ACFIX_USERNAME="+username, "ACFIX_PASSWORD="+password, "XDG_STATE_HOME="+state,
		"NO_COLOR=1")
}

// The account of the simulated devices.
const (
	username = "Admin"
	password = "Admin"
)
