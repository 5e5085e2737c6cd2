package ini

import (
	"slices"
	"strings"
)

// ChangedParameters returns the names (in lower case) of the parameters that differ between two
// readings of a configuration. It ignores obscured secrets, which change by themselves.
func ChangedParameters(before, after *File) []string {
	var changed []string
	note := func(name string) {
		was, wasSet := before.parameters[name]
		is, isSet := after.parameters[name]
		secret := strings.Contains(was, "$1$") && strings.Contains(is, "$1$")
		if (wasSet != isSet || was != is) && !secret && !slices.Contains(changed, name) {
			changed = append(changed, name)
		}
	}
	for name := range before.parameters {
		note(name)
	}
	for name := range after.parameters {
		note(name)
	}
	slices.Sort(changed)
	return changed
}
