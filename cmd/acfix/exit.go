package main

import (
	"errors"
	"fmt"

	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

// The documented exit codes.
const (
	exitDone        = 0
	exitFailed      = 1
	exitPending     = 2
	exitBlocked     = 3
	exitStale       = 4
	exitHalted      = 5
	exitUsage       = 64
	exitInterrupted = 130
)

// precedence decides between several exit codes: the first of these that applies.
var precedence = []int{exitUsage, exitInterrupted, exitStale, exitHalted, exitFailed, exitBlocked, exitPending}

// exitCode is an error whose problem has already been shown.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// isShown reports whether an error is only an exit code: its problem has been printed.
func isShown(err error) bool {
	var code exitCode
	return errors.As(err, &code) && !errors.Is(err, remediate.ErrInterrupted)
}

// codeOf returns the exit code of an error.
func codeOf(err error) int {
	var code exitCode
	var wrong *usage.Error
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, remediate.ErrInterrupted):
		return exitInterrupted
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &wrong):
		return exitUsage
	default:
		return exitFailed
	}
}

// exitWith returns the code with the highest precedence; nil if none applies.
func exitWith(codes map[int]bool) error {
	for _, code := range precedence {
		if codes[code] {
			return exitCode(code)
		}
	}
	return nil
}
