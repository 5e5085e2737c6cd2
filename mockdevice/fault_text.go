package mockdevice

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ParseFault reads a rule such as
//
//	PUT files/tls/*/trustedRoot/incremental skip=1 count=1 after drop
//
// that is: method and path ("*" alone for any), then in any order before or after, an action, and settings: skip,
// count, shorter, retry-after=SECONDS. The actions status=N, delay=TIME, defer=TIME and late=REQUESTS have an
// argument, reboot, cost-root and echo may have a status, short how much is missing.
func ParseFault(text string) (Fault, error) {
	words := strings.Fields(text)
	if len(words) < 3 {
		return Fault{}, fmt.Errorf("fault %q: want METHOD PATH [setting…] ACTION", text)
	}
	f := Fault{Method: strings.ToUpper(words[0]), Path: words[1]}
	if f.Method == "*" {
		f.Method = ""
	}
	if f.Path == "*" {
		f.Path = ""
	}
	if _, err := path.Match(f.Path, ""); err != nil {
		return Fault{}, fmt.Errorf("fault %q: path: %w", text, err)
	}
	acted := false
	for _, word := range words[2:] {
		isAction, err := f.set(word)
		if err != nil {
			return Fault{}, fmt.Errorf("fault %q: %w", text, err)
		}
		if isAction && acted {
			return Fault{}, fmt.Errorf("fault %q: more than one action", text)
		}
		acted = acted || isAction
	}
	if !acted {
		return Fault{}, fmt.Errorf("fault %q: no action: want one of %s", text, strings.Join(actionNames[:], ", "))
	}
	return f, nil
}

// set takes one word of a rule and reports whether it was the action.
func (f *Fault) set(word string) (isAction bool, err error) {
	name, value, hasValue := strings.Cut(word, "=")
	switch {
	case word == "before" || word == "after":
		f.When = map[string]Moment{"before": Before, "after": After}[word]
		return false, nil
	case word == "shorter":
		f.Shorter = true
		return false, nil
	case name == "retry-after" && hasValue:
		f.RetryAfter = value
		return false, nil
	case name == "skip" && hasValue:
		f.Skip, err = number(value)
		return false, err
	case name == "count" && hasValue:
		f.Count, err = number(value)
		return false, err
	}
	action := slices.Index(actionNames[:], name)
	if action < 0 {
		return false, fmt.Errorf("unknown word %q", word)
	}
	f.Do = Action(action)
	return true, f.argument(value, hasValue)
}

func (f *Fault) argument(value string, hasValue bool) (err error) {
	switch f.Do {
	case Status:
		f.Status, err = status(f.Do, value)
	case Reboot, CostRoot, Echo:
		if hasValue {
			f.Status, err = status(f.Do, value)
		}
	case Short:
		if hasValue {
			f.Missing, err = number(value)
		}
	case Delay, Defer:
		f.Delay, err = time.ParseDuration(value)
	case Late:
		f.LateAfter, err = number(value)
	default:
		if hasValue {
			err = fmt.Errorf("%s takes no value", f.Do)
		}
	}
	return err
}

func status(action Action, text string) (int, error) {
	n, err := number(text)
	if err != nil || n < 200 || n > 599 {
		return 0, fmt.Errorf("%s=N: want a status from 200 to 599", action)
	}
	return n, nil
}

func number(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%q is not a number", text)
	}
	return n, nil
}
