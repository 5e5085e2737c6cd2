package certs

import (
	"embed"
	"fmt"
	"slices"
	"sync"
)

//go:embed policies/*.yaml
var policyFiles embed.FS

// DefaultPolicy is the ID of the policy that holds where none is named.
const DefaultPolicy = "teams-direct-routing-mtls"

// builtIn are the embedded policies by ID, the default one first.
var builtIn = []string{DefaultPolicy, "teams-direct-routing-2023"}

// parsedPolicies are read once. Reading does not judge whether a root has expired since acfix was built: planning reports
// that.
var parsedPolicies = sync.OnceValue(func() []Policy {
	var policies []Policy
	for _, id := range builtIn {
		policy, err := ParsePolicy(BuiltInText(id), PolicySource{})
		if err != nil || policy.ID != id {
			panic(fmt.Sprintf("certs: embedded policy %q: %v", id, err))
		}
		policies = append(policies, policy)
	}
	return policies
})

// BuiltIn returns the policies that acfix brings, the default one first.
func BuiltIn() []Policy { return slices.Clone(parsedPolicies()) }

// BuiltInText returns the file of a built-in policy; nil for another ID.
func BuiltInText(id string) []byte {
	text, err := policyFiles.ReadFile("policies/" + id + ".yaml")
	if err != nil {
		return nil
	}
	return text
}

// TeamsPolicy returns the rule that holds where no other is named.
func TeamsPolicy() Policy { return parsedPolicies()[0] }

// Required returns the required roots of the default policy, in the order of Microsoft's list.
func Required() []Root { return TeamsPolicy().Roots() }

// Find returns the root of a built-in policy with that SHA-256, in lower-case hex.
func Find(fingerprint string) (Root, bool) {
	for _, policy := range parsedPolicies() {
		if root, found := policy.Find(fingerprint); found {
			return root, true
		}
	}
	return Root{}, false
}
