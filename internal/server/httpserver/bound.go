package httpserver

import (
	"cmp"
	"net"
	"sync"
)

// Bounds limit the connections of a server. The zero Bounds stands for those of 512 connections.
type Bounds struct {
	All int // connections at a time
	// PerAddress limits the connections of one address that serve no identified caller: a reverse proxy has one
	// address, and its requests carry tokens or sessions. A Unix socket has no addresses.
	PerAddress int
}

const (
	mostConnections  = 1024
	usualConnections = 512
	// leastConnections lets probes and one browser in, however few descriptors there are.
	leastConnections = 4
	mostPerAddress   = 64
)

// BoundsFor returns the bounds of a process that may open a number of file descriptors, of which runs need some. enough
// reports whether the runs' share is safe.
func BoundsFor(descriptors, runs int) (bounds Bounds, enough bool) {
	left := descriptors - runs
	all := max(leastConnections, min(left, mostConnections))
	return Bounds{All: all, PerAddress: max(leastConnections/2, min(all/4, mostPerAddress))}, left >= leastConnections
}

// bound is a listener that keeps to bounds. A newcomer beyond them takes the place of the connection that has been
// without a request for the longest, so that idle connections lock no caller out; if all are busy, it is closed.
// docs/design/server.md: Strangers' connections take nothing from a run
type bound struct {
	net.Listener
	Bounds

	mutex sync.Mutex
	open  map[*connection]bool
	count uint64
}

func newBound(listener net.Listener, bounds Bounds) *bound {
	if bounds.All <= 0 {
		bounds, _ = BoundsFor(usualConnections, 0)
	}
	return &bound{Listener: listener, Bounds: bounds, open: map[*connection]bool{}}
}

// Accept returns the next connection that there is room for.
func (b *bound) Accept() (net.Conn, error) {
	for {
		accepted, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		made := &connection{Conn: accepted, bound: b}
		if accepted.RemoteAddr().Network() != networkUnix {
			made.from = source(accepted.RemoteAddr().String())
		}
		leaves, admitted := b.admit(made)
		if leaves != nil {
			_ = leaves.Close()
		}
		if admitted {
			return made, nil
		}
		_ = accepted.Close()
	}
}

// admit makes room for a connection if there can be any; leaves is the one to close for it.
func (b *bound) admit(made *connection) (leaves *connection, admitted bool) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	unknown := b.unknown()
	switch {
	case made.from != "" && unknown[made.from] >= b.PerAddress:
		leaves = b.idlest(unknown, func(c *connection) bool { return c.from == made.from })
	case len(b.open) >= b.All:
		leaves = b.idlest(unknown, func(*connection) bool { return true })
	default:
		b.enter(made)
		return nil, true
	}
	if leaves == nil {
		return nil, false
	}
	delete(b.open, leaves)
	b.enter(made)
	return leaves, true
}

// unknown counts, by address, the connections that serve no identified caller.
func (b *bound) unknown() map[string]int {
	count := map[string]int{}
	for c := range b.open {
		if c.stage != identified {
			count[c.from]++
		}
	}
	return count
}

// idlest returns a connection without a request: of the address with the most unidentified callers, the connection that
// has waited for the longest.
func (b *bound) idlest(unknown map[string]int, among func(*connection) bool) *connection {
	var found *connection
	for c := range b.open {
		if c.stage != waiting || !among(c) {
			continue
		}
		if found == nil || cmp.Or(cmp.Compare(unknown[found.from], unknown[c.from]), cmp.Compare(c.since, found.since)) < 0 {
			found = c
		}
	}
	return found
}

func (b *bound) enter(c *connection) {
	b.count++
	c.since = b.count
	b.open[c] = true
}
