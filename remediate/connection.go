package remediate

import "slices"

// connectionFindings says what the operator allowed that makes the connection to a device less safe.
func connectionFindings(insecure bool, oldTLS string, legacyCiphers bool) []Finding {
	var found []Finding
	if insecure {
		found = append(found, finding(InsecureTLS))
	}
	if oldTLS != "" {
		found = append(found, finding(OldTLS, oldTLS))
	}
	if legacyCiphers {
		found = append(found, finding(LegacyCiphers))
	}
	return found
}

// OnRecord adds what the operator allowed for the connection to the findings, if they lack it: a saved plan can be
// carried out over a less safe connection than it was made over.
func (t Terms) OnRecord(findings []Finding) []Finding {
	recorded := slices.Clone(findings)
	for _, own := range connectionFindings(t.InsecureTLS, t.OldTLS, t.LegacyCiphers) {
		if !slices.ContainsFunc(findings, func(f Finding) bool { return f.Code == own.Code }) {
			recorded = append(recorded, own)
		}
	}
	return recorded
}
