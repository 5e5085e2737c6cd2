package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/foreign"
)

// ShownPolicy is a policy as the document of "acfix policy show -o json", and as a part of others.
type ShownPolicy struct {
	Schema             string             `json:"schema"`
	ID                 string             `json:"id"`
	Date               string             `json:"date"`
	Source             string             `json:"source"`
	Deadline           string             `json:"deadline"` // "" for none
	Service            string             `json:"service"`
	SHA256             string             `json:"sha256"`
	MutualTLSDecides   bool               `json:"mutual_tls_decides"`
	UseDefaultCABundle bool               `json:"use_default_ca_bundle"`
	Hosts              shownHosts         `json:"hosts"`
	Roots              []shownRoot        `json:"roots"`
	Bands              []shownBand        `json:"bands"`
	Observations       []shownObservation `json:"observations"`
}

type shownHosts struct {
	Exact     []string `json:"exact"`
	Below     []string `json:"below"`
	Withdrawn []string `json:"withdrawn"`
	Test      []string `json:"test"`
	Lookalike []string `json:"lookalike"`
}

type shownRoot struct {
	Name      string `json:"name"`
	Subject   string `json:"subject"`
	Serial    string `json:"serial"`
	SHA1      string `json:"sha1"`
	SHA256    string `json:"sha256"`
	NotBefore string `json:"not_before"`
	NotAfter  string `json:"not_after"`
	Why       string `json:"why"`
	Source    string `json:"source"`
	BuiltIn   bool   `json:"built_in"` // a built-in policy has it, too
}

type shownBand struct {
	Versions string   `json:"versions"`
	Since    string   `json:"since"`
	Brings   []string `json:"brings"`
	Lacks    []string `json:"lacks"`
}

type shownObservation struct {
	Firmware string   `json:"firmware"`
	By       string   `json:"by"`
	Date     string   `json:"date"`
	Roots    []string `json:"roots"`
}

// ShowPolicy returns a policy for a document.
func ShowPolicy(policy certs.Policy) ShownPolicy {
	hosts := policy.Hosts
	view := ShownPolicy{
		Schema: "acfix.policy/v1", ID: policy.ID, Date: policy.Date, Source: policy.Source, Deadline: policy.Deadline,
		Service: policy.Service, SHA256: policy.SHA256, MutualTLSDecides: policy.MutualTLSDecides,
		UseDefaultCABundle: policy.UsesBundle,
		Hosts: shownHosts{orEmpty(hosts.Exact), orEmpty(hosts.Below), orEmpty(hosts.Withdrawn), orEmpty(hosts.Test),
			orEmpty(hosts.Lookalike)},
		Roots: []shownRoot{}, Bands: []shownBand{}, Observations: []shownObservation{},
	}
	for _, root := range policy.Roots() {
		certificate := root.Certificate()
		_, known := certs.Find(root.SHA256)
		view.Roots = append(view.Roots, shownRoot{
			Name: root.Name, Subject: certificate.Subject.String(), Serial: root.Serial, SHA1: root.SHA1, SHA256: root.SHA256,
			NotBefore: certificate.NotBefore.UTC().Format(time.RFC3339),
			NotAfter:  certificate.NotAfter.UTC().Format(time.RFC3339),
			Why:       root.Why, Source: root.Source, BuiltIn: known,
		})
	}
	for _, band := range policy.Bands() {
		view.Bands = append(view.Bands, shownBand(band))
	}
	for _, seen := range policy.Observations() {
		view.Observations = append(view.Observations, shownObservation(seen))
	}
	return view
}

func orEmpty(names []string) []string { return append([]string{}, names...) }

// PolicyHead returns the lines about a policy as a whole.
func PolicyHead(policy certs.Policy) string {
	deadline := ""
	if policy.Deadline != "" {
		deadline = "  deadline  " + policy.Deadline + "\n"
	}
	return fmt.Sprintf("  date      %s\n%s  source    %s\n  roots     %d\n  SHA-256   %s\n",
		policy.Date, deadline, foreign.Clean(policy.Source), len(policy.Roots()), policy.SHA256)
}

// PolicyText returns a policy for people.
func PolicyText(policy certs.Policy) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n%s", policy.ID, PolicyHead(policy))
	fmt.Fprintf(&text, "  leg       %s: %s\n", foreign.Clean(policy.Service), strings.Join(append(
		orEmpty(policy.Hosts.Exact), globsBelow(policy.Hosts.Below)...), ", "))
	fmt.Fprintf(&text, "  mutual TLS %s; the default CA bundle %s\n",
		eitherOf(policy.MutualTLSDecides, "decides whether a leg is affected", "does not matter"),
		eitherOf(policy.UsesBundle, "is switched on", "is not touched and counts for nothing"))
	for _, root := range policy.Roots() {
		certificate := root.Certificate()
		fmt.Fprintf(&text, "\n%s\n  SHA-256   %s\n  valid     %s to %s\n  why       %s\n", foreign.Clean(root.Name), root.SHA256,
			certificate.NotBefore.UTC().Format(time.DateOnly), certificate.NotAfter.UTC().Format(time.DateOnly),
			foreign.Clean(root.Why))
	}
	for _, band := range policy.Bands() {
		fmt.Fprintf(&text, "\nFirmware %s\n  the bundle brings  %s\n", band.Versions, namesOr(band.Brings, "nothing"))
	}
	for _, seen := range policy.Observations() {
		fmt.Fprintf(&text, "\nSeen in the bundle of %s by %s on %s\n  %s\n",
			seen.Firmware, foreign.Clean(seen.By), seen.Date, namesOr(seen.Roots, "nothing"))
	}
	return text.String()
}

func globsBelow(zones []string) (globs []string) {
	for _, zone := range zones {
		globs = append(globs, "*."+zone)
	}
	return globs
}

func eitherOf(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}

func namesOr(names []string, none string) string {
	if len(names) == 0 {
		return none
	}
	return foreign.Clean(strings.Join(names, ", "))
}
