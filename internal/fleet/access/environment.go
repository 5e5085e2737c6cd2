package access

import (
	"slices"
	"strings"
)

// ownPrefixes begin the names of variables that are for acfix itself and its store.
var ownPrefixes = []string{"ACFIX_", "PG"}

// WithoutSecrets is an environment less what a password command has no need of: acfix's own
// variables, those of PostgreSQL, and the ones that are named, in capitals or not. The rest stays:
// pass, vault and op find by it whose passwords they are asked for.
func WithoutSecrets(environment, names []string) []string {
	return slices.DeleteFunc(slices.Clone(environment), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		begins := func(prefix string) bool { return strings.HasPrefix(strings.ToUpper(name), prefix) }
		equals := func(own string) bool { return strings.EqualFold(own, name) }
		return slices.ContainsFunc(ownPrefixes, begins) || slices.ContainsFunc(names, equals)
	})
}
