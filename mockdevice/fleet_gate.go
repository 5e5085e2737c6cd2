package mockdevice

import (
	"net"
	"sync"
)

// gate accepts connections to devices that answer.
type gate struct {
	net.Listener
	fleet *Fleet

	mu     sync.Mutex
	closed bool
	held   []net.Conn // to hanging devices
}

// Accept resets connections to dead or missing devices, and holds those to hanging ones.
func (g *gate) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		index := g.fleet.index(conn.LocalAddr())
		switch {
		case index < 0 || g.fleet.afflicted[index] == Dead:
			reset(conn)
		case g.fleet.afflicted[index] == Hanging:
			g.hold(conn)
		default:
			return conn, nil
		}
	}
}

func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	conn.Close()
}

func (g *gate) hold(conn net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		conn.Close()
		return
	}
	g.held = append(g.held, conn)
}

// Close closes the held connections too.
func (g *gate) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	for _, conn := range g.held {
		conn.Close()
	}
	g.held = nil
	return g.Listener.Close()
}
