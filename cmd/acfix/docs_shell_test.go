//go:build unix

package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// shell is a shell that is given one command after another, as at a terminal: what one sets or
// leaves running is there for the next.
type shell struct {
	process *exec.Cmd
	script  *os.File
	lines   chan string // stdout and stderr, line by line
}

// mark ends the output of a command; the exit code follows.
const mark = "\x01end of command "

// patience is for one command.
const patience = 2 * time.Minute

func startShell(dir string, environment []string) (*shell, error) {
	scriptReads, script, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	outputReads, output, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	process := exec.Command("sh", "/dev/fd/3")
	process.Dir, process.Env = dir, environment
	process.Stdout, process.Stderr = output, output
	process.ExtraFiles = []*os.File{scriptReads}
	process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err = process.Start()
	_, _ = scriptReads.Close(), output.Close()
	if err != nil {
		return nil, err
	}
	s := &shell{process: process, script: script, lines: make(chan string)}
	go s.read(outputReads)
	_, err = io.WriteString(script, "trap : INT\n")
	return s, err
}

func (s *shell) read(output *os.File) {
	defer close(s.lines)
	lines := bufio.NewScanner(output)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		s.lines <- lines.Text()
	}
}

// run gives a command and returns what it printed and its exit code. Once enough says so of the
// lines so far, the command is interrupted as by Ctrl-C.
func (s *shell) run(command string, enough func(soFar []string) bool) (printed []string, status int, err error) {
	_, err = fmt.Fprintf(s.script, "%s\nstatus=$?; printf '\\n%s%%s\\n' $status; (exit $status)\n", command, mark)
	if err != nil {
		return nil, 0, err
	}
	late := time.After(patience)
	for {
		select {
		case line, open := <-s.lines:
			switch code, ends := strings.CutPrefix(line, mark); {
			case !open:
				return printed, 0, io.ErrUnexpectedEOF
			case ends:
				_, err := fmt.Sscan(code, &status)
				return withoutLast(printed), status, err
			}
			printed = append(printed, line)
			if enough != nil && enough(printed) {
				enough = nil
				if err := syscall.Kill(-s.process.Process.Pid, syscall.SIGINT); err != nil {
					return printed, 0, err
				}
			}
		case <-late:
			return printed, 0, os.ErrDeadlineExceeded
		}
	}
}

// withoutLast takes away the line that was begun or left empty before the mark.
func withoutLast(lines []string) []string {
	if n := len(lines); n > 0 && lines[n-1] == "" {
		return lines[:n-1]
	}
	return lines
}

// close ends the shell and all that it left running.
func (s *shell) close() {
	_ = s.script.Close()
	_ = syscall.Kill(-s.process.Process.Pid, syscall.SIGKILL)
	for range s.lines {
	}
	_ = s.process.Wait()
}
