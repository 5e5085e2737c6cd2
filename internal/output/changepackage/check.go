package changepackage

import (
	"fmt"
	"regexp"
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
	case certs.BuiltInText(policy.ID) != nil:
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
			words = append(words, flag.name+" "+shellWord(foreign.Clean(flag.value)))
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

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:@%+,-]+$`)

// shellWord quotes a word for a POSIX shell where it must be.
func shellWord(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// again says in words what a plan does not keep.
func (w writer) again() string {
	said := "If --firmware or --no-cert-check was given for this plan, give it again."
	if w.policy.ID != "" && certs.BuiltInText(w.policy.ID) == nil {
		said = "POLICYFILE is the file of the policy " + foreign.Clean(w.policy.ID) + ". " + said
	}
	return said
}
