package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// cluster is acfix's processes around one store.
type cluster struct {
	program, store, folder string
	processes              []*process
	sockets                []string // the folders of their sockets
}

type process struct {
	command *exec.Cmd
	ended   chan error
}

// serve starts the scheduler, which leaves the work to workers, and returns the path of the socket of its pages.
func (c *cluster) serve(ctx context.Context, jobs string) (string, error) {
	// The folder's own path may be too long for a socket.
	folder, err := os.MkdirTemp("", "acfix")
	if err != nil {
		return "", err
	}
	c.sockets = append(c.sockets, folder)
	listen := "unix:" + filepath.Join(folder, "pages")
	return c.start(ctx, "listening on ", "serve", "--jobs", jobs, "--workers", "0", "--listen", listen)
}

// start starts a process with a state directory of its own, and returns what follows a word on its standard error,
// which it writes when it is ready.
func (c *cluster) start(ctx context.Context, ready string, arguments ...string) (string, error) {
	state := filepath.Join(c.folder, fmt.Sprintf("state%d", len(c.processes)))
	command := exec.CommandContext(ctx, c.program, append(arguments, "--store", c.store)...)
	command.Env = environment(state)
	said, write, err := os.Pipe()
	if err != nil {
		return "", err
	}
	command.Stdout, command.Stderr = write, write
	err = command.Start()
	write.Close()
	if err != nil {
		said.Close()
		return "", err
	}
	p := &process{command: command, ended: make(chan error, 1)}
	c.processes = append(c.processes, p)
	lines := bufio.NewScanner(said)
	var before strings.Builder
	for lines.Scan() {
		if _, rest, found := strings.Cut(lines.Text(), ready); found {
			go func() {
				io.Copy(io.Discard, said)
				said.Close()
				p.ended <- command.Wait()
			}()
			return strings.TrimSpace(rest), nil
		}
		before.WriteString(lines.Text() + "\n")
	}
	said.Close()
	p.ended <- command.Wait()
	return "", fmt.Errorf("acfix %s ended: %s", arguments[0], before.String())
}

// stop ends the processes as a service manager does, the first one last.
func (c *cluster) stop() error {
	var failed error
	for _, p := range slices.Backward(c.processes) {
		if err := p.command.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			failed = errors.Join(failed, err)
		}
		<-p.ended // whatever its exit code: an interrupted process may say so
	}
	for _, folder := range c.sockets {
		failed = errors.Join(failed, os.RemoveAll(folder))
	}
	c.processes, c.sockets = nil, nil
	return failed
}
