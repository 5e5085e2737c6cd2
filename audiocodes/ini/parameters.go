package ini

import (
	"slices"
	"strings"
)

// ChangedParameters are the names (in lower case) of the parameters that two readings of a
// configuration do not agree in. Obscured secrets, which change by themselves, are no
// difference.
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
