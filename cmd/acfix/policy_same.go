package main

import (
	"cmp"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

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
