package probe

import (
	"fmt"
	"slices"

	"github.com/acfix/acfix/remediate"
)

// Remark is a finding of a probe: worth knowing, but not itself a failure.
type Remark struct {
	Code    string          `json:"code"`
	Level   remediate.Level `json:"level"`
	Message string          `json:"message"`
	Hint    string          `json:"hint"`
}

// Codes of findings. They are part of the documented JSON.
const (
	OutsideRanges       = "address_outside_ranges"
	NotPublished        = "not_published"
	FamilyUnreachable   = "family_unreachable"
	Refused             = "sip_refused"
	Lossy               = "sip_loss"
	NoTLS12             = "tls12_not_accepted"
	NotAsked            = "client_certificate_not_asked"
	IssuerNotAsked      = "client_certificate_not_listed"
	NameNotCovered      = "address_not_in_certificate"
	NoClientCertificate = "no_client_certificate"
	RootNotRequired     = "root_not_required"
	FQDNNotCovered      = "fqdn_not_in_certificate"
)

// findings is the table of levels and hints.
var findings = map[string]struct {
	level remediate.Level
	hint  string
}{
	OutsideRanges: {remediate.Warning, "Check the DNS answer: split DNS, a proxy or a forged answer would look like " +
		"this. Firewalls with Microsoft's list block the address."},
	NotPublished: {remediate.Info, "Fine for a lab or another provider; Teams uses its published ranges only."},
	FamilyUnreachable: {remediate.Warning,
		"The other address family answered. An SBC that prefers this one would wait or fail."},
	Refused: {remediate.Problem, "403 from Teams: the name in Contact is not an SBC of the tenant, or not in the " +
		"SBC's certificate; the Reason and Warning headers may say which. Other codes: see the far end's log."},
	Lossy:          {remediate.Warning, "Check the network path; Teams stops using an SBC that misses OPTIONS."},
	NoTLS12:        {remediate.Warning, "Many SBCs support TLS 1.2 at most."},
	NotAsked:       {remediate.Info, "The probe can't tell whether the far end accepts the certificate."},
	IssuerNotAsked: {remediate.Info, "The certificate was sent anyway."},
	NameNotCovered: {remediate.Warning,
		"The chain is trusted, but an address does not identify the server. Give --server-name."},
	NoClientCertificate: {remediate.Info,
		"The far end continued without one. Give --cert and --key to probe as the SBC does."},
	FQDNNotCovered: {remediate.Warning,
		"Teams answers 403 when the SBC's certificate does not contain the name in Contact."},
	RootNotRequired: {remediate.Warning, "A repaired device has the required roots, but may lack this one."},
}

// FindingCodes lists the codes of findings.
func FindingCodes() []string {
	codes := make([]string, 0, len(findings))
	for code := range findings {
		codes = append(codes, code)
	}
	return codes
}

// note adds a finding unless it is there: two addresses may have the same.
func note(found *[]Remark, more Remark) {
	if !slices.Contains(*found, more) {
		*found = append(*found, more)
	}
}

func finding(code, format string, arguments ...any) Remark {
	row := findings[code]
	return Remark{Code: code, Level: row.level, Message: fmt.Sprintf(format, arguments...), Hint: row.hint}
}
