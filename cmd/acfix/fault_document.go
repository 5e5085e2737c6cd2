package main

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/acfix/acfix/internal/localfault"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// documentOf returns the document of a command that a fault of this machine ended before it had a result.
type documentOf func(*remediate.Failure) any

// faultDocument writes that document with -o json, unless the command has written to stdout: a program that reads
// stdout gets one whole document, with the error.
func (a *app) faultDocument(err error) {
	stdout, ok := a.stdout.(*serial)
	if !ok || !a.flags.json() || stdout.wasUsed() || codeOf(err) != exitFailed || !a.isOfMachine(err) {
		return
	}
	instead := a.instead
	if instead == nil {
		instead = errorDocument
	}
	failure := &remediate.Failure{Code: remediate.CodeLocalFault, Message: err.Error(), Hint: hintOf(err)}
	_ = writeJSON(a.stdout, instead(failure)) // stderr has the error, too
}

// isOfMachine reports whether an error is a fault of this machine, or files that it does not let acfix use. A database
// server that refuses acfix is another machine.
func (a *app) isOfMachine(err error) bool {
	refused := errors.Is(err, store.ErrRefused) || errors.Is(err, fs.ErrPermission)
	return localfault.Is(err) || refused && !strings.HasPrefix(a.flags.store, "postgres")
}

func errorDocument(failure *remediate.Failure) any {
	return map[string]any{"schema": "acfix.error/v1", "error": failure}
}

// listDocument is that of a command that lists something under a key.
func listDocument(schema, key string) documentOf {
	return func(failure *remediate.Failure) any {
		return map[string]any{"schema": schema, key: []any{}, "error": failure}
	}
}

// planDocument is that of a plan without devices.
func (a *app) planDocument(failure *remediate.Failure) any {
	plan := a.planHead()
	plan.Error, plan.Devices = failure, []remediate.DevicePlan{}
	plan.Summarize()
	return plan
}

// resultDocument is that of a run that was not begun.
func resultDocument(failure *remediate.Failure) any {
	result := remediate.Result{
		Schema: remediate.ResultSchema, Run: newID(), Error: failure, Devices: []remediate.DeviceResult{},
	}
	result.Summarize()
	return result
}
