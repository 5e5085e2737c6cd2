package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/policyfile"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

func (a *app) policies() policyfile.Reader { return policyfile.Reader{Guard: a.guard, Now: a.now()} }

// policyNamed returns what names the policy of a run: its setting, else the inventory; "" for neither.
func policyNamed(settings run.Settings, inventoryFile *access.InventoryFile) (name string, given bool, err error) {
	if settings.Policy.Given {
		return settings.Policy.Value, true, nil
	}
	name, err = inventoryFile.PolicyNamed()
	return name, false, err
}

// findPolicy returns a policy, the default one without a name.
func (a *app) findPolicy(name string) (certs.Policy, error) {
	return a.policies().Find(cmp.Or(name, certs.DefaultPolicy))
}

// policyOf returns the policy for a new plan, whose roots a person trusts. Nothing was sent to a device before.
func (a *app) policyOf(settings run.Settings, inventoryFile *access.InventoryFile) (certs.Policy, error) {
	name, _, err := policyNamed(settings, inventoryFile)
	if err != nil {
		return certs.Policy{}, err
	}
	policy, err := a.findPolicy(name)
	if err != nil {
		return policy, err
	}
	if policy.ID != certs.DefaultPolicy {
		a.say("policy %s of %s (SHA-256 %s)", policy.ID, policy.Date, policy.SHA256)
	}
	return policy, a.trustPolicy(policy, name, settings.TrustPolicy)
}

// byAnother reports whether a policy is another than the fleet's own: that of its inventory, else the default one. A
// fleet's policy that can't be read is another.
func (a *app) byAnother(policy certs.Policy, inventoryFile *access.InventoryFile) bool {
	name, err := inventoryFile.PolicyNamed()
	if err != nil {
		return true
	}
	own, err := a.findPolicy(name)
	return err != nil || own.SHA256 != policy.SHA256
}

// policyOfPlan does the same for a plan that was made before: its own policy, and no other.
func (a *app) policyOfPlan(
	made remediate.PolicyReference, settings run.Settings, inventoryFile *access.InventoryFile,
) (certs.Policy, error) {
	name, given, err := policyNamed(settings, inventoryFile)
	if err != nil {
		return certs.Policy{}, err
	}
	if name != made.ID { // one of another version is drift, which the plan itself is judged by
		given = name != ""
	}
	policy, err := a.policies().OfPlan(made, name, given)
	if err != nil {
		return policy, err
	}
	return policy, a.trustPolicy(policy, name, settings.TrustPolicy)
}

// trustPolicy makes sure that a person accepts the roots of a policy that no built-in one has: by the digest of the
// file, or at the terminal.
// docs/design/fleet.md: Roots of a policy file are trusted by a person
func (a *app) trustPolicy(policy certs.Policy, name string, trusted run.Setting[string]) error {
	unconfirmed, err := unconfirmedRoots(policy, name, trusted)
	if err != nil || unconfirmed == nil {
		return err
	}
	a.showForeigners(policy, name, policy.Foreign())
	if !a.stdinIsTerminal {
		return unconfirmed
	}
	if a.askYes("Shall devices trust them?") {
		return nil
	}
	if a.stopped() {
		return fmt.Errorf("at the question about the policy: %w", remediate.ErrInterrupted)
	}
	return fmt.Errorf("the policy %s was declined; no device was contacted", name)
}

// unconfirmedRoots returns a usage error if the policy has roots that no built-in policy has and no digest confirms;
// else nil.
func unconfirmedRoots(policy certs.Policy, name string, trusted run.Setting[string]) (unconfirmed, err error) {
	digest := strings.ToLower(strings.ReplaceAll(trusted.Value, ":", ""))
	if trusted.Given && digest != policy.SHA256 && policy.IsBuiltIn() {
		return nil, usage.Errorf("--trust-policy is not the SHA-256 of the policy %s, which is %s", name, policy.SHA256).
			Hint("leave it out: acfix brings this policy, and a built-in policy needs none")
	}
	if trusted.Given && digest != policy.SHA256 {
		return nil, usage.Errorf("--trust-policy is not the SHA-256 of the policy %s, which is %s", name, policy.SHA256).
			Hint("find out who changed the policy; give its SHA-256 once you trust it")
	}
	foreigners := policy.Foreign()
	if len(foreigners) == 0 || trusted.Given {
		return nil, nil
	}
	return usage.Errorf("the policy %s has roots that no built-in policy has: %d", name, len(foreigners)).
		Hint("compare them with their CA's own page; to accept them, give --trust-policy " + policy.SHA256 +
			", in a jobs file the key trust_policy"), nil
}
