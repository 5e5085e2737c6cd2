package main

import (
	"maps"
	"sync"
)

// lostMessages counts, by receiver, the messages that could not be sent. A nil one counts nothing.
type lostMessages struct {
	mutex sync.Mutex
	count map[string]int
}

// newLostMessages has a zero for each receiver, so that an alarm sees the first loss.
func newLostMessages(file jobFile) *lostMessages {
	l := &lostMessages{count: map[string]int{}}
	for _, to := range file.Notify {
		l.count[to.Name] = 0
	}
	return l
}

func (l *lostMessages) add(receiver string) {
	if l == nil {
		return
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.count[receiver]++
}

func (l *lostMessages) counts() map[string]int {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return maps.Clone(l.count)
}
