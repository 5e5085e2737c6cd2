package main

import (
	"github.com/acfix/acfix/remediate"
)

// failure returns what stopped the run and is no device's; nil if nothing did.
func (r *fleetRun) failure() *remediate.Failure {
	fault := r.Fault()
	if fault == nil {
		return nil
	}
	return &fault.Failure
}

// orFault returns the fault that stopped the run, unless the devices' exit code weighs more; then it only shows it.
func (r *fleetRun) orFault(exit error) error {
	fault := r.Fault()
	switch {
	case fault == nil:
		return exit
	case exitWith(map[int]bool{codeOf(exit): true, exitFailed: true}) != exitCode(exitFailed):
		r.app.complain(fault)
		return exit
	default:
		return fault
	}
}
