// Package usage says what is wrong with a command line, or with a file that somebody wrote,
// and what to type instead. What fails although it was asked for rightly is another's error.
package usage

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Error is a wish that can't be carried out as it stands.
type Error struct {
	Problem string // one line, lower case
	Hint    string // what to type instead
	Cause   error  // to test for with errors.Is; nil where nobody asks
}

func (e *Error) Error() string { return e.Problem }
func (e *Error) Unwrap() error { return e.Cause }

// New is an *Error without a cause.
func New(hint, format string, arguments ...any) error {
	return &Error{Problem: fmt.Sprintf(format, arguments...), Hint: hint}
}

// Reason is why a file can't be used, without its path: the operator has just typed that.
func Reason(err error) string {
	if inner := errors.Unwrap(err); inner != nil {
		return inner.Error()
	}
	return err.Error()
}

// Meant is a hint that asks first whether one of the words was meant by a misspelt one, where any is near.
func Meant(word string, words []string, hint string) string {
	near := Nearest(word, words)
	if len(near) == 0 {
		return hint
	}
	for i, one := range near {
		near[i] = strconv.Quote(one)
	}
	return "did you mean " + strings.Join(near, " or ") + "? " + hint
}
