package main

import (
	"cmp"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

// workersPolicy returns the policy of a run, by its digest: a built-in one, or that of the worker's own jobs file or
// inventory. A shared store never brings one, and its word that a person accepted foreign roots does not count: the
// worker's own jobs file or command line says so.
func (a *app) workersPolicy(
	kept store.Run, what run.Assignment, inventoryFile *access.InventoryFile,
) (certs.Policy, error) {
	var own run.Settings
	if a.ownPolicy != nil {
		own = a.ownPolicy(kept)
	}
	name, _, err := policyNamed(own, inventoryFile)
	if err != nil {
		return certs.Policy{}, err
	}
	policy, err := a.policies().OfPlan(what.Head.Policy, name, false)
	if err = cmp.Or(err, sameRule(what, policy)); err != nil {
		return policy, err
	}
	if policy.IsBuiltIn() {
		return policy, nil
	}
	unconfirmed, err := unconfirmedRoots(policy, name, own.TrustPolicy)
	return policy, cmp.Or(err, unconfirmed)
}

// sameRule refuses to go on with a run by another version of its policy. A run of a saved plan needs no such check: its
// policy is judged with the plan.
func sameRule(what run.Assignment, policy certs.Policy) error {
	made, now := what.Head.Policy, remediate.ReferenceTo(policy)
	isOld := made.SHA256 == "" && made.ID == now.ID && made.Date == now.Date // of a version without such digests
	if what.Saved || made.SHA256 == now.SHA256 || isOld {
		return nil
	}
	return usage.Errorf(
		"the run was begun by the policy %q of %s (SHA-256 %s), and this acfix has another version of it",
		made.ID, made.Date, cmp.Or(made.SHA256, "unknown")).
		Hint("finish it with the acfix that began it, or begin a new run")
}

// prepareByPolicy returns the devices of a job's run, and the policy that it plans by.
func (a *app) prepareByPolicy(c connection) ([]*access.Device, certs.Policy, error) {
	inventoryFile, err := a.readInventory(c)
	if err != nil {
		return nil, certs.Policy{}, err
	}
	policy, err := a.policyOf(c.settings, inventoryFile)
	if err != nil {
		return nil, policy, err
	}
	devices, err := a.prepareFrom(inventoryFile, nil, c)
	return devices, policy, err
}

// policyProblem returns why a run without a person could not decide by its policy; nil if it can.
func (a *app) policyProblem(settings run.Settings, inventoryFile *access.InventoryFile) error {
	name, _, err := policyNamed(settings, inventoryFile)
	if err != nil || name == "" {
		return err
	}
	policy, err := a.policies().Find(name)
	if err != nil {
		return err
	}
	unconfirmed, err := unconfirmedRoots(policy, name, settings.TrustPolicy)
	return cmp.Or(err, unconfirmed)
}

// policyInUse names the policy that a run decides by.
func policyInUse(what run.Assignment) remediate.PolicyReference {
	if what.Policy.IsZero() {
		return remediate.CurrentPolicy()
	}
	return remediate.ReferenceTo(what.Policy)
}

// planHeadBy returns a new plan by a policy, without devices.
func (a *app) planHeadBy(policy certs.Policy) remediate.Plan {
	head := a.planHead()
	head.Policy = remediate.ReferenceTo(policy)
	return head
}
