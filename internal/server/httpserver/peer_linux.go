package httpserver

import (
	"net"
	"syscall"
)

// peerOf returns the number of the user at the other end of a Unix socket.
func peerOf(c net.Conn) (user int, known bool) {
	socket, ok := c.(*net.UnixConn)
	if !ok {
		return 0, false
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return 0, false
	}
	var peer *syscall.Ucred
	failed := raw.Control(func(descriptor uintptr) {
		peer, err = syscall.GetsockoptUcred(int(descriptor), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	})
	if failed != nil || err != nil {
		return 0, false
	}
	return int(peer.Uid), true
}
