package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/output/report"
)

// ofThatName warns of a root that hasNamesake reports.
const ofThatName = "a built-in policy has another root of this name"

// showForeigners shows the roots that a person is to accept.
func (a *app) showForeigners(policy certs.Policy, name string, roots []certs.Root) {
	var text strings.Builder
	fmt.Fprintf(&text, "The policy %s (%s of %s, SHA-256 %s) has roots that no built-in policy has:\n",
		foreign.Clean(name), policy.ID, policy.Date, policy.SHA256)
	for _, root := range roots {
		certificate := root.Certificate()
		fmt.Fprintf(&text, "  %s\n    subject  %s\n    SHA-256  %s\n    valid    %s to %s\n",
			foreign.Clean(root.Name), foreign.Clean(certificate.Subject.String()), root.SHA256,
			certificate.NotBefore.UTC().Format(time.DateOnly), certificate.NotAfter.UTC().Format(time.DateOnly))
		if hasNamesake(root) {
			fmt.Fprintf(&text, "    WARNING  %s\n", ofThatName)
		}
	}
	fmt.Fprint(a.stderr, text.String())
}

// question asks for the consent to a plan. It names a policy that is not the default one, and what it brings in: roots
// that no built-in policy has are shown also where --trust-policy has accepted them.
func (j *applyJob) question(changes int) string {
	policy := j.fleet.Assignment.Policy
	if foreigners := policy.Foreign(); len(foreigners) > 0 && j.given.settings.TrustPolicy.Given {
		j.app.showForeigners(policy, policy.ID, foreigners)
	}
	question := fmt.Sprintf("\nCarry out the plan on %d of %d devices", changes, len(j.fleet.Devices))
	if report.PolicyLine(policyInUse(j.fleet.Assignment)) != "" {
		question += " by the policy " + policy.ID + " of " + policy.Date
	}
	return question + "?"
}

// hasNamesake reports whether a root that no built-in policy has bears the name of one that a built-in policy has.
func hasNamesake(root certs.Root) bool {
	for _, policy := range certs.BuiltIn() {
		for _, known := range policy.Roots() {
			if certs.SameName(known.Certificate().RawSubject, root.Certificate().RawSubject) {
				return true
			}
		}
	}
	return false
}
