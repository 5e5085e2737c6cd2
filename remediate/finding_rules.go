package remediate

// FindingRule is what is fixed of a finding.
type FindingRule struct {
	Level  Level // unless the operator has decided about it
	Source string
}

// FindingRules are all findings that there are, by their codes.
func FindingRules() map[string]FindingRule {
	rules := map[string]FindingRule{}
	for code, text := range findingTexts {
		rules[code] = FindingRule{Level: text.level, Source: text.source}
	}
	return rules
}
