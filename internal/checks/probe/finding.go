package probe

import (
	"fmt"
	"slices"
)

// Level says how grave a finding is.
type Level string

// The levels of findings.
const (
	Info    Level = "info"
	Warning Level = "warning"
	Problem Level = "error"
)

// Finding is something worth knowing that is not itself a failure.
type Remark struct {
	Code    string `json:"code"`
	Level   Level  `json:"level"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
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
	level Level
	hint  string
}{
	OutsideRanges:       {Warning, "Check where DNS leads: a split DNS, a proxy or a forged answer would look like this. Firewalls that go by Microsoft's list block it."},
	NotPublished:        {Info, "Fine for a lab or another provider; Teams is reached in its published ranges only."},
	FamilyUnreachable:   {Warning, "The other family answered. An SBC that prefers this one would wait or fail."},
	Refused:             {Problem, "403 from Teams: the name in Contact is not that of an SBC in the tenant, or not in the SBC's certificate; its Reason and Warning headers may say which. Other codes: see the far end's log."},
	Lossy:               {Warning, "Look at the path; Teams takes an SBC that misses OPTIONS out of service."},
	NoTLS12:             {Warning, "Many SBCs speak TLS 1.2 at most."},
	NotAsked:            {Info, "Whether the far end accepts the certificate can't be told: it did not ask for one."},
	IssuerNotAsked:      {Info, "The certificate was sent all the same."},
	NameNotCovered:      {Warning, "The chain is trusted; whether it is the right server can't be told by an address. Give --server-name."},
	NoClientCertificate: {Info, "The far end asked and went on without one. Give --cert and --key to try what the SBC does."},
	FQDNNotCovered:      {Warning, "Teams answers 403 when the name in Contact is not in the certificate that the SBC presents."},
	RootNotRequired:     {Warning, "A device that was repaired holds the required roots; it need not hold this root."},
}

// FindingCodes lists the codes of findings.
func FindingCodes() []string {
	codes := make([]string, 0, len(findings))
	for code := range findings {
		codes = append(codes, code)
	}
	return codes
}

// note adds a finding that isn't there yet: two addresses may say the same.
func note(found *[]Remark, more Remark) {
	if !slices.Contains(*found, more) {
		*found = append(*found, more)
	}
}

func finding(code, format string, arguments ...any) Remark {
	row := findings[code]
	return Remark{Code: code, Level: row.level, Message: fmt.Sprintf(format, arguments...), Hint: row.hint}
}
