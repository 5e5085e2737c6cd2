package main

import (
	"errors"
	"fmt"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/localfault"
	"github.com/acfix/acfix/remediate"
)

// complain prints an error, and its hint on the next line.
func (a *app) complain(err error) {
	code := ""
	var fault *run.Fault
	switch trouble := storeTroubleOf(err); {
	case trouble != nil:
		code = " [" + trouble.code + "]"
	case errors.As(err, &fault):
		code = " [" + fault.Code + "]"
	case localfault.Is(err):
		code = " [" + remediate.CodeLocalFault + "]"
	}
	fmt.Fprintf(a.stderr, "acfix: error: %s%s\n", foreign.Clean(err.Error()), code)
	if hint := hintOf(err); hint != "" {
		fmt.Fprintf(a.stderr, "acfix: hint:  %s\n", hint)
	}
}
