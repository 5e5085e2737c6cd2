package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestAnIdleQueueIsWarnedOfOnce: devices that wait while others are worked on, or that have just begun to wait, are no
// reason.
func TestAnIdleQueueIsWarnedOfOnce(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		looks [][2]int // tasks that wait, and tasks that workers hold
		warns []int    // at which looks
	}{
		"nothing to do":              {[][2]int{{0, 0}, {0, 0}}, nil},
		"workers work":               {[][2]int{{9, 2}, {9, 2}, {7, 2}}, nil},
		"just begun":                 {[][2]int{{0, 0}, {9, 0}, {5, 4}}, nil},
		"no worker":                  {[][2]int{{9, 0}, {9, 0}, {9, 0}}, []int{1}},
		"more are asked for":         {[][2]int{{9, 0}, {12, 0}, {12, 0}, {12, 0}}, []int{2}},
		"a worker came, and is gone": {[][2]int{{9, 0}, {9, 0}, {8, 1}, {8, 0}, {8, 0}}, []int{1, 4}},
	} {
		var queue idleQueue
		var warns []int
		for i, look := range test.looks {
			if queue.look(look[0], look[1]) != "" {
				warns = append(warns, i)
			}
		}
		assert.Equal(t, test.warns, warns, name)
	}
}
