package check

import (
	"crypto/x509"
	"slices"
	"time"

	"github.com/acfix/acfix/certs"
)

// Schema names the document of "acfix cert check -o json".
const Schema = "acfix.certcheck/v1"

// Result is what a check came to.
type Result string

// Unknown is what can't be told from what is at hand; it is never taken for Pass.
const (
	Pass    Result = "pass"
	Fail    Result = "fail"
	Info    Result = "info"
	Unknown Result = "unknown"
)

// Severity is what it means that a rule is broken: only a Failure makes the certificate
// fail, the others are told as Info.
type Severity string

// The severities of rules.
const (
	Failure     Severity = "failure"
	Warning     Severity = "warning"
	Information Severity = "information"
)

// Check is one rule of a profile, and what the certificate came to.
type Check struct {
	ID       string   `json:"id"`
	Severity Severity `json:"severity"`
	Result   Result   `json:"result"`
	Message  string   `json:"message"`
	Rule     string   `json:"rule"`
	Source   string   `json:"source"`
}

// Report is one certificate, judged by one profile. Times are in RFC 3339.
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
	Result    Result   `json:"result"` // Fail when a check failed, else Pass
}

// Subject is the certificate to judge and what came with it.
type Subject struct {
	Leaf *x509.Certificate // nil where none of the certificates can be read
	// Unread says why certificates that came along, and perhaps the one to judge, can't be read.
	Unread []string
	// Others came along: the same file's, or those of the device's trusted-root store.
	Others []*x509.Certificate
	// Format is "PEM", "DER", "P7B" or "PFX"; "" where the certificate came from no file.
	Format string
	// Order are all certificates of the file in its order; nil where the format keeps none, or where
	// the certificate came from no file.
	Order []*x509.Certificate
	// Memo is the run's; nil makes one for each report.
	Memo *certs.Memo

	chain chain // what the rules of a report look at
}

// Options are what a certificate is judged against. What is left out makes the checks that
// need it Unknown.
type Options struct {
	Name       string   // the FQDN or address that it must be for
	Nodes      []string // FQDNs of the nodes of a pool
	Federation []string // domains with a _sipfederationtls record that leads here

	Now time.Time
	// WarnWithin is how long before its end a certificate is spoken of.
	WarnWithin time.Duration
	// Trust is the set of roots that count; nil where none are known.
	Trust *certs.Anchors
	// Keys are the private keys that should be the certificate's; nil where none was looked for.
	Keys []Key
	// Addresses are those in the AIA of the intermediates, followed; nil where nobody did.
	Addresses []Address
}

// WarnDays is the usual WarnWithin, in days.
const WarnDays = 30

// Examine judges a certificate by a profile. Of a certificate that can't be read it tells that
// alone: every other check is Unknown.
func Examine(profile Profile, subject Subject, options Options) Report {
	report := Report{Schema: Schema, Profile: profile.ID, Names: []string{}, Checks: []Check{}, Result: Pass}
	if subject.Memo == nil {
		subject.Memo = certs.NewMemo()
	}
	if leaf := subject.Leaf; leaf != nil {
		subject.chain = search(subject, options)
		report.Subject, report.Issuer, report.SHA256 = leaf.Subject.String(), leaf.Issuer.String(), fingerprint(leaf)
		report.Names = append(report.Names, leaf.DNSNames...)
		report.NotBefore, report.NotAfter = leaf.NotBefore.UTC().Format(time.RFC3339), leaf.NotAfter.UTC().Format(time.RFC3339)
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

// withoutExtensions are the rules that look at no extension of the certificate itself.
var withoutExtensions = []string{
	"not_onmicrosoft", "key_size", "key_recommended", "key_type", "rsa_key", "signature_algorithm", "not_self_signed",
	"format", "chain_order", "chain_complete", "intermediates", "trusted_root", "aia_redirect", "validity", "expires_soon", readable, "serial_number",
}

// judge lets the rule's severity decide what a broken rule is called.
func (r rule) judge(subject Subject, options Options) Check {
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
	return Check{ID: r.id, Severity: r.severity, Result: found.result, Message: found.message, Rule: r.text, Source: r.source}
}
