// Package usage says what is wrong with a command line or with a file that an operator wrote,
// and what to type instead. A correct request that fails is not a usage error.
package usage

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Error is a request that cannot be carried out as written.
type Error struct {
	Problem string // one line, lower case
	Hint    string // what to type instead
	Cause   error  // for errors.Is; nil if no caller tests for one
}

// Error returns Problem, without the hint.
func (e *Error) Error() string { return e.Problem }

// Unwrap returns Cause.
func (e *Error) Unwrap() error { return e.Cause }

// Complaint is an Error that still lacks its hint.
type Complaint string

// Errorf formats what is wrong. The caller adds the hint: Errorf("…").Hint("…").
func Errorf(format string, arguments ...any) Complaint {
	return Complaint(fmt.Sprintf(format, arguments...))
}

// Hint returns the *Error with this problem and what to type instead.
func (p Complaint) Hint(hint string) error { return &Error{Problem: string(p), Hint: hint} }

// Reason returns why a file cannot be used, without its path: the operator has just typed that.
func Reason(err error) string {
	if inner := errors.Unwrap(err); inner != nil {
		return inner.Error()
	}
	return err.Error()
}

// DidYouMean puts the words that the misspelt word may stand for before the hint, if there are any.
func DidYouMean(misspelt string, words []string, hint string) string {
	near := Nearest(misspelt, words)
	if len(near) == 0 {
		return hint
	}
	for i, word := range near {
		near[i] = strconv.Quote(word)
	}
	return "did you mean " + strings.Join(near, " or ") + "? " + hint
}
