package access

import (
	"fmt"
	"strings"

	"github.com/acfix/acfix/internal/usage"
)

// named is a device that an argument names. A word that no device of the inventory has is most
// likely mistyped: taken for a host, it would be sent a password.
func (r *Roster) named(argument string) (Target, error) {
	found, known, err := r.Find(argument)
	switch {
	case known, err == nil && IsAddress(argument):
		return found, nil
	case err != nil && strings.ContainsAny(argument, "/@"): // an URL, perhaps with a password: not repeated
		return found, err
	}
	hint := "any other device beside the inventory is given as https://HOST"
	if near := r.Nearest(argument); len(near) > 0 {
		hint = "did you mean " + usage.OneOf(near) + "? " + hint
	}
	return found, usage.Errorf("the inventory has no device %q", argument).Hint(hint)
}

// Nearest returns the names of devices that a mistyped one most likely stands for.
func (r *Roster) Nearest(word string) []string {
	if r == nil {
		return nil
	}
	names := make([]string, 0, len(r.Devices))
	for _, device := range r.Devices {
		names = append(names, device.Name)
	}
	return usage.Nearest(word, names)
}

const limitHint = "a pattern is a name such as ams-*, or tag:NAME; several are separated by commas"

// nearestOf completes the hint on patterns of which one fits no device.
func (r *Roster) nearestOf(patterns string) string {
	words := make([]string, 0, len(r.Devices))
	for _, device := range r.Devices {
		words = append(words, device.Name)
		for _, tag := range device.Tags {
			words = append(words, "tag:"+tag)
		}
	}
	for pattern := range strings.SplitSeq(patterns, ",") {
		if _, err := r.Select(pattern); err == nil {
			continue
		}
		if near := usage.Nearest(pattern, words); len(near) > 0 {
			return fmt.Sprintf("; did you mean %s?", usage.OneOf(near))
		}
	}
	return ""
}
