package changepackage

import (
	"fmt"
	"strings"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/remediate"
)

// checkCommand plans anew as this plan was made: by its policy and its choice, or the new plan would contradict the
// package.
func (w writer) checkCommand() string {
	words := []string{"acfix plan configuration.ini"}
	for _, id := range w.contexts() {
		words = append(words, fmt.Sprintf("--roots-file %d=FILE", id))
	}
	return strings.Join(append(append(words, policyFlags(w.policy)...), choiceFlags(w.plan.Choice)...), " ")
}

// policyFlags name the policy. Where its file lies is not kept with a plan.
func policyFlags(policy remediate.PolicyReference) []string {
	switch {
	case policy.ID == "" || policy.ID == certs.DefaultPolicy:
		return nil
	case policy.IsBuiltIn():
		return []string{"--policy " + policy.ID}
	default:
		return []string{"--policy POLICYFILE", "--trust-policy " + policy.SHA256}
	}
}

func choiceFlags(choice remediate.Choice) (words []string) {
	for _, flag := range []struct{ name, value string }{
		{"--proxy-set", choice.ProxySet}, {"--sip-interface", choice.SIPInterface}, {"--tls-context", choice.TLSContext},
	} {
		if flag.value != "" {
			words = append(words, flag.name+" "+foreign.ShellWord(foreign.Clean(flag.value)))
		}
	}
	for _, flag := range []struct {
		name  string
		given bool
	}{
		{"--all-roots", choice.AllRoots}, {"--include-non-mtls", choice.IncludeNonMTLS},
		{"--save-unsaved", choice.SaveUnsaved}, {"--allow-shared-context", choice.AllowSharedContext},
		{"--allow-default-context", choice.AllowDefaultContext},
	} {
		if flag.given {
			words = append(words, flag.name)
		}
	}
	return words
}

// again says in words what a plan does not keep.
func (w writer) again() string {
	said := "If --firmware or --no-cert-check was given for this plan, give it again."
	if !w.policy.IsBuiltIn() {
		said = "POLICYFILE is the file of the policy " + foreign.Clean(w.policy.ID) + ". " + said
	}
	return said
}
