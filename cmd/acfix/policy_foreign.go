package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/foreign"
)

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
			fmt.Fprint(&text, "    WARNING  a built-in policy has another root of this name\n")
		}
	}
	fmt.Fprint(a.stderr, text.String())
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
