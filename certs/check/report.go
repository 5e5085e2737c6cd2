package check

import (
	"crypto/x509"
	"slices"
	"time"

	"github.com/acfix/acfix/certs"
)

// Schema names the document of "acfix cert check -o json".
const Schema = "acfix.certcheck/v1"

// Result is the outcome of a check.
type Result string

// Unknown is what the data at hand cannot decide; it never counts as Pass.
const (
	Pass    Result = "pass"
	Fail    Result = "fail"
	Info    Result = "info"
	Unknown Result = "unknown"
)

// Severity says how serious it is to break a rule: only a Failure makes the certificate fail.
type Severity string

// The severities of rules.
const (
	Failure     Severity = "failure"
	Warning     Severity = "warning"
	Information Severity = "information"
)

// Check is the outcome of one rule of a profile.
type Check struct {
	ID       string   `json:"id"`
	Severity Severity `json:"severity"`
	Result   Result   `json:"result"`
	Message  string   `json:"message"`
	Rule     string   `json:"rule"`
	Source   string   `json:"source"`
}

// Report is one certificate judged by one profile. Times are in RFC 3339.
type Report struct {
	Schema    string   `json:"schema"`
	Profile   string   `json:"profile"`
	Subject   string   `json:"subject"`
	Issuer    string   `json:"issuer"`
	Names     []string `json:"names"` // the DNS names among the subject alternative names
	SHA256    string   `json:"sha256"`
	NotBefore string   `json:"not_before"`
	NotAfter  string   `json:"not_after"`
	Checks    []Check  `json:"checks"`
	Result    Result   `json:"result"` // Fail if a check failed, else Pass
}

// Subject is the certificate to judge and the certificates found with it.
type Subject struct {
	Leaf *x509.Certificate // nil if no certificate can be read
	// Unread says why certificates, possibly the one to judge, cannot be read.
	Unread []string
	// Others were found with it, in the same file or in the device's trusted-root store.
	Others []*x509.Certificate
	// Format is "PEM", "DER", "P7B" or "PFX"; "" if the certificate is not from a file.
	Format string
	// Order lists the file's certificates in order; nil if the format keeps none or there is no file.
	Order []*x509.Certificate
	// Memo belongs to the run; if it is nil, each report makes its own.
	Memo *certs.Memo

	chain chain // the chain that the rules examine
}

// Circumstances are what a certificate is judged against. Checks whose option is missing are Unknown.
type Circumstances struct {
	Name       string   // the FQDN or address that it must match
	Nodes      []string // FQDNs of the nodes of a pool
	Federation []string // domains with a _sipfederationtls record that leads here

	Now time.Time
	// WarnWithin is how long before expiry a certificate is reported.
	WarnWithin time.Duration
	// Trust holds the roots that count; nil if none are known.
	Trust *certs.Anchors
	// Keys are the private keys that should be the certificate's; nil if the caller looked for none.
	Keys []Key
	// Addresses are the followed AIA addresses of the intermediates; nil if none were followed.
	Addresses []Address
}

// WarnDays is the default of WarnWithin, in days.
const WarnDays = 30

// Examine judges a certificate by a profile. An unreadable certificate is the only failure; the rest is Unknown.
func Examine(profile Profile, subject Subject, options Circumstances) Report {
	report := Report{Schema: Schema, Profile: profile.ID, Names: []string{}, Checks: []Check{}, Result: Pass}
	if subject.Memo == nil {
		subject.Memo = certs.NewMemo()
	}
	if leaf := subject.Leaf; leaf != nil {
		subject.chain = search(subject, options)
		report.Subject, report.Issuer = leaf.Subject.String(), leaf.Issuer.String()
		report.SHA256 = fingerprint(leaf)
		report.Names = append(report.Names, leaf.DNSNames...)
		report.NotBefore = leaf.NotBefore.UTC().Format(time.RFC3339)
		report.NotAfter = leaf.NotAfter.UTC().Format(time.RFC3339)
	}
	for i, rule := range slices.Concat(common, profile.rulesFor(options)) {
		check := rule.judge(subject, options)
		if i < len(common) && check.Result != Fail && check.Result != Info {
			continue
		}
		if check.Result == Fail {
			report.Result = Fail
		}
		report.Checks = append(report.Checks, check)
	}
	return report
}

// withoutExtensions are the rules that ignore the certificate's own extensions.
var withoutExtensions = []string{
	"not_onmicrosoft", "key_size", "key_recommended", "key_type", "rsa_key", "signature_algorithm", "not_self_signed",
	"format", "chain_order", "chain_complete", "intermediates", "trusted_root", "aia_redirect",
	"validity", "expires_soon", readable, "serial_number",
}

// judge maps a finding to a result, by the rule's severity.
func (r rule) judge(subject Subject, options Circumstances) Check {
	found := untold("the certificate can't be read")
	if subject.Leaf != nil || r.id == readable {
		found = r.examine(subject, options)
	}
	lacking := subject.Leaf != nil && certs.LacksExtensions(subject.Leaf)
	if found.result == Fail && lacking && !slices.Contains(withoutExtensions, r.id) {
		found = untold("the extensions of the certificate can't be read")
	}
	if found.result == Fail && r.severity != Failure {
		found.result = Info
	}
	return Check{ID: r.id, Severity: r.severity, Result: found.result, Message: found.message, Rule: r.text,
		Source: r.source}
}
