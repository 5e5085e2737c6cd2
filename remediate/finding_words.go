package remediate

import (
	"fmt"
	"strings"

	"github.com/acfix/acfix/certs"
)

// finding makes a finding from its row in the table.
func finding(code string, arguments ...any) Finding {
	return findingBy(certs.Policy{}, code, arguments...)
}

// teams is the service that the table of findings speaks of.
const teams = "Teams"

// findingBy makes a finding in the words of a policy; the zero policy has those of the table. Only the table's own
// words change, never what a device says.
func findingBy(policy certs.Policy, code string, arguments ...any) Finding {
	text, ok := findingTexts[code]
	if !ok {
		panic("remediate: no text for finding " + code)
	}
	return text.by(policy, code, arguments)
}

func (t findingText) by(policy certs.Policy, code string, arguments []any) Finding {
	message, hint := inWordsOf(policy, t.message), inWordsOf(policy, t.hint)
	return Finding{Code: code, Level: t.level, Message: fill(message, arguments), Hint: fill(hint, arguments)}
}

// inWordsOf replaces in a text what only the built-in policies say, and what only Teams is called. The ID and the
// service of a policy hold no character that fmt reads.
func inWordsOf(policy certs.Policy, text string) string {
	if !policy.IsZero() && !policy.IsBuiltIn() {
		text = strings.NewReplacer(
			"AudioCodes says", "the policy "+policy.ID+" says", "AudioCodes lists", "the policy "+policy.ID+" lists",
			"Microsoft's requirement", "The policy",
		).Replace(text)
	}
	service := policy.Service
	if service == teams || service == "" {
		return text
	}
	return strings.NewReplacer(
		"Teams Direct Routing", service, "Microsoft's", service+"'s", "by Microsoft in June 2022", "by "+service,
		"Use sip.pstnhub.microsoft.com, sip2.pstnhub.microsoft.com and sip3.pstnhub.microsoft.com.",
		"Use one of the names in the policy.", "Microsoft Trusted Root Program", "root program that "+service+" names",
		teams, service,
	).Replace(text)
}

// SeenBy returns who saw the bundle that the plan's roots count in, and when, from the finding BundleSeen; "" without it.
func SeenBy(findings []Finding) string {
	const before, after = " (by ", "); acfix can't read"
	for _, found := range findings {
		if found.Code != BundleSeen {
			continue
		}
		_, rest, _ := strings.Cut(found.Message, " CA bundle of firmware ")
		_, rest, _ = strings.Cut(rest, before)
		if end := strings.LastIndex(rest, after); end >= 0 {
			return rest[:end]
		}
	}
	return ""
}

// fill is Sprintf for texts that need not use every argument: Sprintf accepts unused arguments only in a format that
// numbers its arguments.
func fill(format string, arguments []any) string {
	if !strings.Contains(format, "%[") {
		return format
	}
	return fmt.Sprintf(format, arguments...)
}
