package remediate

// FindingRule is what all findings of one code share.
type FindingRule struct {
	Level  Level // unless the operator has decided about it
	Source string
}

// FindingRules returns the rule of every finding, by code.
func FindingRules() map[string]FindingRule {
	rules := map[string]FindingRule{}
	for code, text := range findingTexts {
		rules[code] = FindingRule{Level: text.level, Source: text.source}
	}
	return rules
}
