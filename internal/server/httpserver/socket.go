package httpserver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
)

const (
	networkUnix = "unix"
	// unixPrefix begins an address that is the path of a Unix socket.
	unixPrefix = "unix:"
	// socketMode lets the socket's owner and group connect: to connect is to write.
	socketMode fs.FileMode = 0o660
)

// socketPath returns the path of an address that is a Unix socket.
func socketPath(address string) (path string, ok bool) { return strings.CutPrefix(address, unixPrefix) }

// listen opens a host and port, or a Unix socket that its owner and group alone can connect to.
func listen(ctx context.Context, address string) (net.Listener, error) {
	path, isSocket := socketPath(address)
	if !isSocket {
		return new(net.ListenConfig).Listen(ctx, "tcp", address)
	}
	if runtime.GOOS == "windows" {
		return nil, errors.New("a Unix socket has no permissions on Windows")
	}
	if err := removeDead(ctx, path); err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, networkUnix, path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, socketMode); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return listener, nil
}

// removeDead removes a socket on which no process listens: one that was killed has left it.
func removeDead(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%s is there and is no socket: %w", path, syscall.EADDRINUSE)
	}
	connection, err := new(net.Dialer).DialContext(ctx, networkUnix, path)
	switch {
	case err == nil:
		return errors.Join(fmt.Errorf("%s: %w", path, syscall.EADDRINUSE), connection.Close())
	case errors.Is(err, syscall.ECONNREFUSED):
		return os.Remove(path)
	default:
		return err
	}
}
