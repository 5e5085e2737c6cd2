package report

import (
	"strings"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/remediate"
)

// PolicyLine names the policy of a plan, with its deadline; "" for the default policy, which is understood.
func PolicyLine(policy remediate.PolicyReference) string {
	if policy.ID == "" || policy.ID == certs.DefaultPolicy {
		return ""
	}
	line := "By the policy " + foreign.Clean(policy.ID) + " of " + foreign.Clean(policy.Date)
	if policy.SHA256 != "" {
		line += " (SHA-256 " + foreign.Clean(policy.SHA256) + ")"
	}
	if policy.Deadline != "" {
		line += ", deadline " + foreign.Clean(policy.Deadline)
	}
	return line
}

func (p *printer) byPolicy() {
	if line := PolicyLine(p.policy); line != "" {
		p.text.WriteString(line + ".\n")
	}
}

func serviceOf(policy remediate.PolicyReference) string { return or(policy.Service, "Teams") }

// sentenceBy says what a verdict means under a policy; "" where it depends on the plan.
func sentenceBy(policy remediate.PolicyReference, verdict remediate.Verdict) string {
	sentence := verdictWords[verdict].sentence
	if policy.IsBuiltIn() {
		return sentence
	}
	whose := "the policy"
	if policy.Service != "" {
		whose += " for " + policy.Service
	}
	return strings.Replace(sentence, "Microsoft's requirement", whose, 1)
}

// rootNotes are what a terminal says beside the state of a root: of bundles, by whose word.
func rootNotes(policy remediate.PolicyReference, findings []remediate.Finding) map[string]string {
	whose := "AudioCodes' word"
	if seen := remediate.SeenBy(findings); seen != "" {
		whose = "seen by " + foreign.Clean(seen)
	} else if !policy.IsBuiltIn() {
		whose = "the policy's word"
	}
	notes := map[string]string{}
	for word, row := range rootWords {
		notes[word] = strings.Replace(row.note, "%s", whose, 1)
	}
	return notes
}
